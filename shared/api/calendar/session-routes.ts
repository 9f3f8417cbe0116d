import { z } from '@hono/zod-openapi';
import { time } from '../router/common-schemas.ts';
import { answer, badBody, describeRoute, jsonBody, missing, refusal, refusals } from '../router/create-router.ts';
import { calendarView, chosenCalendars } from './calendar-schemas.ts';

const tags = ['Connecting'];
const sessionId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'is no id of a session');
const over = {
  410: refusal('`session_expired`: its hour is over; `session_used`: it was chosen already'),
} as const;

const sessionView = z
  .object({
    connectionId: z.string(),
    status: z.enum(['listing', 'ready', 'selected']).meta({
      description: '`listing`: the calendars are being read, ask again in a second; `ready`: choose; `selected`: done',
    }),
    calendars: z.array(calendarView),
    expiresAt: time,
  })
  .openapi('CalendarSession', {
    example: {
      connectionId: 'q1w2e3r4t5y6u7i8o9p0aa',
      status: 'ready',
      calendars: [
        {
          ...{ id: 'AAMkAGI2TGuLAAA=', name: 'Calendar', color: '#0078d4', delegateEmail: null, isDefault: true },
          owner: { name: 'Adele Vance', address: 'adele@contoso.example' },
          ...{ canEdit: true, selected: false, webhook: false, lastSyncedAt: null },
        },
      ],
      expiresAt: '2026-01-05T10:30:00.000Z',
    },
  });

export const readSession = describeRoute({
  method: 'get',
  path: '/api/oauth/sessions/{id}',
  operationId: 'getOauthSession',
  summary: 'Read the calendars that may be chosen after a sign-in',
  description:
    'For a connect link with `settings.calendar.selectCalendars`: the way back from the sign-in carries the id as `session`. It opens nothing by itself: as every other call this one is made by the application, with its key. Nothing of a calendar is synced until it was chosen.',
  tags,
  request: { params: z.object({ id: sessionId }) },
  responses: { 200: answer('The session', sessionView), ...refusals, ...missing, ...over },
});

/** Done again after a crash it selects the same calendars. */
export const selectInSession = describeRoute({
  method: 'post',
  path: '/api/oauth/microsoft/select',
  operationId: 'selectOauthCalendars',
  summary: 'Choose the calendars of a new connection',
  description:
    'Once a session: of two choices at once one gets 410 `session_used`, as does one beside which the selection was changed otherwise. Later it is changed by `PUT .../calendars/selection`.',
  tags,
  request: {
    body: jsonBody(
      z.strictObject({ session: sessionId, calendarIds: chosenCalendars }).openapi('CalendarSessionSelection', {
        example: { session: 'dGhlIGlkIHRoYXQgdGhlIHJldHVybiBjYXJyaWVk', calendarIds: ['AAMkAGI2TGuLAAA='] },
      }),
    ),
  },
  responses: {
    200: answer('The connection, and its calendars as they are selected now', sessionView),
    ...refusals,
    ...missing,
    409: refusal('`first_sync_running`: the calendars are not read yet; `connection_leaving`'),
    ...over,
    ...badBody,
  },
});
