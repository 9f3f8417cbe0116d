/**
 * Folders and items of a mailbox are numbered, and ids are made of the numbers. Each kind of store counts in a range of
 * its own, so an id that is asked for in the wrong place (a contact as a message) is well formed and finds nothing.
 * Numbers stay below 2^48.
 */
export const numberRanges = {
  mail: 0,
  contacts: 0x1_0000_0000,
  calendar: 0x2_0000_0000,
} as const;
