import { z } from 'zod';
import type { Scope } from '../engine/model.ts';
import type { RaisedWake, WakeStore } from '../engine/ports.ts';
import { StorageError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { parseJson } from '../lib/json.ts';
import type { Random } from '../lib/random.ts';
import { partitionOf, WAKE_KEY } from './rows.ts';
import { removeVersion, trySwap, type Swapped } from './swap.ts';
import { rowVersion, type Row, type Table } from './table.ts';

/** A row that has stood longer belongs to a job that got lost (P3). */
const STALE_MS = 60_000;
/** More ids than this are kept as `all`. */
const MOST_IDS = 20;
/** Rounds of reading and merging before a burst counts as a failure. */
const TRIES = 20;

const idsSchema = z.union([z.literal('all'), z.array(z.string())]);
type Ids = z.output<typeof idsSchema>;
interface Raised extends RaisedWake {
  readonly ids: Ids;
  readonly at: number;
}

/** The wake rows of table `sync`: beside the fence, each a message on its way. */
export class TableWakeStore implements WakeStore {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(table: Table, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#table = table;
    this.#clock = clock;
    this.#random = random;
  }

  async raise(scope: Scope, ids: readonly string[] | null): Promise<'send' | 'coalesced'> {
    const asked = merged([], ids ?? 'all');
    // A row that was ours, and to which others have added since, counts as ours: all of them rely on its message.
    let unclear = false;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const now = this.#clock.now().getTime();
      const inserted = await this.put(scope, { ids: asked, at: now }, null);
      if (inserted.version !== null) return 'send';
      unclear ||= inserted.unclear;
      const stands = await this.find(scope);
      // Gone between the insert and the reading: a job has just taken it, so another must be sent.
      if (stands === null) continue;
      // A clock that was ahead must not make a row last.
      const stale = Math.abs(now - stands.at) > STALE_MS;
      const together = merged(stands.ids, asked);
      // What the row says already needs no write: whoever takes it away from now on has read it.
      if (!stale && sameIds(together, stands.ids)) return unclear ? 'send' : 'coalesced';
      const next = { ids: together, at: stale ? now : stands.at };
      // The loser of the swap reads again: its ids must be in the row, whoever sends the job.
      const grown = await this.put(scope, next, stands.version);
      if (grown.version !== null) return stale || unclear ? 'send' : 'coalesced';
      unclear ||= grown.unclear;
      await this.#table.pause(Math.min(attempt, 3));
    }
    throw new StorageError('store.unavailable', 'A wake-up met too many others');
  }

  read(scope: Scope): Promise<RaisedWake | null> {
    return this.find(scope);
  }

  async clear(scope: Scope, version?: string): Promise<boolean> {
    const keys = { partitionKey: partitionOf(scope), rowKey: WAKE_KEY };
    if (version !== undefined) return removeVersion(this.#table, keys, version);
    await this.#table.remove(keys.partitionKey, keys.rowKey);
    return true;
  }

  private async find(scope: Scope): Promise<Raised | null> {
    const row = await this.#table.get(partitionOf(scope), WAKE_KEY);
    return row === null ? null : decodeWake(row);
  }

  private put(
    scope: Scope,
    { ids, at }: { readonly ids: Ids; readonly at: number },
    version: string | null,
  ): Promise<Swapped> {
    const row = {
      partitionKey: partitionOf(scope),
      rowKey: WAKE_KEY,
      ids: JSON.stringify(ids),
      at: new Date(at).toISOString(),
    };
    return trySwap(this.#table, this.#random, row, version);
  }
}

/** A wake row as it was read. */
export function decodeWake(row: Row): Raised {
  const ids = idsSchema.safeParse(typeof row['ids'] === 'string' ? parseJson(row['ids']) : undefined);
  const at = typeof row['at'] === 'string' ? Date.parse(row['at']) : Number.NaN;
  // A row that nobody can read must not swallow wake-ups: it stands for all, and is too old.
  if (!ids.success || Number.isNaN(at)) return { ids: 'all', at: 0, version: rowVersion(row) };
  return { ids: ids.data, at, version: rowVersion(row) };
}

function merged(known: Ids, more: readonly string[] | 'all'): Ids {
  if (known === 'all' || more === 'all') return 'all';
  const ids = [...new Set([...known, ...more])];
  return ids.length > MOST_IDS ? 'all' : ids;
}

/** One of the two holds the other: equal lengths mean equal ids. */
const sameIds = (together: Ids, known: Ids): boolean =>
  together === 'all' || known === 'all' ? together === known : together.length === known.length;
