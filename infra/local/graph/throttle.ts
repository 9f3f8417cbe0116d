import type { Clock } from './clock.ts';
import { GraphError } from './http.ts';
import type { Settings } from './settings.ts';

const WINDOW_MS = 600_000;
/** The window is counted in slices, so that a mailbox needs 60 numbers and no list of requests. */
const SLICE_MS = 10_000;

interface Use {
  inFlight: number;
  slices: Map<number, number>;
}

/** Outlook's limits, per app and mailbox: so many at once, so many per 10 minutes. Refused requests count too. */
export class Throttle {
  private readonly uses = new Map<string, Use>();
  private readonly settings: Settings;
  private readonly clock: Clock;

  constructor(settings: Settings, clock: Clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** Takes a place or throws 429. Who got one gives it back with the function returned. */
  enter(key: string): () => void {
    const use = this.uses.get(key) ?? { inFlight: 0, slices: new Map<number, number>() };
    this.uses.set(key, use);
    this.countRequest(use);
    const { concurrency } = this.settings.throttle;
    if (concurrency !== null && use.inFlight >= concurrency) {
      throw limit('Application is over its MailboxConcurrency limit.', 1);
    }
    use.inFlight += 1;
    let inside = true;
    return () => {
      if (inside) use.inFlight -= 1;
      inside = false;
    };
  }

  private countRequest(use: Use): void {
    const now = this.clock.ms();
    const slice = Math.floor(now / SLICE_MS);
    for (const old of use.slices.keys()) if (old <= slice - WINDOW_MS / SLICE_MS) use.slices.delete(old);
    use.slices.set(slice, (use.slices.get(slice) ?? 0) + 1);
    const { per10min } = this.settings.throttle;
    const total = [...use.slices.values()].reduce((sum, count) => sum + count, 0);
    if (per10min === null || total <= per10min) return;
    const oldest = Math.min(...use.slices.keys());
    const wait = Math.ceil((oldest * SLICE_MS + SLICE_MS + WINDOW_MS - now) / 1000);
    throw limit('Application is over its Request limit.', Math.max(1, wait));
  }
}

function limit(message: string, seconds: number): GraphError {
  return new GraphError(429, 'ApplicationThrottled', message, { 'retry-after': String(seconds) });
}
