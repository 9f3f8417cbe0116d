import { z } from '@hono/zod-openapi';
import { pageQuery } from '../paging.ts';
import { connectionParams, idParam, instant, pageOf } from '../router/common-schemas.ts';
import { answer, badBody, describeRoute, jsonBody, missing, refusal, refusals } from '../router/create-router.ts';
import { calendarName } from './calendar-schemas.ts';
import { cancelRequest, eventPatch, eventRequest, replyRequest } from './event-requests.ts';
import { eventView } from './event-schemas.ts';

const tags = ['Events'];
const path = '/api/connections/{id}/events';
const one = `${path}/{eventId}` as const;
const params = connectionParams.extend({ eventId: idParam });
const commits = { commitsIn: 'calendar' };
const states = {
  409: refusal(
    '`calendar_not_selected`, `calendar_read_only`, `is_organizer`, `not_organizer`, `meeting_cancelled`, `first_sync_running`, `connection_leaving`, `nothing_to_undo`, or why the account cannot be written to',
  ),
} as const;
const writes = { ...refusals, ...missing, ...states, ...badBody } as const;

export const listEvents = describeRoute({
  method: 'get',
  path,
  summary: 'List events by their start',
  description:
    'Single events, occurrences and exceptions that are between `from` and `to` for a moment; long ones that run already come first. An occurrence carries what its series carries. With `series=true` the masters that may have an occurrence then follow at the end.',
  tags,
  request: {
    params: connectionParams,
    query: z.object({
      ...pageQuery,
      calendar: calendarName.optional().meta({
        description:
          "Graph's id of the calendar, or `default`; 404 for one that is not there. One that is not selected has no events here",
      }),
      from: instant.optional().meta({ description: 'Inclusive' }),
      to: instant.optional().meta({ description: 'Exclusive' }),
      category: z.string().min(1).max(255).optional().meta({ description: 'In any case' }),
      importance: z
        .enum(['low', 'normal', 'high'])
        .optional()
        .meta({ description: 'An event without one is `normal`' }),
      series: z.enum(['true', 'false']).optional().meta({ description: '`true`: with the masters, behind all others' }),
    }),
  },
  responses: { 200: answer('A page of events', pageOf(eventView)), ...refusals, ...missing },
});

export const readEvent = describeRoute({
  method: 'get',
  path: one,
  summary: 'Read an event',
  tags,
  request: { params },
  responses: { 200: answer('The event', eventView), ...refusals, ...missing },
});

/** Done again without an Idempotency-Key it makes another event. */
export const createEvent = describeRoute(
  {
    method: 'post',
    operationId: 'createEvent',
    path,
    summary: 'Make an event, or a series',
    description:
      'It stands here at once, and goes to Outlook by itself; attendees are invited then. `"onlineMeeting": true` asks for a Teams link. Occurrences of a series are listed as soon as Outlook has it and they were read from there, at once after that; free/busy counts them before. One before the window stands in Outlook alone: it goes from here with `event.deleted` (`left`).',
    tags,
    request: { params: connectionParams, body: jsonBody(eventRequest) },
    responses: { 201: answer('The new event', eventView), ...writes },
  },
  commits,
);

export const patchEvent = describeRoute(
  {
    method: 'patch',
    operationId: 'updateEvent',
    path: one,
    summary: 'Change an event, a series, or one occurrence',
    description:
      'What is absent stays, null takes a value away, a list is replaced as a whole. The id of a master changes its series, that of an occurrence makes an exception of it. A series that is to begin on a day that its rule does not bring needs another `rrule`, too. It stands changed here at once, and goes to Outlook by itself. Occurrences of a new rule, or at new times, are listed once they were read from there, at once after that; a single event that gets a rule is the master of its series from now on, listed with `series=true`. Of a meeting of others (`isOrganizer` false) change `categories`, `showAs` and `reminderMinutes` alone: all else stays in this mailbox, and the next update of the organizer overwrites it.',
    tags,
    request: { params, body: jsonBody(eventPatch) },
    responses: { 200: answer('The event as it stands now', eventView), ...writes },
  },
  commits,
);

export const deleteEvent = describeRoute(
  {
    method: 'delete',
    operationId: 'deleteEvent',
    path: one,
    summary: 'Delete an event, a series, or one occurrence, in Outlook too',
    description:
      'It is gone here at once. Where somebody edited it in Outlook meanwhile it comes back, told as `event.conflict`.',
    tags,
    request: { params },
    responses: { 204: { description: 'It is gone' }, ...refusals, ...missing, ...states },
  },
  commits,
);

export const cancelEvent = describeRoute(
  {
    method: 'post',
    operationId: 'cancelEvent',
    path: `${one}/cancel`,
    summary: 'Cancel a meeting, and tell those who were asked to come',
    description: 'For its organizer; others decline it. It is gone here at once.',
    tags,
    request: { params, body: { ...jsonBody(cancelRequest), required: false } },
    responses: { 204: { description: 'It is cancelled' }, ...writes },
  },
  commits,
);

const respond = <const W extends 'accept' | 'tentative' | 'decline'>(word: W, summary: string) =>
  describeRoute(
    {
      method: 'post',
      operationId: `${word}Event`,
      path: `${one}/${word}`,
      summary,
      description:
        'Of a series or of one occurrence. It stands here at once; the organizer hears of it when it has gone to Outlook, which takes a declined meeting away.',
      tags,
      request: { params, body: { ...jsonBody(replyRequest), required: false } },
      responses: { 200: answer('The event as it stands now', eventView), ...writes },
    },
    commits,
  );

export const acceptEvent = respond('accept', 'Accept a meeting');
export const tentativeEvent = respond('tentative', 'Accept a meeting tentatively');
export const declineEvent = respond('decline', 'Decline a meeting');

export const undoEvent = describeRoute(
  {
    method: 'post',
    operationId: 'undoEventMerge',
    path: `${one}/undo`,
    summary: 'Take back the last merge of an event',
    description:
      'Writes your values that the last `event.conflict` overwrote, here and in Outlook. 409 `nothing_to_undo` where none was, or its fields were written since, here or in Outlook. How a meeting was answered is not taken back: answer it again.',
    tags,
    request: { params },
    responses: { 200: answer('The event as it stands now', eventView), ...refusals, ...missing, ...states },
  },
  commits,
);
