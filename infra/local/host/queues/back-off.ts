const FIRST_MS = 100;

/** How long to wait after empty polls: from 100 ms on twice as long each time, give or take a fifth, up to a maximum. */
export class BackOff {
  readonly #maximumMs: number;
  #currentMs = FIRST_MS;

  constructor(maximumMs: number) {
    this.#maximumMs = maximumMs;
  }

  next(): number {
    const wait = this.#currentMs;
    const spread = 0.8 + Math.random() * 0.4;
    this.#currentMs = Math.min(this.#maximumMs, Math.max(FIRST_MS, this.#currentMs * 2 * spread));
    return Math.min(wait, this.#maximumMs);
  }

  reset(): void {
    this.#currentMs = FIRST_MS;
  }
}
