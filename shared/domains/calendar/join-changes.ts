import type { Change, Scope } from '../../engine/model.ts';
import type { PartitionStore } from '../../engine/ports.ts';
import type { Fields } from '../../lib/json.ts';
import { joinEvent, readMasters } from './join.ts';

/**
 * Rows of the feed as they are read: both sides of an event are joined with its master as it stands now (P18). Rows that are of
 * no event are as they are.
 */
export async function joinChanges(
  store: Pick<PartitionStore, 'readRecords' | 'readRemotes'>,
  scope: Scope,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const isEvent = ({ type }: Change): boolean => type.startsWith('event.');
  const sides = changes.filter(isEvent).flatMap(({ before, after }) => [before, after]);
  const items = sides.filter((side): side is Fields => side !== null);
  if (items.length === 0) return changes;
  const masters = await readMasters(store, scope, items);
  const join = (side: Fields | null): Fields | null => (side === null ? null : joinEvent(side, masters));
  return changes.map((change) =>
    isEvent(change) ? { ...change, before: join(change.before), after: join(change.after) } : change,
  );
}
