import { TooLargeError } from '../errors.ts';
import type { Random } from '../lib/random.ts';
import {
  failureOf,
  isMissing,
  isRefused,
  isStale,
  isTaken,
  isTooLarge,
  storageError,
  type Failure,
} from './failures.ts';
import { rowVersion, type NewRow, type Table } from './table.ts';

/** Requests sent for one conditional write, at most. */
const TRIES = 4;
/** The column that tells the writer of a row its own write again. */
const WRITER = 'writer';

/** What became of a conditional write. */
export interface Swapped {
  /** Null where the row stands as another writer has put it. */
  readonly version: string | null;
  /** A request of ours brought no answer: it may have been applied, and what it wrote be changed since. */
  readonly unclear: boolean;
}

/**
 * Compare and swap of one row: replaces that very version, or inserts where `version` is null. Answers the new version, or
 * null where another writer was first. An unclear answer is cleared up by reading the row: of several writers no two are told
 * that they won. Throws StorageError (or TooLargeError).
 */
export const swapRow = async (
  table: Table,
  random: Random,
  row: NewRow,
  version: string | null,
): Promise<string | null> => (await trySwap(table, random, row, version)).version;

/** The same, for whom it makes a difference whether a row that another writer has changed was theirs before. */
export async function trySwap(table: Table, random: Random, row: NewRow, version: string | null): Promise<Swapped> {
  const writer = random.token(12);
  const signed = { ...row, [WRITER]: writer };
  for (let attempt = 1; ; attempt++) {
    try {
      const next = version === null ? await table.tryInsert(signed) : await table.tryReplace(signed, version);
      return { version: next, unclear: false };
    } catch (error) {
      const failure = failureOf(error);
      const beaten = isBeaten(failure, version);
      // Nothing was unclear so far: the refusal is about another writer, not about an earlier try of ours.
      if (beaten && attempt === 1) return { version: null, unclear: false };
      if (isTooLarge(failure)) throw new TooLargeError('The service finds a row too large');
      if (isRefused(failure) && !beaten) throw storageError('store.unavailable', 'Writing a row', error);
      const stands = await table.get(row.partitionKey, row.rowKey);
      if (stands !== null && stands[WRITER] === writer) return { version: rowVersion(stands), unclear: false };
      if ((stands === null ? null : rowVersion(stands)) !== version) return { version: null, unclear: true };
      if (attempt >= TRIES) throw storageError('store.unavailable', 'Writing a row', error);
      await table.pause(attempt);
    }
  }
}

const isBeaten = (failure: Failure, version: string | null): boolean =>
  version === null ? isTaken(failure) : isStale(failure) || isMissing(failure);

/**
 * Removes that very version of a row. False = another version stands, nothing was removed. A row that is not there counts
 * as removed.
 */
export async function removeVersion(
  table: Table,
  keys: { readonly partitionKey: string; readonly rowKey: string },
  version: string,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await table.tryRemove(keys.partitionKey, keys.rowKey, version);
      return true;
    } catch (error) {
      const failure = failureOf(error);
      if (isMissing(failure)) return true;
      if (isStale(failure)) return false;
      if (isRefused(failure) || attempt >= TRIES) throw storageError('store.unavailable', 'Removing a row', error);
      // A second try may meet what the first one did: no row, or a newer one. Either answer is right.
      await table.pause(attempt);
    }
  }
}
