/** What cannot be said in the other language, and which part of the text or object it is. */
export interface Refusal {
  readonly outcome: 'refused';
  /** `BYHOUR`, `FREQ`, `DTSTART` ... of a rule; `pattern.interval`, `range.type` ... of a Graph recurrence. */
  readonly part: string;
  /** Plain words for a stranger; never holds what was read, but for names and numbers of the part. */
  readonly reason: string;
}

export const refuse = (part: string, reason: string): Refusal => ({ outcome: 'refused', part, reason });

/** Tells a refusal from what was asked for. */
export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'outcome' in value && value.outcome === 'refused';
