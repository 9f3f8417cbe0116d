import type { Delivery, DeliveryQuery, DeliveryStore } from '../../engine/delivery-ports.ts';
import { matchesTypes } from '../../engine/delivery-rules.ts';
import type { DueRow } from '../../engine/directory-ports.ts';
import type { Scope } from '../../engine/model.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import type { JobPorts } from '../ports.ts';
import { coverFeed, sendFor } from './announce.ts';
import type { AnnouncePorts } from './ports.ts';

type AgainPorts = AnnouncePorts & Pick<JobPorts, 'deliveries'>;

/** Deliveries that one replay asks for, at most: what is beyond is asked for by the next one. */
export const MOST_REPLAYED = 5_000;
const PAGE = 200;
/** Feeds that a replay reads, covers or wakes at once. */
const AT_ONCE = 8;

/**
 * Has a delivery sent again at once, under its own id: one that stands first in line in its place, any other out of order.
 * Durable once this returns.
 */
export async function retryDelivery(ports: AgainPorts, delivery: Delivery): Promise<void> {
  const row = await coverFeed(ports, feedOf(delivery));
  await ports.deliveries.askAgain([delivery], ports.clock.now());
  await sendFor(ports, feedOf(delivery), row, { now: delivery.endpointId });
}

/** What a replay picks. Times are of the changes, not of the attempts. */
export interface Replay {
  readonly endpointId: string;
  readonly since: Date;
  readonly until?: Date;
  readonly connectionId?: string;
  /** As an endpoint's own: `message.*` ... */
  readonly types?: readonly string[];
  readonly status?: 'delivered' | 'failed';
  /** Where the one before ended (`next`); null = with the newest. */
  readonly after?: string | null;
}

/**
 * Has all deliveries of a time sent again, the newest of them if there are more than MOST_REPLAYED. Answers how many, and
 * where the next replay goes on (null = that was all). Those that are on their way are left alone.
 */
export async function replayDeliveries(
  ports: AgainPorts,
  replay: Replay,
): Promise<{ readonly queued: number; readonly more: boolean; readonly next: string | null }> {
  const { types = ['*'], after: start = null, ...range } = replay;
  const feeds = new Map<string, { readonly scope: Scope; readonly row: DueRow }>();
  const { isNext } = await openLines(ports, replay.endpointId);
  const isOnItsWay = async (delivery: Delivery): Promise<boolean> =>
    delivery.status === 'pending' && ((await isNext(delivery)) || (await ports.deliveries.isRequested(delivery)));
  const isWanted = async (delivery: Delivery): Promise<boolean> =>
    matchesTypes(types, delivery.type) && !(await isOnItsWay(delivery));
  let queued = 0;
  let after: DeliveryQuery['after'] = start;
  do {
    const page: Awaited<ReturnType<JobPorts['deliveries']['list']>> = await ports.deliveries.list({
      ...range,
      limit: PAGE,
      after,
    });
    const picked = await mapLimit(page.deliveries, AT_ONCE, isWanted);
    const wanted = page.deliveries.filter((_, index) => picked[index]);
    const scopes = new Map(wanted.map(feedOf).map((scope) => [JSON.stringify(scope), scope]));
    const fresh = [...scopes].filter(([name]) => !feeds.has(name));
    await mapLimit(fresh, AT_ONCE, async ([name, scope]) => {
      feeds.set(name, { scope, row: await coverFeed(ports, scope) });
    });
    await ports.deliveries.askAgain(wanted, ports.clock.now());
    queued += wanted.length;
    after = page.next;
  } while (after !== null && queued < MOST_REPLAYED);
  await mapLimit([...feeds.values()], AT_ONCE, ({ scope, row }) =>
    sendFor(ports, scope, row, { now: replay.endpointId }),
  );
  return { queued, more: after !== null, next: after };
}

const feedOf = ({ connectionId, domain, part }: Delivery): Scope => ({
  connectionId,
  domain,
  ...(part === undefined ? {} : { part }),
});

/** Tells of deliveries to an endpoint whether they stand first in line there, and are sent in it; each feed is read once. */
async function openLines(
  ports: Pick<AgainPorts, 'deliveries' | 'endpoints'>,
  endpointId: string,
): Promise<{ readonly isNext: (delivery: Delivery) => Promise<boolean> }> {
  const types = (await ports.endpoints.read(endpointId))?.endpoint.types ?? [];
  const feeds = new Map<string, ReturnType<DeliveryStore['readCursor']>>();
  return {
    isNext: async (delivery) => {
      // Where the endpoint no longer asks for its type, the line passes over it.
      if (delivery.status !== 'pending' || !matchesTypes(types, delivery.type)) return false;
      const name = JSON.stringify(feedOf(delivery));
      const reading = feeds.get(name) ?? ports.deliveries.readCursor(endpointId, feedOf(delivery));
      feeds.set(name, reading);
      return (await reading).found?.cursor.waiting?.seq === delivery.seq;
    },
  };
}
