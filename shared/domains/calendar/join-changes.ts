import type { Change, EngineRecord, Scope } from '../../engine/model.ts';
import type { PartitionStore } from '../../engine/ports.ts';
import { sameJson, type Fields } from '../../lib/json.ts';
import { joinEvent, readMasters } from './join.ts';

/**
 * Rows of the feed as they are read: both sides of an event are joined with its master as it stands now (P18), or as it was when it
 * went where a row of these tells that. What is the same on both sides then has not changed. Rows that are of no event are as they are.
 */
export async function joinChanges(
  store: Pick<PartitionStore, 'readRecords' | 'readRemotes'>,
  scope: Scope,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const events = changes.filter(isEvent);
  const sides = events.flatMap(({ before, after }) => [before, after]);
  const items = sides.filter((side): side is Fields => side !== null);
  if (items.length === 0) return changes;
  const masters = new Map([...events.flatMap(goneMaster), ...(await readMasters(store, scope, items))]);
  const join = (side: Fields | null): Fields | null => (side === null ? null : joinEvent(side, masters));
  return changes.map((change) =>
    isEvent(change) ? withNews({ ...change, before: join(change.before), after: join(change.after) }) : change,
  );
}

const isEvent = ({ type }: Change): boolean => type.startsWith('event.');

type Master = Pick<EngineRecord, 'id' | 'fields'>;

/** The master that a row tells the end of, as it was, by its Graph id. */
function goneMaster({ id, graphId, before, after }: Change): [string, Master][] {
  if (id === null || graphId === null || after !== null || before?.['type'] !== 'master') return [];
  const own = ['id', 'graphId', 'pushed'];
  const fields = Object.fromEntries(Object.entries(before).filter(([name]) => !own.includes(name)));
  return [[graphId, { id, fields }]];
}

/** What a part held for itself and has of its master now, or the other way round, may read the same. A row names something. */
function withNews(change: Change): Change {
  const { before, after } = change;
  if (before === null || after === null) return change;
  const changed = change.changed.filter((name) => !(name in after) || !sameJson(before[name], after[name]));
  return changed.length === 0 ? change : { ...change, changed };
}
