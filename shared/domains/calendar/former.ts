import type { Head } from '../../engine/head.ts';
import { groupKey } from '../../engine/ids.ts';
import type { EngineRecord, OutboxOperation, Scope } from '../../engine/model.ts';
import type { PartitionStore } from '../../engine/ports.ts';
import { allEntries } from '../../engine/short-lists.ts';
import type { Fields } from '../../lib/json.ts';
import { SERIES_COLUMN } from './event.ts';
import { joinEvent, readSeries, type Series } from './join.ts';
import { retimes } from './own-doing.ts';
import { eventLists } from './queries.ts';
import type { Span } from './spans.ts';

type Store = Pick<PartitionStore, 'readOutbox' | 'readRecords' | 'readRemotes' | 'list'>;

/** Records that writes wait for, at most, that are looked at; beyond that nothing is certain. */
const MOST_LOOKED_AT = 100;

/** What Outlook still has though it is shown no more. */
export interface Former {
  /** Joined with their masters. */
  readonly events: readonly Fields[];
  /** Masters that are being deleted: their rules may bring occurrences that no page has told of. */
  readonly series: readonly EngineRecord[];
}

const none: Former = { events: [], series: [] };

/**
 * What was moved or deleted here, as Outlook has it until it takes that: events at their former times, and of deleted series what
 * is within a range. Series that were moved are not among them, for their occurrences stand at these times. Null where there are too
 * many to look at. Reads nothing where nothing waits to be sent.
 */
export async function readFormer(
  store: Store,
  scope: Scope,
  { counts }: Pick<Head, 'counts'>,
  range: Span,
): Promise<Former | null> {
  if (counts.outbox === 0) return none;
  const waiting = (await store.readOutbox(scope)).filter((write) => write.effect === 'delete' || isMove(write));
  const ids = new Set(waiting.map(({ recordId }) => recordId));
  if (ids.size > MOST_LOOKED_AT) return null;
  if (ids.size === 0) return none;
  const records = [...(await store.readRecords(scope, [...ids])).values()];
  const moved = records.filter(({ leaving }) => leaving === undefined);
  const deleted = records.filter(({ leaving }) => waiting.some(({ op }) => op === leaving));
  const series = deleted.filter((record) => versionsOf(record).some(isMaster));
  const versions = [...moved.flatMap(({ base }) => (base === null ? [] : [base])), ...deleted.flatMap(versionsOf)];
  const events = versions.filter((fields) => !isMaster(fields));
  const masters = withMasters(await readSeries(store, scope, events), series);
  const parts = await Promise.all(series.map((master) => readParts(store, scope, master, range)));
  return { events: [...events.map((event) => joinEvent(event, masters)), ...parts.flat()], series };
}

const isMove = ({ effect, fields }: OutboxOperation): boolean => effect === undefined && retimes(fields);

const isMaster = ({ type }: Fields): boolean => type === 'master';

/** As it stood here, and as Outlook told it: which may have taken a write that the deletion has overtaken. */
const versionsOf = ({ base, fields }: EngineRecord): readonly Fields[] => (base === null ? [fields] : [fields, base]);

/** The masters of events, those that are being deleted among them. */
const withMasters = ({ masters }: Series, deleted: readonly EngineRecord[]): Series['masters'] =>
  new Map([...masters, ...deleted.map((master): [string, EngineRecord] => [master.graphId ?? '', master])]);

/** What is held of a series within a range, as long as that stands. */
async function readParts(
  store: Pick<Store, 'list'>,
  scope: Scope,
  master: EngineRecord,
  range: Span,
): Promise<readonly Fields[]> {
  const { graphId } = master;
  if (graphId === null) return [];
  const masters = new Map([[graphId, master]]);
  const lists = eventLists({ from: new Date(range.from), to: new Date(range.to) });
  const read = lists.map(async ({ query, rows, keep }): Promise<readonly Fields[]> => {
    const where = { ...query.where, [SERIES_COLUMN]: groupKey(graphId) };
    const entries = await allEntries(store, scope, { ...query, where });
    return entries
      .filter(rows)
      .map(({ item }) => joinEvent(item, masters))
      .filter(keep);
  });
  return (await Promise.all(read)).flat();
}
