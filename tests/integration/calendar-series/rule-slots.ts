import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import type { EventView } from '../../../shared/api/calendar/event-schemas.ts';

/** A zone that nobody knows: an expander needs one that is known. */
const CUSTOM = 'tzone://Microsoft/Custom';

/**
 * The slots that another library makes of a series' start, rule and EXDATEs, in a range: instants in UTC, or days. Null where the
 * series has no rule, or no zone that anybody could expand it in.
 */
export function slotsByLibrary(
  master: EventView,
  { from, to }: { readonly from: string; readonly to: string },
): readonly string[] | null {
  const { start, rrule, exdates } = master;
  if (rrule === null || start === null) return null;
  const allDay = 'date' in start;
  if (!allDay && master.originalTimeZone === CUSTOM) return null;
  const dtstart = allDay
    ? Temporal.PlainDate.from(start.date).toZonedDateTime('UTC')
    : Temporal.Instant.from(start.dateTime).toZonedDateTimeISO(start.timeZone);
  const rule = new RRuleTemporal({ rruleString: `RRULE:${rrule}`, dtstart, temporal: Temporal });
  return rule
    .between(new Date(from), new Date(to), true)
    .map((at) => (allDay ? at.toPlainDate().toString() : at.toInstant().toString()))
    .filter((slot) => slot < to && !exdates.includes(slot));
}

/**
 * Whether a clock skips the time of the series on the day of a slot: Outlook has it as much later, RFC 5545 3.3.10 leaves it out and
 * does not count it. No rule can say what Outlook does.
 */
export function isSkipped({ start }: EventView, slot: string): boolean {
  if (start === null || 'date' in start || !slot.includes('T')) return false;
  const timeOf = (instant: string): string =>
    Temporal.Instant.from(instant).toZonedDateTimeISO(start.timeZone).toPlainTime().toString();
  return timeOf(slot) !== timeOf(start.dateTime);
}
