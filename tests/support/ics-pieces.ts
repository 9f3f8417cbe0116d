/** Messages about meetings: what is in them is no event of a calendar's own (RFC 5546). */
const MESSAGE = /^METHOD:\s*(REPLY|CANCEL|COUNTER|DECLINECOUNTER|REFRESH)\s*$/im;

/**
 * How many things an iCalendar file asks to be taken or refused, by counting its lines alone, with nothing of the importer's:
 * each `VEVENT` is one, a change of an occurrence goes with its series where that is in the same calendar, and a message about a
 * meeting is one as a whole.
 */
export function countPieces(text: string): number {
  const unfolded = text.replaceAll(/\r\n?/g, '\n').replaceAll(/\n[ \t]/g, '');
  return unfolded
    .split(/^BEGIN:VCALENDAR\s*$/im)
    .map((calendar) => (MESSAGE.test(calendar) ? 1 : eventsIn(calendar)))
    .reduce((sum, count) => sum + count, 0);
}

function eventsIn(calendar: string): number {
  const events = [...calendar.matchAll(/^BEGIN:VEVENT\s*$(.*?)^END:VEVENT\s*$/gims)].map(([, body = '']) => ({
    uid: /^UID[^:]*:(.*)$/im.exec(body)?.[1] ?? '',
    isChange: /^RECURRENCE-ID[:;]/im.test(body),
  }));
  const series = new Set(events.filter(({ isChange }) => !isChange).map(({ uid }) => uid));
  return events.filter(({ uid, isChange }) => !isChange || !series.has(uid)).length;
}
