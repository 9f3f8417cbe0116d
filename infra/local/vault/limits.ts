import { VaultError } from './errors.ts';

/** How many requests a vault serves in a window; documented are 300 creations and 4000 others in any 10 seconds. */
export interface ThrottleLimits {
  readonly creations: number;
  readonly others: number;
  readonly windowSeconds: number;
}

export const DOCUMENTED_LIMITS: ThrottleLimits = { creations: 300, others: 4000, windowSeconds: 10 };

/** Counts over a sliding window. A refused request does not count. */
export class Throttle {
  readonly #limits: ThrottleLimits;
  readonly #now: () => Date;
  readonly #served = { creations: new Array<number>(), others: new Array<number>() };

  constructor(limits: ThrottleLimits, now: () => Date) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Counts one request in, or throws the 429 with the seconds after which there is room again. */
  admit(kind: 'creations' | 'others'): void {
    const at = this.#now().getTime();
    const windowMs = this.#limits.windowSeconds * 1000;
    const served = this.#served[kind];
    while (served[0] !== undefined && served[0] <= at - windowMs) served.shift();
    const oldest = served[0];
    if (served.length >= this.#limits[kind] && oldest !== undefined) {
      const seconds = Math.max(1, Math.ceil((oldest + windowMs - at) / 1000));
      throw new VaultError(429, 'Throttled', 'Request was not processed because too many requests were received.', {
        headers: { 'Retry-After': String(seconds) },
      });
    }
    served.push(at);
  }
}
