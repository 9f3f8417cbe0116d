import { timesOf } from '../../domains/calendar/event-fields.ts';
import { spanOf } from '../../domains/calendar/spans.ts';
import { refusalOf } from '../../domains/calendar/write-members.ts';
import type { Fields } from '../../lib/json.ts';
import { invalid } from '../router/validate-request.ts';

/** 400 for what Outlook could not be told, before anything is written. `at` = the member whose doing it is that a rule cannot be. */
export function demandTold(written: Fields, event: Fields, at: 'body.rrule' | 'body.start' = 'body.rrule'): void {
  const timed = 'start' in written || 'end' in written;
  const times = timed ? timesOf(event) : null;
  if (timed && times === null)
    throw invalid([
      { path: 'body.end', message: 'must be a time where the start is one, and a date where it is a date' },
    ]);
  const fault = timed ? endFault(event) : null;
  if (fault !== null) throw invalid([{ path: 'body.end', message: fault }]);
  const refusal = refusalOf(written, event);
  if (refusal === null) return;
  const path = refusal.part === 'start' ? 'body.start' : at;
  throw invalid([{ path, message: `${refusal.part}: ${refusal.reason}` }]);
}

/** What is wrong with an event that ends before it begins; a day's end is exclusive. */
function endFault(event: Fields): string | null {
  if (event['isAllDay'] === true) {
    const days = spanOf(event);
    return days !== null && days.from === days.to ? 'must be after the start: it is the day after the last one' : null;
  }
  const swapped = spanOf({ ...event, start: event['end'] ?? null, end: event['start'] ?? null });
  return swapped !== null && swapped.from < swapped.to ? 'must not be before the start' : null;
}
