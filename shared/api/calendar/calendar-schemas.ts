import { z } from '@hono/zod-openapi';
import { AVAILABILITIES } from '../../domains/calendar/free-busy.ts';
import { readZone } from '../../domains/calendar/zones.ts';
import { instant, time } from '../router/common-schemas.ts';

/** A calendar's Graph id, as it stands in a path (percent-encoded) or a body. */
export const calendarId = z.string().min(1).max(500);
const named = { description: "Graph's id of the calendar, or `default`" };
export const calendarName = calendarId.meta(named);

/** A time zone as an application names it. */
export const zoneName = z
  .string()
  .max(100)
  .refine((name) => readZone(name).iana !== null, 'is no time zone that is known');

export const calendarView = z
  .object({
    id: z.string().meta({ description: "Graph's id of the calendar" }),
    name: z.string(),
    color: z.string().nullable().meta({ description: "The colour, `#rrggbb`, or Graph's word for it" }),
    owner: z.object({ name: z.string().nullable(), address: z.string().nullable() }).nullable(),
    delegateEmail: z
      .string()
      .nullable()
      .meta({ description: "The owner's address where the calendar is somebody else's; null for the account's own" }),
    isDefault: z.boolean(),
    canEdit: z.boolean(),
    selected: z.boolean().meta({ description: 'Whether its events are synced' }),
    webhook: z.boolean().meta({
      description:
        'Whether Microsoft is to tell of its changes: what was chosen, never for calendars of others and those that are not selected. Whether it does at present is said by `domains.calendar.subscriptions` and `warnings` of the connection. A calendar beside the default one is polled as well',
    }),
    lastSyncedAt: time.nullable(),
  })
  .openapi('Calendar', {
    example: {
      id: 'AAMkAGI2TGuLAAA=',
      name: 'Calendar',
      color: '#0078d4',
      owner: { name: 'Adele Vance', address: 'adele@contoso.example' },
      delegateEmail: null,
      isDefault: true,
      canEdit: true,
      selected: true,
      webhook: true,
      lastSyncedAt: '2026-01-05T09:30:00.000Z',
    },
  });
export type CalendarView = z.output<typeof calendarView>;

/** Which calendars are to be synced. */
export const chosenCalendars = z.union([z.enum(['all', 'default']), z.array(calendarId).max(500)], {
  error: 'must be "all", "default" or a list of calendar ids',
});

export const selectionRequest = z
  .strictObject({ calendarIds: chosenCalendars })
  .openapi('CalendarSelection', { example: { calendarIds: ['AAMkAGI2TGuLAAA=', 'AAMkAGI2TGuLBBB='] } });

const tally = z.record(z.string(), z.number().int());

export const statisticsView = z
  .object({
    calendarId: z.string(),
    name: z.string(),
    events: z.number().int().meta({ description: 'Single events, occurrences and exceptions that are not cancelled' }),
    recurring: z.number().int(),
    allDay: z.number().int(),
    cancelled: z.number().int(),
    online: z.number().int().meta({ description: 'With a Teams link' }),
    meetings: z.number().int().meta({ description: 'With others' }),
    busyMinutes: z.number().int().meta({ description: 'Of events with a time that show as busy or away' }),
    byImportance: tally,
    byResponse: tally,
    byCategory: tally,
  })
  .openapi('CalendarStatistics', {
    example: {
      ...{ calendarId: 'AAMkAGI2TGuLAAA=', name: 'Calendar' },
      ...{ events: 12, recurring: 8, allDay: 1, cancelled: 1, online: 5, meetings: 9, busyMinutes: 660 },
      byImportance: { normal: 11, high: 1 },
      byResponse: { organizer: 7, accepted: 4, notResponded: 1 },
      byCategory: { Blue: 2 },
    },
  });
export type StatisticsView = z.output<typeof statisticsView>;

/** How long a range may be that is read whole for one answer, in days. */
export const LONGEST_RANGE_DAYS = 800;

export const range = { from: instant, to: instant };

export const freeBusyView = z
  .object({
    from: time,
    to: time,
    status: z.enum(AVAILABILITIES).meta({ description: 'What the whole range is: the first of the slots by weight' }),
    slots: z.array(
      z.object({
        start: time,
        end: time.meta({ description: 'Exclusive' }),
        status: z.enum(AVAILABILITIES).meta({
          description: '`unknown`: it cannot be said (outside of the synced window, not read yet, failing)',
        }),
      }),
    ),
  })
  .openapi('FreeBusy', {
    example: {
      from: '2026-01-05T08:00:00.000Z',
      to: '2026-01-05T18:00:00.000Z',
      status: 'busy',
      slots: [
        { start: '2026-01-05T08:00:00.000Z', end: '2026-01-05T09:00:00.000Z', status: 'free' },
        { start: '2026-01-05T09:00:00.000Z', end: '2026-01-05T10:00:00.000Z', status: 'busy' },
        { start: '2026-01-05T10:00:00.000Z', end: '2026-01-05T18:00:00.000Z', status: 'free' },
      ],
    },
  });
