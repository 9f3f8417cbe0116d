/** What runs a function when it is its time. */
export interface Listener {
  readonly name: string;
  /** Works until the signal comes and the last run has ended. Never throws. */
  run(signal: AbortSignal): Promise<void>;
  /** Runs the function once by hand, with the given input. */
  trigger(input: string): Promise<unknown>;
}
