import { remoteRecordId } from '../../engine/ids.ts';
import type { EngineRecord, Scope } from '../../engine/model.ts';
import type { PartitionStore } from '../../engine/ports.ts';
import type { Fields, Json } from '../../lib/json.ts';
import { dateText } from './civil-date.ts';
import { isUntold, ownFields, shownDefaults, shownFields, textIn, timesOf } from './event-fields.ts';
import { readDay } from './event-times.ts';
import { exdateOf, joinMaster, OWN_FIELDS, recurrenceIdOf, slotIn, type SeriesSlots } from './series.ts';
import { slotsOf } from './series-fields.ts';

/** By the fields of masters, which nobody changes: reading them costs more than all the rest of a join. */
const known = new WeakMap<Fields, SeriesSlots | null>();

/** What names the slots of a series, read once for all of its parts. */
function slotsIn(master: Fields): SeriesSlots | null {
  const found = known.get(master);
  if (found !== undefined) return found;
  const slots = slotsOf(master);
  known.set(master, slots);
  return slots;
}

/**
 * An occurrence or exception as it is read: what it holds itself, and all else as its master has it (P18). Other events, and
 * those whose master is not held, are as they are. `item` is a record's fields, an index row or one side of a change row; `masters`
 * are by Graph id. `seriesMasterId` is our own id of the master from here on; null where the master is not held.
 */
export function joinEvent(item: Fields, masters: ReadonlyMap<string, Pick<EngineRecord, 'id' | 'fields'>>): Fields {
  const { type } = item;
  if (type !== 'occurrence' && type !== 'exception') return { ...item, ...shownFields(item) };
  const master = masters.get(textIn(item['seriesMasterId']) ?? '');
  const { id, graphId = null, pushed = null } = item;
  const record = { ...(id === undefined ? {} : { id, graphId, pushed }) };
  if (master === undefined) return { ...record, ...shownFields(item), seriesMasterId: null };
  const own = ownFields(item);
  const when = whenOf(item, master.fields);
  // Once it was moved its own time does not tell any more which slot it fills.
  const recurrenceId = inWordsOf(master.fields, { ...when, ...own });
  const joined = joinMaster({ ...own, ...when, recurrenceId }, shownFields(master.fields));
  return { ...record, ...shownDefaults, ...joined, seriesMasterId: master.id };
}

/** What must be said of the time of a part in its series' words: of what was moved, here or there, nothing but its sort. */
function whenOf(item: Fields, master: Fields): Fields {
  if (hasPlainTimes(item)) return onClockOf(item, master);
  return isUntold(item) ? { isAllDay: timesOf(item)?.isAllDay === true } : {};
}

/** Whether it holds its times as occurrences do, in UTC: as an exception, too, as long as it was only written here and not moved. */
const hasPlainTimes = (part: Fields): boolean =>
  part['type'] === 'occurrence' || (isUntold(part) && textIn(part['originalTimeZone']) === null);

/** What an exception never has of its master, beside what makes it an event of its own. */
const notShared = [...OWN_FIELDS, 'calendarId', 'recurrence', 'body', 'reply', 'webLink'];

/** A plain occurrence with all that it has of its master, as an exception of it would tell that; null of whatever tells all itself. */
export function inFull(part: Fields, master: Fields): Fields | null {
  if (part['type'] !== 'occurrence') return null;
  const own = Object.fromEntries(Object.entries(part).filter(([field]) => notShared.includes(field)));
  return { ...part, ...joinMaster({ ...own, ...onClockOf(part, master) }, master) };
}

/** The slot of its series that an occurrence or exception fills, moved or not, as EXDATEs name it; null where nothing says it. */
export function slotOf(part: Fields, master: Fields): string | null {
  const when = part['type'] === 'occurrence' ? onClockOf(part, master) : part;
  const slot = inWordsOf(master, when);
  const slots = slot === null ? null : slotsIn(master);
  return slot === null || slots === null ? slot : exdateOf(slot, slots);
}

/** The slot of a part: what lasts all day may be of a series with times, and the other way round. */
function inWordsOf(master: Fields, { recurrenceId, originalTimeZone }: Fields): string | null {
  const slot = textIn(recurrenceId);
  const slots = slot === null ? null : slotsIn(master);
  return slot === null || slots === null ? slot : slotIn(slot, slots, textIn(originalTimeZone));
}

/**
 * When an occurrence is, in the words of its series: days, or times in its zone; and the slot that it fills. Of a series that does not
 * say any more how it repeated, that is where it is.
 */
