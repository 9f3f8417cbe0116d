import { OutboxFullError } from '../errors.ts';
import type { Fields } from '../lib/json.ts';
import type { Kind } from './domain.ts';
import type { OutboxOperation } from './model.ts';
import { mayHaveArrived, wasTried } from './outbox-rows.ts';

/** Most writes to one record that wait: what settles all of them at once must fit a commit, with the rows of the record. */
export const MOST_WAITING = 40;

/** Throws OutboxFullError where so many writes to a record wait that no other one can be taken. */
export function demandRoom(waiting: readonly OutboxOperation[]): void {
  if (waiting.length >= MOST_WAITING) throw new OutboxFullError('too many writes to it wait to be sent');
}

/**
 * The last write that waits for a record, where nothing of it was ever sent and a new one says anew all that it says: it need not
 * be sent any more. A move is sent, wherever the next one goes.
 */
export function superseded(
  waiting: readonly OutboxOperation[],
  kind: Pick<Kind, 'placeFields'>,
  { action, fields }: { readonly action: string; readonly fields: Fields },
): OutboxOperation | undefined {
  const last = waiting.toSorted((a, b) => a.seq - b.seq).at(-1);
  if (last === undefined || last.effect !== undefined || last.action !== action) return undefined;
  if (wasTried(last) || mayHaveArrived(last)) return undefined;
  const isSaidAnew = (field: string): boolean => field in fields && !kind.placeFields.includes(field);
  return Object.keys(last.fields).every(isSaidAnew) ? last : undefined;
}
