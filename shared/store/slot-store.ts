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
import { removeVersion, swapRow } from './swap.ts';
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

/** How a change of the row ended: `version` is that of the row as it stands, null where none does. */
interface Changed {
  readonly changed: boolean;
  readonly stands: SlotState;
  readonly version: string | null;
}

/** Table `mailboxes`: a row for each mailbox that is in use or at rest, changed by compare and swap. */
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
    const taken = Array.from({ length: count }, () => ({ owner, until }));
    // Mostly nobody is at work in the mailbox: then the row is not there, and the first who inserts it has his slots.
    const alone = count === 1 ? await this.write(mailbox, { slots: taken, notBefore: 0 }, null) : null;
    const state: Changed =
      alone !== null
        ? { changed: true, stands: { slots: taken, notBefore: 0 }, version: alone }
        : await this.change(mailbox, (stands, now) => {
            const free = MAILBOX_SLOTS - stands.slots.length;
            if (stands.notBefore > now || free < count) return null;
            return { ...stands, slots: [...stands.slots, ...taken] };
          });
    if (!state.changed) return this.waitFor(state.stands);
    const lease = new HeldSlots({ store: this, mailbox, owner, until, alone, ports: this.#ports });
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

  /**
   * Gives an owner's slots back; none left is no error. `alone` is the version of the row as the owner inserted it: while
   * that one stands, nobody else holds a slot and the mailbox is not at rest.
   */
  async release(mailbox: Mailbox, owner: string, alone: string | null): Promise<void> {
    if (alone !== null && (await removeVersion(this.#table, keysOf(mailbox), alone))) return;
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
  private async change(mailbox: Mailbox, next: (stands: SlotState, now: number) => SlotState | null): Promise<Changed> {
    const { partitionKey, rowKey } = keysOf(mailbox);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const row = await this.#table.get(partitionKey, rowKey);
      const now = this.#ports.clock.now().getTime();
      const known = row === null ? { slots: [], notBefore: 0 } : decodeState(row);
      const stands = { ...known, slots: known.slots.filter(({ until }) => until > now) };
      const version = row === null ? null : rowVersion(row);
      const wanted = next(stands, now);
      if (wanted === null) return { changed: false, stands, version };
      if (isIdle(wanted, now)) {
        const gone = version === null || (await removeVersion(this.#table, { partitionKey, rowKey }, version));
        if (gone) return { changed: true, stands: wanted, version: null };
      } else {
        const written = await this.write(mailbox, wanted, version);
        if (written !== null) return { changed: true, stands: wanted, version: written };
      }
      await this.#table.pause(1);
    }
    throw new StorageError('store.unavailable', 'The slots of a mailbox met too many others');
  }

  private write(mailbox: Mailbox, state: SlotState, version: string | null): Promise<string | null> {
    return swapRow(this.#table, this.#ports.random, { ...keysOf(mailbox), state: JSON.stringify(state) }, version);
  }
}

/** Nobody works in the mailbox, and nobody has to wait: it needs no row. */
const isIdle = ({ slots, notBefore }: SlotState, now: number): boolean => slots.length === 0 && notBefore <= now;

const keysOf = ({ tenantId, objectId }: Mailbox): { readonly partitionKey: string; readonly rowKey: string } => ({
  partitionKey: key(tenantId, objectId),
  rowKey: ROW,
});

function decodeState(row: Row): SlotState {
  const state = stateSchema.safeParse(typeof row['state'] === 'string' ? parseJson(row['state']) : undefined);
  // Not read as "free": whoever cannot see the slots must not take them (P7).
  if (!state.success) throw new StorageError('store.unavailable', 'The slots of a mailbox cannot be read');
  return state.data;
}
