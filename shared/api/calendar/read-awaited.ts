import { awaited, fills, occurrencesOf } from '../../domains/calendar/awaited.ts';
import { EVENTS, SERIES_COLUMN } from '../../domains/calendar/event.ts';
import { textIn } from '../../domains/calendar/event-fields.ts';
import { joinEvent } from '../../domains/calendar/join.ts';
import { seriesList } from '../../domains/calendar/queries.ts';
import type { Span } from '../../domains/calendar/spans.ts';
import { groupKey } from '../../engine/ids.ts';
import type { EngineRecord, Scope } from '../../engine/model.ts';
import { allEntries } from '../../engine/short-lists.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts } from '../ports.ts';

type Store = Pick<ApiPorts['store'], 'list' | 'readRecords'>;

/** What the lists have shown of a range. */
export interface Listed {
  readonly range: Span;
  readonly calendar?: string | undefined;
  /** Joined with their masters. */
  readonly events: readonly Fields[];
  /** Our ids of events and of masters that wait to be read again. */
  readonly inDoubt: ReadonlySet<string>;
  /** Masters that Outlook still has though no list shows them. */
  readonly series: readonly EngineRecord[];
  readonly now: Date;
}

/**
 * The occurrences in a range that have to be counted on though no event shows them (see `awaited`). Reads the index rows of the
 * masters, and no record of a series whose occurrences stand as its rule says.
 */
export async function readAwaited(store: Store, scope: Scope, listed: Listed): Promise<readonly Fields[]> {
  const { range, calendar, inDoubt, now } = listed;
  const partsOf = Map.groupBy(listed.events, ({ seriesMasterId }) => textIn(seriesMasterId));
  const filters = { from: new Date(range.from), to: new Date(range.to) };
  const series = seriesList({ ...filters, ...(calendar === undefined ? {} : { calendar }) });
  const rows = (await allEntries(store, scope, series.query)).filter((row) => {
    const { id, item } = row;
    // A rule that Outlook does not have yet may end later than the row says.
    if (item['pushed'] !== 'done' || inDoubt.has(id)) return true;
    return series.rows(row) && isMissed(item, partsOf.get(id) ?? [], range);
  });
  const records = await store.readRecords(scope, [...new Set(rows.map(({ id }) => id))]);
  const read = [...records.values(), ...listed.series].map(async (record): Promise<readonly Fields[]> => {
    const of = { range, now, parts: partsOf.get(record.id) ?? [], inDoubt: inDoubt.has(record.id) };
    const some = awaited(record, of);
    if (some.length === 0 || record.graphId === null) return some;
    // What fills a slot of the range may have been moved out of it.
    return awaited(record, { ...of, parts: await readExceptions(store, scope, record, of.parts) });
  });
  return (await Promise.all(read)).flat();
}

/** Whether the rule of a series brings an occurrence to a range that is not there in its place, or not for as long. */
function isMissed(master: Fields, parts: readonly Fields[], range: Span): boolean {
  const shown = new Map(parts.map((part) => [part['recurrenceId'], part]));
  return occurrencesOf(master, range).some((one) => {
    const part = shown.get(one.slot);
    return part === undefined || (part['type'] === 'occurrence' && !fills(part, one));
  });
}

/** The parts of a series that are listed, and its exceptions wherever they are. */
async function readExceptions(
  store: Store,
  scope: Scope,
  master: EngineRecord,
  listed: readonly Fields[],
): Promise<readonly Fields[]> {
  const where = { [SERIES_COLUMN]: groupKey(master.graphId ?? '') };
  const rows = await allEntries(store, scope, { from: `${EVENTS}:`, to: `${EVENTS};`, where });
  const exceptions = rows.map(({ item }) => item).filter(({ type }) => type === 'exception');
  const masters = new Map([[master.graphId ?? '', master]]);
  return [...listed, ...exceptions.map((item) => joinEvent(item, masters))];
}
