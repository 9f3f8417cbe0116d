import { GraphError } from '../../http.ts';
import { invalidParameter, noWindow } from '../errors.ts';
import type { Window } from '../instances.ts';
import { DAY_MS, parseDateTime } from '../time/civil.ts';

/** No view is longer. Not in the facts' sources, but what the live service answers. */
const MOST_DAYS = 1825;

/** `startDateTime` and `endDateTime`, in any case; read with their own offset, UTC where they have none. @throws GraphError 400 */
export function windowOf(query: URLSearchParams): Window {
  const named = new Map([...query].map(([name, value]) => [name.toLowerCase(), value]));
  const [start, end] = [named.get('startdatetime'), named.get('enddatetime')];
  if (start === undefined || end === undefined) throw noWindow();
  const window = { fromMs: instant(start, 'StartDateTime'), toMs: instant(end, 'EndDateTime') };
  if (window.toMs < window.fromMs) {
    throw new GraphError(400, 'ErrorCalendarEndDateIsEarlierThanStartDate', 'EndDate is earlier than StartDate.');
  }
  if (window.toMs - window.fromMs > MOST_DAYS * DAY_MS) {
    const message = `The range between the start and end dates is greater than the allowed range. Maximum number of days: ${MOST_DAYS}`;
    throw new GraphError(400, 'ErrorCalendarViewRangeTooBig', message);
  }
  return window;
}

function instant(text: string, name: string): number {
  const read = parseDateTime(text);
  if (read === undefined) throw invalidParameter(`The value '${text}' of parameter '${name}' is invalid.`);
  return read.wall - (read.offsetMs ?? 0);
}
