import type { HttpSettings } from '../settings/host-json.ts';

/** Holds HTTP functions to `maxConcurrentRequests` (others wait) and `maxOutstandingRequests` (others get 429). */
export class Gate {
  readonly #concurrent: number;
  readonly #outstanding: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor({ maxConcurrentRequests, maxOutstandingRequests }: HttpSettings) {
    this.#concurrent = maxConcurrentRequests < 0 ? Infinity : maxConcurrentRequests;
    this.#outstanding = maxOutstandingRequests < 0 ? Infinity : maxOutstandingRequests;
  }

  /** A function that lets the next one in, once it is this one's turn; undefined = too many already. */
  async enter(): Promise<(() => void) | undefined> {
    if (this.#inside + this.#waiting.length >= this.#outstanding) return undefined;
    if (this.#inside >= this.#concurrent) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside += 1;
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside -= 1;
      else next();
    };
  }
}
