import { z } from '@hono/zod-openapi';
import { pageQuery } from '../paging.ts';
import { connectionParams, instant, pageOf } from '../router/common-schemas.ts';
import {
  answer,
  badBody,
  conflict,
  describeRoute,
  jsonBody,
  missing,
  refusal,
  refusals,
} from '../router/create-router.ts';
import {
  calendarName,
  calendarView,
  freeBusyView,
  range,
  selectionRequest,
  statisticsView,
  zoneName,
} from './calendar-schemas.ts';

const tags = ['Calendars'];
const path = '/api/connections/{id}/calendars';
const one = `${path}/{calendarId}` as const;
const params = connectionParams.extend({ calendarId: calendarName });
const states = {
  409: refusal(
    '`first_sync_running`: the calendars are not read yet; `calendar_not_selected`; `webhook_unavailable`: Microsoft tells nobody of changes in calendars of others; `connection_leaving`',
  ),
} as const;

export const listCalendars = describeRoute({
  method: 'get',
  path,
  summary: 'List the calendars of the mailbox, the default one first',
  description: 'Its own and those that others share with it. Which are synced: `selected`.',
  tags,
  request: { params: connectionParams, query: z.object(pageQuery) },
  responses: { 200: answer('A page of calendars', pageOf(calendarView)), ...refusals, ...missing },
});

/** Done again it selects the same calendars. */
export const selectCalendars = describeRoute({
  method: 'put',
  operationId: 'selectCalendars',
  path: `${path}/selection`,
  summary: 'Say which calendars are synced',
  description:
    'Replaces the selection. A calendar that is added ends in `sync.baseline_completed`; of one that is left out all events go, told by one `sync.stream_removed`. Nothing changes in Outlook.',
  tags,
  request: { params: connectionParams, body: jsonBody(selectionRequest) },
  responses: {
    200: answer('All calendars, as they are selected now', z.object({ items: z.array(calendarView) })),
    ...refusals,
    ...missing,
    ...states,
    ...badBody,
  },
});

export const readCalendar = describeRoute({
  method: 'get',
  path: one,
  summary: 'Read a calendar',
  tags,
  request: { params },
  responses: { 200: answer('The calendar', calendarView), ...refusals, ...missing, ...states },
});

/** Done again it finds the calendar deselected. */
export const deselectCalendar = describeRoute({
  method: 'delete',
  operationId: 'deselectCalendar',
  path: one,
  summary: 'Deselect a calendar: it is no longer synced',
  description:
    'Removes its events from here, told by one `sync.stream_removed`. The calendar itself stays in Outlook, with all that is in it. A selection of `all` becomes the list of those that are left: a calendar that is made later is not in it.',
  tags,
  request: { params },
  responses: { 204: { description: 'It is not selected any more' }, ...refusals, ...missing, ...states },
});

/** Done again it brings about one round more. */
export const syncCalendar = describeRoute({
  method: 'post',
  operationId: 'syncCalendar',
  path: `${one}/sync`,
  summary: 'Sync a calendar now',
  description: 'A round of the calendars of this connection begins after this call.',
  tags,
  request: { params },
  responses: {
    202: answer('It is on its way', z.object({ connectionId: z.string(), calendarId: z.string() })),
    ...refusals,
    ...missing,
    ...states,
  },
});

export const enableWebhook = describeRoute({
  method: 'post',
  operationId: 'enableCalendarWebhook',
  path: `${one}/webhook`,
  summary: 'Have Microsoft tell of changes in a calendar',
  description:
    'As calendars begin. One subscription serves all calendars of a mailbox; see `subscriptions` in the status of the connection. 409 `webhook_unavailable` for a calendar of somebody else: it is polled.',
  tags,
  request: { params },
  responses: { 200: answer('The calendar', calendarView), ...refusals, ...missing, ...states },
});

export const disableWebhook = describeRoute({
  method: 'delete',
  operationId: 'disableCalendarWebhook',
  path: `${one}/webhook`,
  summary: 'Poll a calendar instead',
  description: 'It is synced at CALENDAR_SYNC_SCHEDULE. The subscription goes with the last calendar that wants it.',
  tags,
  request: { params },
  responses: { 204: { description: 'It is polled' }, ...refusals, ...missing, ...states },
});

export const readStatistics = describeRoute({
  method: 'get',
  path: `${path}/stats`,
  operationId: 'getCalendarStatistics',
  summary: 'Count what the selected calendars hold',
  description:
    'Without `from` and `to`: of the whole window that is synced, with what is known of what lies ahead of it. A calendar that was not read to its end yet is not among them; asked for by `calendar` it is 409 `first_sync_running`.',
  tags,
  request: {
    params: connectionParams,
    query: z.object({
      ...pageQuery,
      from: instant.optional(),
      to: instant.optional(),
      calendar: calendarName.optional(),
    }),
  },
  responses: {
    200: answer('A page of entries, one for each calendar', pageOf(statisticsView)),
    ...refusals,
    ...missing,
    ...states,
  },
});

export const readFreeBusy = describeRoute({
  method: 'get',
  path: '/api/connections/{id}/free-busy',
  operationId: 'getFreeBusy',
  summary: 'Say when somebody is free',
  description:
    'From the events of the selected calendars, or of `calendar` alone. What cannot be said is `unknown`, never `free`: times outside of the synced window, calendars that were not read yet, whose sync fails or has not run for long, or that are not selected, events whose change is known and not read yet, and times of a series that others changed lately where its occurrences are still to come. What is written here counts at once, a series at all times of its rule; a moved or deleted event counts at its former time until Outlook has taken that. Of several at one time the first counts of busy, oof, tentative, unknown, workingElsewhere, free.',
  tags,
  request: {
    params: connectionParams,
    query: z.object({
      ...range,
      calendar: calendarName.optional(),
      timeZone: zoneName.optional().meta({
        description:
          'Where whoever asks is (IANA or Windows name): all-day events are taken from midnight to midnight there, and up to a day and two hours at either end of the synced window is `unknown`. Without it, in the zone that each was made in',
      }),
    }),
  },
  responses: { 200: answer('The range without a gap', freeBusyView), ...refusals, ...missing, ...conflict },
});
