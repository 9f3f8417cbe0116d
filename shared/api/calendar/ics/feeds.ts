import { z } from 'zod';
import { addOwn, removeOwn } from '../../../engine/own-lookups.ts';
import { hash } from '../../../lib/hash.ts';
import { parseJson } from '../../../lib/json.ts';
import type { ApiPorts } from '../../ports.ts';

const entrySchema = z.object({
  id: z.string(),
  tokenHash: z.string(),
  calendarId: z.string(),
  createdAt: z.string(),
});
/** A calendar that is read by a secret address. The secret itself is stored nowhere. */
export type CalendarFeed = z.output<typeof entrySchema>;

/** Look-ups: the feeds of a connection, which are what counts, and by whose secret which connection is meant. Both end with it. */
const FEEDS = 'calendar-feeds';
const FEED = 'calendar-feed';
export const MOST_FEEDS = 20;

type FeedPorts = Pick<ApiPorts, 'lookups' | 'random' | 'clock'>;

export const hashOfToken = (token: string): string => hash(['calendar-feed', token]);

export async function listFeeds(ports: Pick<ApiPorts, 'lookups'>, connectionId: string): Promise<CalendarFeed[]> {
  const values = await ports.lookups.find(FEEDS, connectionId);
  const feeds = values.map((value) => entrySchema.parse(parseJson(value)));
  return feeds.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** Makes a feed; its token is told this once. */
export async function addFeed(
  ports: FeedPorts,
  connectionId: string,
  calendarId: string,
): Promise<{ readonly feed: CalendarFeed; readonly token: string }> {
  const token = ports.random.token(32);
  const tokenHash = hashOfToken(token);
  const createdAt = ports.clock.now().toISOString();
  const feed = { id: hash(['feed', tokenHash], 22), tokenHash, calendarId, createdAt };
  await addOwn(ports.lookups, connectionId, { kind: FEED, key: tokenHash, value: connectionId });
  await addOwn(ports.lookups, connectionId, { kind: FEEDS, key: connectionId, value: JSON.stringify(feed) });
  return { feed, token };
}

/** From its return on the address opens nothing. */
export async function removeFeed(ports: FeedPorts, connectionId: string, feed: CalendarFeed): Promise<void> {
  await removeOwn(ports.lookups, connectionId, { kind: FEEDS, key: connectionId, value: JSON.stringify(feed) });
  await removeOwn(ports.lookups, connectionId, { kind: FEED, key: feed.tokenHash, value: connectionId });
}

/** The feed that a token opens; null where none does. */
export async function findFeed(
  ports: Pick<ApiPorts, 'lookups'>,
  token: string,
): Promise<{ readonly connectionId: string; readonly feed: CalendarFeed } | null> {
  const tokenHash = hashOfToken(token);
  for (const connectionId of await ports.lookups.find(FEED, tokenHash)) {
    const feed = (await listFeeds(ports, connectionId)).find((one) => one.tokenHash === tokenHash);
    if (feed !== undefined) return { connectionId, feed };
  }
  return null;
}
