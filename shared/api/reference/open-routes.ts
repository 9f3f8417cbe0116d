import { z, type RouteConfig } from '@hono/zod-openapi';
import { jsonBody, refusal } from '../router/create-router.ts';
import { pushAnswer, pushBody } from '../webhooks/push-schema.ts';
import { graphRoutes } from './graph-routes.ts';

const html = { 'text/html': { schema: z.string() } };
const open = { security: [] };
/** A person stands before the sign-in: its failures are pages, too. */
const failures = {
  500: { description: 'Nobody foresaw it; the page says under which id the logs have it', content: html },
  502: { description: 'Microsoft refused it', content: html },
  503: { description: 'A part that this service stands on did not answer', content: html },
};

/** Routes that are served by functions of their own, outside of the routers: all but `/docs` need no key of API_KEYS. */
export const openRoutes: readonly RouteConfig[] = [
  {
    ...open,
    method: 'get',
    path: '/api/oauth/microsoft/login',
    summary: 'Follow a connect link to the sign-in',
    tags: ['Connecting'],
    request: { query: z.object({ link: z.string() }) },
    responses: {
      302: { description: 'On to Microsoft' },
      404: { description: 'The link is not known', content: html },
      410: { description: 'The link was used, or has expired', content: html },
      ...failures,
    },
  },
  {
    ...open,
    method: 'get',
    path: '/api/oauth/microsoft/callback',
    summary: 'The way back from the sign-in',
    tags: ['Connecting'],
    request: { query: z.object({ state: z.string(), code: z.string().optional(), error: z.string().optional() }) },
    responses: {
      302: { description: 'To returnUrl with `connectionId` and `status=connected`, or `status=error` and `reason`' },
      200: { description: 'Connected, where the link has no returnUrl', content: html },
      400: { description: 'The account was not connected', content: html },
      410: { description: 'The sign-in was used, or has expired', content: html },
      ...failures,
    },
  },
  {
    ...open,
    method: 'get',
    path: '/api/calendar-feeds/{feedId}.ics',
    summary: 'Read a calendar by its secret address',
    description:
      'For calendar programs: iCalendar text (RFC 5545) with time zones, of private events the times alone. Takes If-None-Match, and HEAD.',
    tags: ['Calendars'],
    request: { params: z.object({ feedId: z.string() }), query: z.object({ token: z.string() }) },
    responses: {
      200: { description: 'The calendar', content: { 'text/calendar': { schema: z.string() } } },
      304: { description: 'It is as it was' },
      404: refusal('`feed_unknown`: there is no such feed, it was revoked, or its calendar is no longer synced'),
      405: refusal('`method_not_allowed`'),
      503: refusal('`first_sync_running`: the calendar is not read yet; see Retry-After'),
    },
  },
  {
    ...open,
    method: 'get',
    path: '/api/health',
    summary: 'Liveness',
    tags: ['Operations'],
    responses: {
      200: {
        description: 'The process answers',
        content: { 'application/json': { schema: z.object({ status: z.literal('healthy') }) } },
      },
    },
  },
  {
    method: 'get',
    path: '/api/docs',
    summary: 'This description, as a page to read',
    tags: ['Reference'],
    security: [{ apiKey: [] }],
    responses: {
      200: { description: 'The page', content: html },
      401: { description: 'A page that asks for the key', content: html },
      405: refusal('`method_not_allowed`'),
    },
  },
  ...graphRoutes,
  {
    method: 'post',
    path: '/api/webhooks/push',
    summary: 'Tell that something changed',
    description:
      'For a sender that knows of a change before Microsoft tells us: wakes the connection, or every connection of the account that signed in with this address, by the way that Graph notifications take. Needs OUTLOOK_PUSH_WEBHOOK_TOKEN as `Authorization: Bearer` or as `X-Push-Token`, never in the address. `messageIds` (Graph ids) confines the round to the folders of these messages. `maxMessages`, cut to PUSH_SYNC_MAX_MESSAGES, is a hint: the first page of each folder in this round brings at most that many messages (the newest ones while a folder is read for the first time), so that they are in the feed after one short answer; the rest follows in the same round. Where a round is on its way already the hint changes nothing.',
    tags: ['Operations'],
    security: [{ pushToken: [] }, { pushTokenHeader: [] }],
    request: {
      body: jsonBody(
        // Webhooks load zod alone, and what was made before it was extended has no such method: its copy has.
        pushBody.clone().openapi('PushTrigger', { example: { emailAddress: 'ada@contoso.example', maxMessages: 10 } }),
      ),
    },
    responses: {
      202: {
        description: 'A round of each connection begins after this call',
        content: { 'application/json': { schema: pushAnswer } },
      },
      400: refusal('`malformed`: no JSON, or with the faults that `errors` lists'),
      401: refusal('`key_missing`, `key_unknown`: the token is missing or wrong; nothing was read'),
      404: refusal('`connection_unknown`: nobody is meant; `push_disabled`: no token is set here'),
      405: refusal('`method_not_allowed`'),
      409: refusal('`connection_leaving`'),
      413: refusal('`body_too_large`'),
      503: refusal('The round could not be promised: send it again after `Retry-After`'),
    },
  },
];
