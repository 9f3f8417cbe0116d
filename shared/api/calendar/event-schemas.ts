import { z } from '@hono/zod-openapi';

const person = z.object({ address: z.string().nullable(), name: z.string().nullable() });

/** Begin or end in an answer: an instant in UTC and the zone that it was made in, or a day. */
export const eventTime = z.union([
  z.object({
    dateTime: z.string().meta({ format: 'date-time' }),
    timeZone: z.string().meta({ description: 'IANA name of the zone that it was made in; the instant is in UTC' }),
  }),
  z.object({ date: z.string().meta({ format: 'date' }) }),
]);

/** An event in lists and alone. Words of Graph's (`showAs`, `response` ...) may be ones that are not known yet. */
export const eventView = z
  .object({
    id: z.string(),
    graphId: z.string().nullable().meta({ description: "Graph's immutable id; null until Outlook has the event" }),
    calendarId: z.string().nullable().meta({ description: "Graph's id of the calendar" }),
    type: z.string().meta({ description: 'single, master, occurrence, exception' }),
    seriesMasterId: z.string().nullable().meta({ description: 'Our id of the master, of occurrences and exceptions' }),
    iCalUId: z.string().nullable(),
    subject: z.string().nullable(),
    preview: z.string().nullable(),
    start: eventTime.nullable(),
    end: eventTime.nullable().meta({ description: 'Exclusive' }),
    isAllDay: z.boolean(),
    originalTimeZone: z.string().nullable().meta({ description: 'As Graph names it; custom zones as they are' }),
    rrule: z.string().nullable().meta({
      description:
        'RFC 5545, of masters; counts days on the clock of `start.timeZone`. Where that clock skips the time of the series Outlook has an occurrence that is as much later, which no rule can say; in a custom zone the occurrences alone tell when it is',
    }),
    exdates: z
      .array(z.string())
      .meta({ description: 'Slots of a master that are cancelled: instants in UTC, or days' }),
    recurrenceId: z.string().nullable().meta({ description: 'The slot of its series: an instant in UTC, or a day' }),
    isCancelled: z.boolean(),
    isOrganizer: z.boolean().nullable(),
    organizer: person.nullable(),
    attendees: z.array(
      person.extend({
        type: z.string().meta({ description: 'required, optional, resource' }),
        response: z.string().meta({ description: 'none, accepted, tentativelyAccepted, declined, notResponded ...' }),
      }),
    ),
    responseStatus: z.string().nullable(),
    location: z.string().nullable(),
    importance: z.string().nullable(),
    sensitivity: z.string().nullable(),
    showAs: z.string().nullable().meta({ description: 'free, tentative, busy, oof, workingElsewhere, unknown' }),
    categories: z.array(z.string()),
    reminderMinutes: z.number().int().nullable(),
    teams: z
      .object({
        joinUrl: z.string().nullable(),
        conferenceId: z.string().nullable().meta({ description: 'As Graph gives it, or the digits in the invitation' }),
      })
      .nullable(),
    webLink: z.string().nullable(),
    pushed: z.enum(['done', 'pending', 'failed']).meta({
      description:
        '`done`: Outlook has it as it stands here; `pending`: a write is on its way; `failed`: Outlook refused the last one',
    }),
  })
  .openapi('Event', {
    example: {
      ...{ id: 'LgXmFoQl9uUtklmk4dXtMR', graphId: 'AAkALgAAAAAAHYQDEapmEc2byACqAC', calendarId: 'AAMkAGI2TGuLAAA=' },
      ...{ type: 'occurrence', seriesMasterId: 'q1w2e3r4t5y6u7i8o9p0aa', iCalUId: null },
      ...{ subject: 'Review', preview: 'Agenda: one, two', isAllDay: false },
      start: { dateTime: '2026-01-12T09:00:00Z', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-01-12T10:00:00Z', timeZone: 'Europe/Berlin' },
      ...{ originalTimeZone: 'W. Europe Standard Time', rrule: null, exdates: [] },
      ...{ recurrenceId: '2026-01-12T09:00:00Z', isCancelled: false, isOrganizer: true },
      organizer: { address: 'adele@contoso.example', name: 'Adele Vance' },
      attendees: [{ address: 'grace@navy.example', name: 'Grace Hopper', type: 'required', response: 'accepted' }],
      ...{ responseStatus: 'organizer', location: 'Room 4', importance: 'normal', sensitivity: 'normal' },
      ...{ showAs: 'busy', categories: ['Blue'], reminderMinutes: 15 },
      ...{ teams: null, webLink: null, pushed: 'done' },
    },
  });
export type EventView = z.output<typeof eventView>;
