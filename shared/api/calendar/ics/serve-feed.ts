import type { ListedCalendar } from '../../../domains/calendar/calendar.ts';
import { streamOfCalendar } from '../../../domains/calendar/calendar-stream.ts';
import { isSelected } from '../../../domains/calendar/settings.ts';
import { ProblemError } from '../../../errors.ts';
import { hash } from '../../../lib/hash.ts';
import { demandMethod } from '../../http/demand-method.ts';
import type { ApiPorts } from '../../ports.ts';
import { readAllEvents } from '../list-events.ts';
import { findCalendar, openOf, readListing, type OpenCalendar } from '../open-calendar.ts';
import { readStreams } from '../show.ts';
import { findFeed } from './feeds.ts';
import { readViews, toIcs } from './to-ics.ts';

const route = /\/calendar-feeds\/([A-Za-z0-9_-]{20,100})\.ics$/;
/** The secret stands in the query, which request logs of the platform leave out, and not in the path, which they keep. */
const TOKEN = 'token';

/** The secret address of a feed. */
export const addressOfFeed = (publicBaseUrl: string, feedId: string, token: string): string =>
  `${publicBaseUrl}/api/calendar-feeds/${feedId}.ics?${TOKEN}=${token}`;

/** Calendars ask again at their own pace; a copy on the way is not older than this. */
const MAX_AGE_SECONDS = 60;
/** When to come again for a calendar that is being read for the first time. */
const RETRY_AFTER_MS = 60_000;

/**
 * `GET /calendar-feeds/{feedId}.ics?token=...`, open to whoever has the address. 404 for a token that is not known, was revoked,
 * or whose connection has left or no longer syncs the calendar; 503 until the calendar was read: an empty feed would tell of
 * deletions. The ETag tells a version of the calendar, not the bytes, which hold the time of the answer; whoever names it is
 * answered without a look at the events.
 */
export const calendarFeedPage =
  (ports: ApiPorts) =>
  async (request: Request): Promise<Response> => {
    demandMethod(request, 'GET', 'HEAD');
    const feed = await openFeed(ports, new URL(request.url));
    const etag = `W/"${versionOf(feed)}"`;
    const headers = {
      etag,
      'cache-control': `private, max-age=${MAX_AGE_SECONDS}`,
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
      'referrer-policy': 'no-referrer',
    };
    if (isKnown(etag, request.headers.get('if-none-match') ?? '')) return new Response(null, { status: 304, headers });
    const text = request.method === 'HEAD' ? null : await textOf(ports, feed);
    return new Response(text, {
      headers: {
        ...headers,
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': 'inline; filename="calendar.ics"',
      },
    });
  };

/** A calendar that is read by its address. */
interface OpenFeed {
  readonly opened: OpenCalendar;
  readonly calendar: ListedCalendar;
}

async function textOf(ports: ApiPorts, { opened, calendar }: OpenFeed): Promise<string> {
  const events = await readAllEvents(ports, opened.scope, { calendar: calendar.id, series: true });
  return toIcs(calendar.name, readViews(events), ports.clock.now());
}

/** Goes up when feeds say something else of the same events. */
const FORM = 3;

/**
 * Which version of a calendar a feed shows, without a look at its events: the last commit that wrote any, whether it was told of
 * or not (what comes and goes with the window, what Outlook answers to a write). Read before the events, it is never newer than
 * they are.
 */
const versionOf = ({ opened: { head }, calendar }: OpenFeed): string =>
  hash([calendar.name, String(FORM), head.edition ?? ''], 27);

/** Whether If-None-Match names this version; weak or strong counts for nothing there (RFC 9110 13.1.2). */
function isKnown(etag: string, header: string): boolean {
  const bare = (tag: string): string => tag.trim().replace(/^W\//, '');
  const known = header.split(',').map(bare);
  return known.includes('*') || known.includes(bare(etag));
}

/** The calendar that an address opens. */
async function openFeed(ports: ApiPorts, { pathname, searchParams }: URL): Promise<OpenFeed> {
  const [feedId, token] = [route.exec(pathname)?.[1], searchParams.get(TOKEN)];
  const found = feedId === undefined || token === null ? null : await findFeed(ports, token);
  if (found === null || found.feed.id !== feedId) throw unknown();
  const connection = (await ports.connections.read(found.connectionId))?.connection;
  if (connection === undefined || connection.status.startsWith('disconnect')) throw unknown();
  const opened = await openOf(ports, connection);
  const calendar = findCalendar(await readListing(ports, opened), found.feed.calendarId);
  if (calendar === undefined || !isSelected(calendar, opened.settings)) throw unknown();
  const stream = (await readStreams(ports, opened)).get(streamOfCalendar(calendar.id));
  if (stream?.baselined !== true)
    throw new ProblemError(503, 'first_sync_running', 'The calendar is not read yet; try again later', {
      retryAfterMs: RETRY_AFTER_MS,
    });
  return { opened, calendar };
}

const unknown = (): ProblemError => new ProblemError(404, 'feed_unknown', 'There is no such calendar feed');
