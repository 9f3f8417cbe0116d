import type { EngineRecord } from '../../engine/model.ts';
import type { Fields } from '../../lib/json.ts';
import { addDays, dateAt, dateText, readDate, type CivilDate } from './civil-date.ts';
import { shownFields, textIn, timesOf } from './event-fields.ts';
import { retimes } from './own-doing.ts';
import { isRefusal } from './refusal.ts';
import { recurrenceOf } from './rrule-of.ts';
import { exdateOf } from './series.ts';
import { clockOf, daysOf, timesOn, type SeriesClock } from './series-clock.ts';
import { slotsOf, textsIn } from './series-fields.ts';
import { overlaps, spanOf, type Span } from './spans.ts';
import { LONGEST_WAIT_MS } from './window.ts';

const DAY_MS = 86_400_000;

/** Pages are late, but no later than this: the longest time between two polls, and one that is missed. */
const LATE_MS = 2 * LONGEST_WAIT_MS;

/** An occurrence as the rule of its series alone says that it is. */
export interface RuleOccurrence {
  readonly slot: string;
  readonly times: Fields;
}

/**
 * The occurrences that the rule of a series brings to a range, those that were left out or changed among them. None where it has no
 * rule that is understood.
 */
export function occurrencesOf(master: Fields, range: Span): readonly RuleOccurrence[] {
  const [times, span, rrule] = [timesOf(master), spanOf(master), textIn(master['rrule'])];
  const clock = clockOf(times?.start ?? null);
  if (times === null || span === null || rrule === null || clock === null) return [];
  const from = dateAt(range.from - (span.to - span.from) - DAY_MS);
  return daysWithin(rrule, clock, { from, to: dateAt(range.to + DAY_MS) }).flatMap((day) => {
    const slot = clock.slotOn(day);
    const { start, end } = timesOn(times, slot);
    const on: Fields = { start: { ...start }, end: { ...end } };
    const at = spanOf(on);
    return at !== null && overlaps(at, range) ? [{ slot, times: on }] : [];
  });
}

function daysWithin(
  rrule: string,
  { start, time, timeZone }: SeriesClock,
  { from, to }: Record<'from' | 'to', CivilDate>,
): readonly CivilDate[] {
  const repeats = recurrenceOf(rrule, { date: dateText(start), time, timeZone });
  if (isRefusal(repeats)) return [];
  const { pattern, range } = repeats;
  const last = range.type === 'endDate' ? readDate(range.endDate) : null;
  const until = last === null || dateText(to) < dateText(last) ? to : last;
  // What is counted is counted from the first one.
  const isCounted = range.type === 'numbered';
  const first = isCounted || dateText(from) < dateText(start) ? start : from;
  const days = daysOf(pattern, start, { from: first, to: until });
  if (!isCounted) return days;
  const before = dateText(addDays(from, -1));
  return days.slice(0, range.numberOfOccurrences).filter((day) => dateText(day) > before);
}

/** Whether an occurrence that is held lasts as long as its rule has it now. */
export function fills(held: Fields, { times }: RuleOccurrence): boolean {
  const [is, ought] = [spanOf(held), spanOf(times)];
  return is !== null && ought !== null && is.to - is.from >= ought.to - ought.from;
}

/** What is held of a series, and what of it is in doubt. */
export interface Awaiting {
  readonly range: Span;
  /** Its occurrences and exceptions, joined with it. */
  readonly parts: readonly Fields[];
  /** It waits to be read again. */
  readonly inDoubt: boolean;
  readonly now: Date;
}

/**
 * The occurrences of a series that have to be counted on though no event shows them, as events: those that a write of ours brings
 * which Outlook does not have yet, or of which no page has told since; and those of a version by others that was read before a page
 * showed it. What others have made, or waits to be read again, and where Outlook may forget which of them were left out or moved, that
 * is `unknown` (P7). A series that a page has shown since others changed it has its occurrences from there, and no more than these.
 */
export function awaited(record: EngineRecord, { range, parts, inDoubt, now }: Awaiting): readonly Fields[] {
  const { fields } = record;
  const isUnsent = record.graphId === null || record.own.some(({ done, fields: of }) => !done && retimes(of));
  const isOurs = isUnsent || (record.etag !== null && record.etag === record.ownEtag);
  const isLate = record.modifiedAt !== null && Date.parse(record.modifiedAt) + LATE_MS <= now.getTime();
  const isNew = record.unshown === true && !isLate;
  if (!isOurs && !inDoubt && !isNew) return [];
  const isSure = !isUnsent && !inDoubt;
  const slots = slotsOf(fields);
  const slotted = (type: string): [string, Fields][] =>
    parts.flatMap((part): [string, Fields][] => {
      const slot = part['type'] === type ? textIn(part['recurrenceId']) : null;
      return slot === null ? [] : [[slots === null ? slot : exdateOf(slot, slots), part]];
    });
  const left = new Set([...textsIn(fields['exdates']), ...slotted('exception').map(([slot]) => slot)]);
  const shown = new Map(slotted('occurrence'));
  const like = { ...shownFields(fields), type: 'occurrence', rrule: null, exdates: [], seriesMasterId: record.id };
  return occurrencesOf(fields, range).flatMap((one) => {
    const [isLeft, part] = [left.has(one.slot), shown.get(one.slot)];
    const isShown = part !== undefined && (!isNew || fills(part, one));
    if (isSure && (isLeft || isShown)) return [];
    const said = isOurs && !isLeft ? {} : { showAs: 'unknown' };
    return [{ ...like, ...one.times, ...said }];
  });
}
