/** Where the time comes from. Injected everywhere, so that tests move it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** `date` moved by so many milliseconds. */
export const plus = (date: Date, ms: number): Date => new Date(date.getTime() + ms);
