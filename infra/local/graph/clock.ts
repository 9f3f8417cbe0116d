/** The server's own clock: real time (or an injected source) plus what control has added with `advance`. */
export interface Clock {
  now(): Date;
  /** Milliseconds since the epoch. */
  ms(): number;
  /** Moves the clock, also backwards (as a clock that is set right); timers that wait in real time do not fire earlier. */
  advance(seconds: number): void;
}

export function createClock(source: () => Date = () => new Date()): Clock {
  let ahead = 0;
  const ms = (): number => source().getTime() + ahead;
  return {
    now: () => new Date(ms()),
    ms,
    advance: (seconds) => {
      ahead += seconds * 1000;
    },
  };
}
