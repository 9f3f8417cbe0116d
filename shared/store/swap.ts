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

/**
 * Compare and swap of one row: replaces that very version, or inserts where `version` is null. Answers the new version, or
 * null where another writer was first. An unclear answer is cleared up by reading the row: exactly one of several writers
 * is told that it won. Throws StorageError (or TooLargeError).
 */
export async function swapRow(
  table: Table,
  random: Random,
  row: NewRow,
  version: string | null,
): Promise<string | null> {
  const writer = random.token(12);
  const signed = { ...row, [WRITER]: writer };
  for (let attempt = 1; ; attempt++) {
    try {
      return version === null ? await table.tryInsert(signed) : await table.tryReplace(signed, version);
    } catch (error) {
      const failure = failureOf(error);
      const beaten = isBeaten(failure, version);
      // Nothing was unclear so far: the refusal is about another writer, not about an earlier try of ours.
      if (beaten && attempt === 1) return null;
      if (isTooLarge(failure)) throw new TooLargeError('The service finds a row too large');
      if (isRefused(failure) && !beaten) throw storageError('store.unavailable', 'Writing a row', error);
      const stands = await table.get(row.partitionKey, row.rowKey);
      if (stands !== null && stands[WRITER] === writer) return rowVersion(stands);
      if ((stands === null ? null : rowVersion(stands)) !== version) return null;
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
