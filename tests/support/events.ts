import { eventKind } from '../../shared/domains/calendar/event.ts';
import { toNotes, readNotes } from '../../shared/domains/calendar/notes.ts';
import { streamOfCalendar } from '../../shared/domains/calendar/calendar-stream.ts';
import type { Decoded } from '../../shared/engine/domain.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import type { Fields } from '../../shared/lib/json.ts';

/** The calendar that tests of events read. */
export const CALENDAR = 'CAL-A';
export const STREAM = streamOfCalendar(CALENDAR);
export const event = eventKind(readNotes(toNotes({ calendars: [CALENDAR, 'CAL-B'] })));

export type Item = Extract<Decoded, { type: 'item' }>;

/** Decodes what is an item. */
export function itemOf(raw: unknown, whole = false): Item {
  const decoded = event.decode(raw, whole);
  if (decoded.type !== 'item') throw new Error('it is removed');
  return decoded;
}

/** A record as a page of the calendar makes it. */
export function recordOf(raw: unknown, more: Partial<EngineRecord> = {}): EngineRecord {
  const item = itemOf(raw);
  return {
    ...{ id: `r-${item.graphId}`, kind: 'event', graphId: item.graphId, etag: item.etag, stream: STREAM },
    ...{ generation: 1, modifiedAt: item.modifiedAt, base: null, own: [], truncated: false },
    fields: { ...event.defaults, calendarId: CALENDAR, ...item.fields },
    ...more,
  };
}

const at = (dateTime: string, timeZone = 'UTC'): Fields => ({ dateTime: `${dateTime}.0000000`, timeZone });

/** A single event as calendarView delta sends it. */
export const single = (more: Fields = {}): Fields => ({
  '@odata.type': '#microsoft.graph.event',
  '@odata.etag': 'W/"1"',
  id: 'S1',
  lastModifiedDateTime: '2026-01-02T03:04:05.0000000Z',
  type: 'singleInstance',
  seriesMasterId: null,
  iCalUId: 'uid-1',
  subject: 'Review',
  bodyPreview: 'All of it',
  body: { contentType: 'text', content: 'All of it' },
  start: at('2026-03-02T08:00:00'),
  end: at('2026-03-02T09:00:00'),
  isAllDay: false,
  originalStartTimeZone: 'W. Europe Standard Time',
  originalEndTimeZone: 'W. Europe Standard Time',
  recurrence: null,
  isCancelled: false,
  isOrganizer: true,
  organizer: { emailAddress: { name: 'Ada', address: 'ada@example.com' } },
  attendees: [
    {
      type: 'required',
      status: { response: 'accepted', time: '2026-01-02T00:00:00Z' },
      emailAddress: { name: 'Grace', address: 'grace@example.com' },
    },
  ],
  responseStatus: { response: 'organizer', time: '0001-01-01T00:00:00Z' },
  location: { displayName: 'Room 4', locationType: 'default' },
  locations: [{ displayName: 'Room 4', locationType: 'default' }],
  importance: 'normal',
  sensitivity: 'normal',
  showAs: 'busy',
  categories: ['Blue category'],
  isReminderOn: true,
  reminderMinutesBeforeStart: 15,
  isOnlineMeeting: false,
  onlineMeetingProvider: 'unknown',
  onlineMeeting: null,
  onlineMeetingUrl: null,
  webLink: 'https://outlook.office365.com/owa/?itemid=S1',
  ...more,
});

/** The master of a daily series at nine in Berlin. */
export const master = (more: Fields = {}): Fields =>
  single({
    ...{ id: 'M1', type: 'seriesMaster', subject: 'Standup', iCalUId: 'uid-m' },
    start: at('2026-03-02T08:00:00'),
    end: at('2026-03-02T08:30:00'),
    recurrence: {
      pattern: { type: 'daily', interval: 1, month: 0, dayOfMonth: 0, firstDayOfWeek: 'sunday', index: 'first' },
      range: {
        type: 'endDate',
        startDate: '2026-03-02',
        endDate: '2026-06-30',
        recurrenceTimeZone: 'W. Europe Standard Time',
        numberOfOccurrences: 0,
      },
    },
    ...more,
  });

/** An occurrence of it as calendarView delta sends it: thin. */
export const occurrence = (day: string, more: Fields = {}): Fields => ({
  '@odata.type': '#microsoft.graph.event',
  '@odata.etag': 'W/"7"',
  id: `O-${day}`,
  seriesMasterId: 'M1',
  type: 'occurrence',
  start: at(`${day}T08:00:00`),
  end: at(`${day}T08:30:00`),
  ...more,
});

/** An exception of it, moved to the afternoon. */
export const exception = (day: string, more: Fields = {}): Fields =>
  single({
    ...{ id: `O-${day}`, type: 'exception', seriesMasterId: 'M1', subject: 'Standup, later', iCalUId: 'uid-x' },
    ...{ originalStart: `${day}T08:00:00Z`, start: at(`${day}T14:00:00`), end: at(`${day}T14:30:00`) },
    ...more,
  });