function onClockOf(item: Fields, master: Fields): Fields {
  const times = timesOf(item);
  if (times === null || times.isAllDay) return {};
  const zone = textIn(master['originalTimeZone']);
  const slots = slotsIn(master);
  const slot = slots === null ? null : recurrenceIdOf({ start: times.start }, slots);
  if (master['isAllDay'] === true) {
    const [from, to] = [readDay(times.start, zone), readDay(times.end, zone)];
    if (from === null || to === null) return { recurrenceId: slot };
    const [start, end] = [{ date: dateText(from) }, { date: dateText(to) }];
    return { start, end, recurrenceId: slots === null ? start.date : slot };
  }
  const of = timesOf(master);
  const timeZone = of === null || of.isAllDay ? 'UTC' : of.start.timeZone;
  const start: Json = { dateTime: times.start.dateTime, timeZone };
  const recurrenceId = slots === null ? times.start.dateTime : slot;
  return { start, end: { dateTime: times.end.dateTime, timeZone }, recurrenceId };
}

/**
 * What is written to change one occurrence, and not its series: it becomes an exception by it, as Outlook will say, in the slot
 * that it fills now; what is not written stays as the master has it. Begin and end go together. An exception that is moved keeps its
 * slot, whatever zone it is in then. For other events the patch alone.
 */
export function exceptionOf(occurrence: Fields, master: Fields | undefined, patch: Fields): Fields {
  const timed = ['start', 'end', 'isAllDay'].some((field) => field in patch);
  const isPlain = hasPlainTimes(occurrence);
  const { recurrenceId = null, ...times } = isPlain && master !== undefined ? onClockOf(occurrence, master) : {};
  // Days are told as midnights of the zone that they were made in.
  const when = isPlain && timed ? { ...times, originalTimeZone: master?.['originalTimeZone'] ?? null } : {};
  if (occurrence['type'] === 'exception' && master !== undefined && timed)
    return keepingSlot(occurrence, master, { ...when, ...patch });
  if (occurrence['type'] !== 'occurrence') return patch;
  return { ...when, ...patch, type: 'exception', recurrenceId };
}

/** What is written to move an exception: once it has times, of another zone perhaps, a day does not tell its slot any more. */
function keepingSlot(exception: Fields, master: Fields, patch: Fields): Fields {
  const slot = inWordsOf(master, exception);
  const isTimed = timesOf({ ...exception, ...patch })?.isAllDay === false;
  return !isTimed || slot === null || slot === exception['recurrenceId'] ? patch : { ...patch, recurrenceId: slot };
}

/** The Graph ids of the masters that these events are joined with. */
export const mastersWanted = (items: readonly Fields[]): readonly string[] => [
  ...new Set(
    items.flatMap(({ type, seriesMasterId }) =>
      type === 'occurrence' || type === 'exception' ? (textIn(seriesMasterId) ?? []) : [],
    ),
  ),
];

/** The series of some events. */
export interface Series {
  /** The masters, as they stand, by Graph id. */
  readonly masters: ReadonlyMap<string, EngineRecord>;
  /** Graph ids of those that are being deleted: their occurrences go with them. */
  readonly leaving: ReadonlySet<string>;
}

/** Reads what it needs at once; nothing where none of the events is of a series. */
export async function readSeries(
  store: Pick<PartitionStore, 'readRecords' | 'readRemotes'>,
  scope: Scope,
  items: readonly Fields[],
): Promise<Series> {
  const wanted = mastersWanted(items);
  if (wanted.length === 0) return { masters: new Map(), leaving: new Set() };
  // One that was born here is found by another id than its Graph id tells.
  const renamed = await store.readRemotes(scope, wanted);
  const idOf = (graphId: string): string => renamed.get(graphId) ?? remoteRecordId(scope.connectionId, graphId);
  const records = await store.readRecords(scope, wanted.map(idOf));
  const found = wanted.flatMap((graphId): [string, EngineRecord][] => {
    const record = records.get(idOf(graphId));
    return record === undefined ? [] : [[graphId, record]];
  });
  return {
    masters: new Map(found.filter(([, { leaving }]) => leaving === undefined)),
    leaving: new Set(found.filter(([, { leaving }]) => leaving !== undefined).map(([graphId]) => graphId)),
  };
}

/** Whether an event goes with its series, which is being deleted: nobody is to see it any more. */
export const goesWithSeries = (item: Fields, { leaving }: Pick<Series, 'leaving'>): boolean =>
  mastersWanted([item]).some((graphId) => leaving.has(graphId));

/** The masters alone. */
export const readMasters = async (
  store: Pick<PartitionStore, 'readRecords' | 'readRemotes'>,
  scope: Scope,
  items: readonly Fields[],
): Promise<Series['masters']> => (await readSeries(store, scope, items)).masters;
