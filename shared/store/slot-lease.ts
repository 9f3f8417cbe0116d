import type { Mailbox } from '../engine/connection.ts';
import type { SlotLease } from '../engine/directory-ports.ts';
import { ThrottledError, codeOf } from '../errors.ts';
import type { SlotPorts, TableSlotStore } from './slot-store.ts';

interface Holding {
  readonly store: TableSlotStore;
  readonly mailbox: Mailbox;
  readonly owner: string;
  /** Milliseconds of the clock. */
  readonly until: number;
  /** Version of the row if the holder inserted it: nobody else was there. */
  readonly alone: string | null;
  readonly ports: SlotPorts;
}

/** Slots of one holder, renewed in the background at a third of their life until released. */
export class HeldSlots implements SlotLease {
  readonly #holding: Holding;
  readonly #timer: NodeJS.Timeout;
  #until: number;
  #state: 'held' | 'lost' | 'released' = 'held';
  #renewing: Promise<void> = Promise.resolve();

  constructor(holding: Holding) {
    this.#holding = holding;
    this.#until = holding.until;
    this.#timer = setInterval(() => {
      this.#renewing = this.#renewing.then(() => this.renew());
    }, holding.ports.ttlMs / 3);
    this.#timer.unref();
  }

  assertHeld(): void {
    if (this.#state === 'held' && this.#holding.ports.clock.now().getTime() < this.#until) return;
    // Not a failure of the mailbox or of a stream: the job ends here and comes back with slots of its own.
    throw new ThrottledError(1_000, undefined, { cause: new Error('the slots of the mailbox are no longer held') });
  }

  restUntil(at: Date): Promise<void> {
    return this.#holding.store.rest(this.#holding.mailbox, at);
  }

  async release(): Promise<void> {
    if (this.#state === 'released') return;
    this.#state = 'released';
    clearInterval(this.#timer);
    // A renewal under way would put the slots back after they went.
    await this.#renewing;
    const { store, mailbox, owner, alone, ports } = this.#holding;
    try {
      await store.release(mailbox, owner, alone);
    } catch (error) {
      // The slots end by themselves; the work that held them is done and must not fail for this.
      ports.log.warn('slots.release_failed', { code: codeOf(error) });
    }
  }

  private async renew(): Promise<void> {
    if (this.#state !== 'held') return;
    const { store, mailbox, owner, ports } = this.#holding;
    const until = ports.clock.now().getTime() + ports.ttlMs;
    try {
      if (await store.renew(mailbox, owner, until)) this.#until = until;
      else if (this.stillHolding()) this.#state = 'lost';
    } catch (error) {
      // Tried again at the next turn; `assertHeld` speaks up once the time is over.
      ports.log.warn('slots.renewal_failed', { code: codeOf(error) });
    }
  }

  private stillHolding(): boolean {
    return this.#state === 'held';
  }
}
