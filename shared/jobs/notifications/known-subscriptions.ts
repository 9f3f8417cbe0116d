import type { Subscription } from '../../engine/connection.ts';

/** Some megabytes at most. */
const MOST = 5_000;

/**
 * Rows of subscriptions that notifications were proved to come from, as they last stood, by subscription id: a hint where to
 * read, never what is acted on. Strangers put nothing in; the one that was used longest ago goes first.
 */
export class KnownSubscriptions {
  readonly #rows = new Map<string, Subscription>();

  get(id: string): Subscription | null {
    return this.#rows.get(id) ?? null;
  }

  put(id: string, row: Subscription): void {
    this.#rows.delete(id);
    this.#rows.set(id, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > MOST && oldest !== undefined) this.#rows.delete(oldest);
  }

  forget(id: string): void {
    this.#rows.delete(id);
  }
}
