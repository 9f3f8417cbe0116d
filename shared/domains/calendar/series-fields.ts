import { z } from 'zod';
import { jsonSchema, type Fields, type Json } from '../../lib/json.ts';
import { addDays, dateText, dayMs, readDate } from './civil-date.ts';
import { textIn, timesOf } from './event-fields.ts';
import type { EventTimes } from './event-times.ts';
import { readInstant, wallIn } from './instants.ts';
import { readRecurrence, type Recurrence } from './recurrence.ts';
import { isRefusal } from './refusal.ts';
import { recurrenceOf, rruleOf } from './rrule-of.ts';
import { clockOf } from './series-clock.ts';
import type { SeriesStart } from './series-start.ts';
import type { SeriesSlots } from './series.ts';
import { spanOf, type Span } from './spans.ts';
import { timeText } from './wall-clock.ts';
import { isSameZone, readZone, UTC } from './zones.ts';

/**
 * How a series repeats: its rule, and what Graph says, which names the first day and the zone. A recurrence that is not
 * understood is kept as it came, without a rule.
 */
export function readRepeats(raw: unknown, times: EventTimes, timeZone: string | null): Fields {
  const kept: Json = jsonSchema.safeParse(raw ?? null).data ?? null;
  const recurrence = readRecurrence(raw);
  if (recurrence === null || isRefusal(recurrence)) return { rrule: null, recurrence: kept };
  return {
    rrule: rruleOf(recurrence, { isAllDay: times.isAllDay, timeZone, firstStart: startOf(times) }),
    recurrence: kept,
  };
}

const startOf = (times: EventTimes): number | null =>
  times.isAllDay ? null : readInstant({ dateTime: times.start.dateTime });

/** How a master repeats, as Graph tells it; null where it does not, or in a way that is not understood. */
export const recurrenceIn = ({ recurrence }: Fields): Recurrence | null => understood(recurrence);

const understood = (raw: Json | undefined): Recurrence | null => {
  const recurrence = readRecurrence(raw);
  return isRefusal(recurrence) ? null : recurrence;
};

/** What names the slots of a series, from its master's fields. Null where they do not say how it repeats. */
export function slotsOf(master: Fields): SeriesSlots | null {
  const recurrence = understood(master['recurrence']);
  const span = spanOf(master);
  if (recurrence === null || span === null) return null;
  return {
    isAllDay: master['isAllDay'] === true,
    startDate: recurrence.range.startDate,
    firstStart: span.from,
    timeZone: recurrence.range.recurrenceTimeZone ?? textIn(master['originalTimeZone']),
  };
}

/** Where a series begins, on the clock that it repeats on already. Null where that is not known, or where it is to be on another. */
export function startOfSeries(master: Fields): SeriesStart | null {
  const [slots, times] = [slotsOf(master), timesOf(master)];
  const timeZone = slots?.timeZone ?? null;
  if (slots === null || times === null || timeZone === null) return null;
  if (times.isAllDay) return { date: times.start.date, time: null, timeZone };
  const { iana } = readZone(timeZone);
  if (iana !== null && !isSameZone(iana, times.start.timeZone)) return null;
  const wall = wallIn(iana ?? UTC, slots.firstStart);
  const date = iana === null ? slots.startDate : dateText(wall.date);
  return { date, time: timeText(wall), timeZone, firstStart: slots.firstStart };
}

/** Begin and end of a series in the zone that it repeats in, whichever zone they were written in: its rule counts days of that. */
export function onSeriesClock(times: EventTimes, timeZone: string | null): EventTimes {
  const { iana } = readZone(timeZone ?? '');
  if (times.isAllDay || iana === null) return times;
  return { ...times, start: { ...times.start, timeZone: iana }, end: { ...times.end, timeZone: iana } };
}

const perStep: Readonly<Record<string, number>> = { daily: 1, weekly: 7, monthly: 31, yearly: 366 };
/** Days by which an occurrence may end later than the last day of its range: the last one has no neighbour that it must not pass. */
const MARGIN_DAYS = 31;
const DAY_MS = 86_400_000;

/**
 * A time after which no occurrence of the series runs, neither by its rule as it stands here nor by that which Outlook has, in
 * milliseconds from 1970: late rather than early. Null = it goes on, or nobody can say.
 */
export function seriesEnd(master: Fields): number | null {
  const span = spanOf(master);
  const known = [recurrenceIn(master), writtenIn(master)].filter((recurrence) => recurrence !== null);
  if (span === null || known.length === 0) return null;
  const ends = known.map((recurrence) => endOf(recurrence, span));
  return ends.reduce((a, b) => (a === null || b === null ? null : Math.max(a, b)));
}

/** How a master repeats by its rule, which Outlook may not have yet; null where it has none that is understood. */
function writtenIn(master: Fields): Recurrence | null {
  const rrule = textIn(master['rrule']);
  const start = startOfSeries(master) ?? startHere(master);
  if (rrule === null || start === null) return null;
  const recurrence = recurrenceOf(rrule, start);
  return isRefusal(recurrence) ? null : recurrence;
}

/** Where a series begins of which Outlook has told nothing yet. */
function startHere(master: Fields): SeriesStart | null {
  const clock = clockOf(timesOf(master)?.start ?? null);
  return clock === null ? null : { date: dateText(clock.start), time: clock.time, timeZone: clock.timeZone };
}

function endOf({ range, pattern }: Recurrence, span: Span): number | null {
  if (range.type === 'noEnd') return null;
  const margin = MARGIN_DAYS * DAY_MS + (span.to - span.from);
  const last = range.type === 'endDate' ? readDate(range.endDate) : null;
  if (last !== null) return dayMs(addDays(last, 1)) + margin;
  const step = perStep[/daily|weekly|monthly|yearly/.exec(pattern.type.toLowerCase())?.[0] ?? ''];
  return step === undefined ? null : span.from + range.numberOfOccurrences * pattern.interval * step * DAY_MS + margin;
}

const exact = z.array(z.string());

/** The texts of a list. */
export const textsIn = (value: Json | undefined): readonly string[] => exact.safeParse(value).data ?? [];
