import { z } from 'zod';
import type { Mailbox } from '../engine/connection.ts';
import { MAILBOX_SLOTS, type SlotAnswer, type SlotStore } from '../engine/directory-ports.ts';
import { StorageError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { parseJson } from '../lib/json.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import { key } from './keys.ts';
import { HeldSlots } from './slot-lease.ts';
import { swapRow } from './swap.ts';
import { rowVersion, type Row, type Table } from './table.ts';

const ROW = 'slots';
/** Other workers change the row between reading and swapping; more rounds than this mean that something is wrong. */
const TRIES = 12;

const stateSchema = z.object({
  /** Milliseconds of the clock. */
  slots: z.array(z.object({ owner: z.string(), until: z.number() })),
  notBefore: z.number(),
});
export type SlotState = z.output<typeof stateSchema>;

export interface SlotPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long slots are held without renewal, in milliseconds. */
  readonly ttlMs: number;
}

/** Table `mailboxes`: a row for each mailbox, changed by compare and swap. */
export class TableSlotStore implements SlotStore {
  readonly #table: Table;
  readonly #ports: SlotPorts;

  constructor(table: Table, ports: SlotPorts) {
    this.#table = table;
    this.#ports = ports;
  }

  async take(mailbox: Mailbox, count: number): Promise<SlotAnswer> {
    if (!Number.isInteger(count) || count < 1 || count > MAILBOX_SLOTS) {
      throw new RangeError(`A mailbox has 1 to ${MAILBOX_SLOTS} slots to take`);
    }
    const owner = this.#ports.random.token(12);
    // Counted from before the write: the holder must never believe longer than the row says.
    const until = this.#ports.clock.now().getTime() + this.#ports.ttlMs;
    const state = await this.change(mailbox, (stands, now) => {
      const free = MAILBOX_SLOTS - stands.slots.length;
      if (stands.notBefore > now || free < count) return null;
      const taken = Array.from({ length: count }, () => ({ owner, until }));
      return { ...stands, slots: [...stands.slots, ...taken] };
    });
    if (!state.changed) return this.waitFor(state.stands);
    const lease = new HeldSlots({ store: this, mailbox, owner, until, ports: this.#ports });
    return { outcome: 'held', lease };
  }

  async rest(mailbox: Mailbox, until: Date): Promise<void> {
    const at = until.getTime();
    await this.change(mailbox, (stands) => (stands.notBefore >= at ? null : { ...stands, notBefore: at }));
  }

  /** Moves the end of an owner's slots; false = they are no longer its own. */
  async renew(mailbox: Mailbox, owner: string, until: number): Promise<boolean> {
    const { changed } = await this.change(mailbox, ({ slots, notBefore }) => {
      if (!slots.some((slot) => slot.owner === owner)) return null;
      return { notBefore, slots: slots.map((slot) => (slot.owner === owner ? { owner, until } : slot)) };
    });
    return changed;
  }

  /** Gives an owner's slots back; none left is no error. */
  async release(mailbox: Mailbox, owner: string): Promise<void> {
    await this.change(mailbox, ({ slots, notBefore }) => {
      const others = slots.filter((slot) => slot.owner !== owner);
      return others.length === slots.length ? null : { notBefore, slots: others };
    });
  }

  private waitFor({ notBefore }: SlotState): SlotAnswer {
    const left = notBefore - this.#ports.clock.now().getTime();
    if (left > 0) return { outcome: 'wait', retryAfterMs: left, resting: true };
    return { outcome: 'wait', retryAfterMs: 200 + Math.floor(this.#ports.random.fraction() * 800) };
  }

  /** Reads, computes, swaps; again where another worker was first. `next` sees live slots only; null = leave it. */
  private async change(
    mailbox: Mailbox,
    next: (stands: SlotState, now: number) => SlotState | null,
  ): Promise<{ readonly changed: boolean; readonly stands: SlotState }> {
    const partitionKey = key(mailbox.tenantId, mailbox.objectId);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const row = await this.#table.get(partitionKey, ROW);
      const now = this.#ports.clock.now().getTime();
      const known = row === null ? { slots: [], notBefore: 0 } : decodeState(row);
      const stands = { ...known, slots: known.slots.filter(({ until }) => until > now) };
      const wanted = next(stands, now);
      if (wanted === null) return { changed: false, stands };
      const written = { partitionKey, rowKey: ROW, state: JSON.stringify(wanted) };
      const version = row === null ? null : rowVersion(row);
      if ((await swapRow(this.#table, this.#ports.random, written, version)) !== null) {
        return { changed: true, stands: wanted };
      }
      await this.#table.pause(1);
    }
    throw new StorageError('store.unavailable', 'The slots of a mailbox met too many others');
  }
}

function decodeState(row: Row): SlotState {
  const state = stateSchema.safeParse(typeof row['state'] === 'string' ? parseJson(row['state']) : undefined);
  // Not read as "free": whoever cannot see the slots must not take them (P7).
  if (!state.success) throw new StorageError('store.unavailable', 'The slots of a mailbox cannot be read');
  return state.data;
}
