import type { SlotAnswer, SlotLease, SlotStore } from '../../shared/engine/directory-ports.ts';
import { MAILBOX_SLOTS } from '../../shared/engine/directory-ports.ts';
import type { Mailbox } from '../../shared/engine/connection.ts';
import type { Clock } from '../../shared/lib/clock.ts';

/** Slots of mailboxes in memory: four a mailbox, and a rest that all holders share. */
export class MemorySlots implements SlotStore {
  readonly #clock: Clock;
  readonly #taken = new Map<string, number>();
  readonly #rests = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(mailbox: Mailbox, count: number): Promise<SlotAnswer> {
    const key = keyOf(mailbox);
    const rest = (this.#rests.get(key) ?? 0) - this.#clock.now().getTime();
    if (rest > 0) return Promise.resolve({ outcome: 'wait', retryAfterMs: rest, resting: true });
    const taken = this.#taken.get(key) ?? 0;
    if (taken + count > MAILBOX_SLOTS) return Promise.resolve({ outcome: 'wait', retryAfterMs: 1000 });
    this.#taken.set(key, taken + count);
    return Promise.resolve({ outcome: 'held', lease: this.#lease(mailbox, count) });
  }

  rest(mailbox: Mailbox, until: Date): Promise<void> {
    const key = keyOf(mailbox);
    this.#rests.set(key, Math.max(this.#rests.get(key) ?? 0, until.getTime()));
    return Promise.resolve();
  }

  /** Slots in use now. */
  taken(mailbox: Mailbox): number {
    return this.#taken.get(keyOf(mailbox)) ?? 0;
  }

  /** When the mailbox may be asked again, in ms since the epoch; 0 = now. */
  restsUntil(mailbox: Mailbox): number {
    return this.#rests.get(keyOf(mailbox)) ?? 0;
  }

  #lease(mailbox: Mailbox, count: number): SlotLease {
    let held = true;
    return {
      assertHeld: () => undefined,
      restUntil: (at) => this.rest(mailbox, at),
      release: () => {
        if (held) this.#taken.set(keyOf(mailbox), this.taken(mailbox) - count);
        held = false;
        return Promise.resolve();
      },
    };
  }
}

const keyOf = (mailbox: Mailbox): string => `${mailbox.tenantId} ${mailbox.objectId}`;
