/** Why something of a calendar file cannot be taken, in words for its owner. */
export class Refusal extends Error {}
