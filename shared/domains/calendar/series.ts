import { sameJson, type Fields } from '../../lib/json.ts';
import { dateText, daysBetween, readDate, type CivilDate } from './civil-date.ts';
import { readDay } from './event-times.ts';
import { instantOf, instantText, readInstant, wallIn } from './instants.ts';
import { readZone } from './zones.ts';

const DAY_MS = 86_400_000;

/** Fields that an occurrence never takes from its master: what and when it is itself, and what makes the master a series. */
export const OWN_FIELDS: readonly string[] = [
  'type',
  'start',
  'end',
  'seriesMasterId',
  'recurrenceId',
  'iCalUId',
  'rrule',
  'exdates',
];

/** An occurrence or exception as it is read: its own fields, and all others as its master has them (P18). */
export const joinMaster = (own: Fields, master: Fields): Fields => ({ ...shared(master), ...own });

const shared = (master: Fields): Fields =>
  Object.fromEntries(Object.entries(master).filter(([field]) => !OWN_FIELDS.includes(field)));

/** What is stored of a whole occurrence or exception: its own fields, and what differs from its master. */
export const ownPart = (whole: Fields, master: Fields): Fields =>
  Object.fromEntries(
    Object.entries(whole).filter(([field, value]) => OWN_FIELDS.includes(field) || !sameJson(value, master[field])),
  );

/** The names of the fields in which an exception differs from its master. */
export const differences = (whole: Fields, master: Fields): readonly string[] =>
  Object.keys(ownPart(whole, master))
    .filter((field) => !OWN_FIELDS.includes(field))
    .toSorted();

/** Reads `OID.{seriesMasterId}.{yyyy-mm-dd}`, the date being that of the slot in the series' zone; null for other texts. */
export function readOccurrenceId(text: string): { readonly masterId: string; readonly date: string } | null {
  const match = /^OID\.(.+)\.(\d{4}-\d{2}-\d{2})$/i.exec(text);
  const [, masterId = '', date = ''] = match ?? [];
  return match === null || readDate(date) === null ? null : { masterId, date };
}

/** What names the slots of a series. */
export interface SeriesSlots {
  readonly isAllDay: boolean;
  /** The day of the first occurrence in the series' zone (`range.startDate`). */
  readonly startDate: string;
  /** The first occurrence in milliseconds from 1970; not read for all-day series. */
  readonly firstStart: number;
  /** The series' zone as Graph names it. */
  readonly timeZone: string | null;
}

/**
 * The name of a slot as EXDATE and RECURRENCE-ID need it: the day for all-day series, else the instant in UTC at which the
 * wall clock shows the series' time on that day. In an unknown zone so many days of 24 hours after the first. Null where
 * `date` is no date.
 */
export function slotOn(date: string, series: SeriesSlots): string | null {
  const [day, first] = [readDate(date), readDate(series.startDate)];
  if (day === null || first === null) return null;
  if (series.isAllDay) return dateText(day);
  const { iana } = readZone(series.timeZone ?? '');
  if (iana === null) return instantText(series.firstStart + daysBetween(first, day) * DAY_MS);
  return instantText(instantOf(iana, { date: day, ms: wallIn(iana, series.firstStart).ms }));
}

/** EXDATEs of a series in order, and what could not be read of them. */
export interface Exdates {
  readonly exdates: readonly string[];
  readonly unread: readonly string[];
}

/** The slots of the `cancelledOccurrences` of a master. */
export function exdatesOf(cancelled: readonly string[], series: SeriesSlots): Exdates {
  const slots = cancelled.map((text) => ({ text, slot: slotOn(readOccurrenceId(text)?.date ?? '', series) }));
  return {
    exdates: [...new Set(slots.flatMap(({ slot }) => (slot === null ? [] : [slot])))].toSorted(),
    unread: slots.flatMap(({ text, slot }) => (slot === null ? [text] : [])),
  };
}

/** The members of an occurrence or exception that say which slot of its series it fills. */
export interface Slotted {
  /** An instant in UTC; absent on thin occurrences. [graph-facts 7.1] */
  readonly originalStart?: string | null | undefined;
  readonly occurrenceId?: string | null | undefined;
  /** Where it is now; a plain occurrence has never moved. Not to be given for exceptions. */
  readonly start?: { readonly dateTime: string; readonly timeZone?: string | null | undefined } | null | undefined;
}

/**
 * The slot that an occurrence or exception fills, moved or not (RECURRENCE-ID): a day for all-day series, else an instant in
 * UTC. Null where nothing says it; then it must not be guessed from where an exception is now.
 */
export function recurrenceIdOf(item: Slotted, series: SeriesSlots): string | null {
  const original = item.originalStart ?? null;
  const time = original === null ? item.start : { dateTime: original, timeZone: 'UTC' };
  const slot = time === null || time === undefined ? null : slotAt(time, series);
  return slot ?? slotOn(readOccurrenceId(item.occurrenceId ?? '')?.date ?? '', series);
}

function slotAt(
  time: { readonly dateTime: string; readonly timeZone?: string | null | undefined },
  series: SeriesSlots,
): string | null {
  if (series.isAllDay) {
    const day: CivilDate | null = readDay(time, series.timeZone);
    return day === null ? null : dateText(day);
  }
  const at = readInstant({ dateTime: time.dateTime, timeZone: time.timeZone ?? 'UTC' });
  return at === null ? null : instantText(at);
}

/**
 * The slot of an exception as it tells it itself: an instant in UTC, or the day where it lasts all day and that is midnight on its
 * clock, which tells the instant as well (see `slotIn`). What its series is it does not say: of an all-day one what is written here
 * names the day, and its echo must be the same (P9).
 */
export function ownSlotOf(
  originalStart: string | null | undefined,
  { isAllDay, timeZone }: Pick<SeriesSlots, 'isAllDay' | 'timeZone'>,
): string | null {
  const at = readInstant({ dateTime: originalStart ?? '', timeZone: 'UTC' });
  if (at === null) return null;
  const { iana } = readZone(timeZone ?? '');
  const wall = iana === null ? null : wallIn(iana, at);
  // Not where the clock shows that midnight a second time: then the day would tell another instant.
  const isDay = isAllDay && iana !== null && wall?.ms === 0 && instantOf(iana, wall) === at;
  return isDay ? dateText(wall.date) : instantText(at);
}

/**
 * A slot in the words of its series, whatever the exception that fills it is: a day of an all-day series, else an instant. `made` =
 * the zone that the exception was made in: where the series has times, a day is midnight there.
 */
export function slotIn(slot: string, series: SeriesSlots, made: string | null): string {
  const isInstant = slot.includes('T');
  if (series.isAllDay) return isInstant ? (slotAt({ dateTime: slot, timeZone: 'UTC' }, series) ?? slot) : slot;
  if (isInstant) return slot;
  const [{ iana }, date] = [readZone(made ?? ''), readDate(slot)];
  if (iana !== null && date !== null) return instantText(instantOf(iana, { date, ms: 0 }));
  return slotOn(slot, series) ?? slot;
}

/**
 * A slot by the name that EXDATEs have for it: as it is, but in an unknown zone so many days of 24 hours after the first, which
 * may be an hour off (see `slotOn`).
 */
export function exdateOf(slot: string, { isAllDay, firstStart, timeZone }: SeriesSlots): string {
  if (isAllDay || readZone(timeZone ?? '').iana !== null) return slot;
  return instantText(firstStart + Math.round((Date.parse(slot) - firstStart) / DAY_MS) * DAY_MS);
}
