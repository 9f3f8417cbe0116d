import { z } from '@hono/zod-openapi';
import { ProblemError } from '../../errors.ts';
import { addFeed, listFeeds, MOST_FEEDS, removeFeed, type CalendarFeed } from '../calendar/ics/feeds.ts';
import { addressOfFeed } from '../calendar/ics/serve-feed.ts';
import { calendarName } from '../calendar/calendar-schemas.ts';
import {
  DEFAULT_NAME,
  demandListed,
  demandSelected,
  findCalendar,
  openCalendar,
  openForSettings,
  readListing,
} from '../calendar/open-calendar.ts';
import { pageOfWhole, pageQuery } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { connectionParams, idParam, pageOf, time } from '../router/common-schemas.ts';
import {
  answer,
  badBody,
  conflict,
  createRouter,
  describeRoute,
  jsonBody,
  missing,
  refusals,
  type Router,
} from '../router/create-router.ts';
import { invalid } from '../router/validate-request.ts';

const tags = ['Calendars'];
const path = '/api/connections/{id}/calendar-feeds';
const feedExample = {
  id: 'q1w2e3r4t5y6u7i8o9p0aa',
  calendarId: 'AAMkAGI2TGuLAAA=',
  createdAt: '2026-01-05T09:30:00.000Z',
};
const feedView = z
  .object({ id: z.string(), calendarId: z.string(), createdAt: time })
  .openapi('CalendarFeed', { example: feedExample });
const made = feedView
  .extend({
    url: z.string().optional().meta({
      description: 'The secret address of the `.ics` feed; told this once, stored nowhere: a replay lacks it',
    }),
  })
  .openapi('NewCalendarFeed', {
    example: {
      ...feedExample,
      url: 'https://app.example.com/api/calendar-feeds/q1w2e3r4t5y6u7i8o9p0aa.ics?token=c2VjcmV0LXNlY3JldC1zZWNyZXQ',
    },
  });

const feedRequest = z
  .strictObject({ calendarId: calendarName.optional().meta({ description: 'Without it the default calendar' }) })
  .openapi('CalendarFeedRequest', { example: { calendarId: 'default' } });

const list = describeRoute({
  method: 'get',
  path,
  summary: 'List the iCalendar feeds of a connection, the oldest first',
  description: 'Without their addresses, which are secret and stored nowhere.',
  tags,
  request: { params: connectionParams, query: z.object(pageQuery) },
  responses: { 200: answer('A page of feeds', pageOf(feedView)), ...refusals, ...missing },
});

/** Done again it makes another feed. */
const create = describeRoute(
  {
    method: 'post',
    operationId: 'createCalendarFeed',
    path,
    summary: 'Make an iCalendar feed of a calendar',
    description:
      'Whoever has its address reads the calendar, without a key, until the feed is deleted, whatever becomes of the key that made it: subjects, places, links, categories and the begin of the texts, of private events the times alone. 409 `calendar_not_selected` for one that is not synced.',
    tags,
    request: {
      params: connectionParams,
      body: { ...jsonBody(feedRequest), required: false },
    },
    responses: { 201: answer('The feed and its address', made), ...refusals, ...missing, ...conflict, ...badBody },
  },
  { secrets: ['url'] },
);

/** Done again it finds none. */
const remove = describeRoute({
  method: 'delete',
  operationId: 'deleteCalendarFeed',
  path: `${path}/{calendarFeedId}`,
  summary: 'Revoke an iCalendar feed',
  tags,
  request: { params: connectionParams.extend({ calendarFeedId: idParam }) },
  responses: { 204: { description: 'Its address opens nothing any more' }, ...refusals, ...missing },
});

const shown = ({ id, calendarId, createdAt }: CalendarFeed): z.output<typeof feedView> => ({
  id,
  calendarId,
  createdAt,
});

/** `/connections/{id}/calendar-feeds` and all below it. */
export function calendarFeeds(ports: ApiPorts): Router {
  return createRouter(ports)
    .openapi(list, async (context) => {
      const { id } = context.req.valid('param');
      const { connection } = await openCalendar(ports, context.get('key'), id);
      const asked = { ...context.req.valid('query'), placeOf: (feed: CalendarFeed) => `${feed.createdAt} ${feed.id}` };
      const page = pageOfWhole(['calendar-feeds', id], await listFeeds(ports, connection.id), asked);
      return context.json({ ...page, items: page.items.map(shown) }, 200);
    })
    .openapi(create, async (context) => {
      const opened = await openForSettings(ports, context.get('key'), context.req.valid('param').id);
      const listing = await readListing(ports, opened);
      demandListed(listing);
      const calendar = findCalendar(listing, context.req.valid('json').calendarId ?? DEFAULT_NAME);
      if (calendar === undefined)
        throw invalid([{ path: 'body.calendarId', message: 'is no calendar of this mailbox' }]);
      demandSelected(opened, calendar);
      if ((await listFeeds(ports, opened.connection.id)).length >= MOST_FEEDS)
        throw new ProblemError(409, 'too_many_feeds', `A connection has ${MOST_FEEDS} calendar feeds at most`);
      const { feed, token } = await addFeed(ports, opened.connection.id, calendar.id);
      return context.json({ ...shown(feed), url: addressOfFeed(ports.config.publicBaseUrl, feed.id, token) }, 201);
    })
    .openapi(remove, async (context) => {
      const { id, calendarFeedId } = context.req.valid('param');
      const { connection } = await openCalendar(ports, context.get('key'), id);
      const feed = (await listFeeds(ports, connection.id)).find((one) => one.id === calendarFeedId);
      if (feed === undefined) throw new ProblemError(404, 'feed_unknown', 'There is no such calendar feed');
      await removeFeed(ports, connection.id, feed);
      return context.body(null, 204);
    });
}
