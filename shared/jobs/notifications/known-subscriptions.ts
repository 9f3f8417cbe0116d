import type { VersionedSubscription } from '../../engine/connection.ts';

/** Some megabytes at most. */
const MOST = 5_000;
/** How much of what was seen the last one weighs. */
const WEIGHT = 0.1;
/** How often it is tried nonetheless where others mostly write the rows. */
const RETRIED = 1 / 32;

/**
 * Rows of subscriptions that notifications were proved to come from, as they last stood, by subscription id: a hint where to
 * read, never what is acted on. Strangers put nothing in; the one that was used longest ago goes first.
 */
export class KnownSubscriptions {
  readonly #rows = new Map<string, VersionedSubscription>();
  #standing = 1;

  get(id: string): VersionedSubscription | null {
    return this.#rows.get(id) ?? null;
  }

  put(id: string, row: VersionedSubscription): void {
    this.#rows.delete(id);
    this.#rows.set(id, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > MOST && oldest !== undefined) this.#rows.delete(oldest);
  }

  forget(id: string): void {
    this.#rows.delete(id);
  }

  /** Whether rows mostly still stand as this worker knows them: many workers write over each other. */
  expectsToStand(fraction: number): boolean {
    return this.#standing >= 0.5 || fraction < RETRIED;
  }

  /** Tells whether a row was found as it was known. */
  noteStood(stood: boolean): void {
    this.#standing += WEIGHT * ((stood ? 1 : 0) - this.#standing);
  }
}
