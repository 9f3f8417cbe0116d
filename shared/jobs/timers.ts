import { DUE_SHARDS } from '../engine/directory-ports.ts';
import type { JobPorts } from './ports.ts';
import { deliverKind } from './deliveries/announce.ts';
import { ENDPOINTS } from './deliveries/endpoint-work.ts';
import { DISCONNECT } from './disconnect.ts';
import { HOUSEKEEPING } from './housekeeping.ts';
import { STATISTICS } from './statistics.ts';
import { SUBSCRIPTIONS } from './subscriptions/request.ts';

const SHARDS_A_MESSAGE = 8;

const syncKinds = (domain: string): readonly string[] => [domain, `${domain}.push`, deliverKind(domain)];

/** What each timer looks for in `due`. */
const kindsOf = {
  // Rows about connections themselves go with the timer that runs most often.
  emailSync: [...syncKinds('mail'), deliverKind('connection')],
  contactSync: syncKinds('contacts'),
  calendarSync: syncKinds('calendar'),
  taskSync: syncKinds('tasks'),
  bookingSync: syncKinds('bookings'),
  subscriptionRenewal: [SUBSCRIPTIONS, DISCONNECT, ENDPOINTS],
} as const;

const once = { housekeeping: HOUSEKEEPING, statistics: STATISTICS } as const;

export type TimerName = keyof typeof kindsOf | keyof typeof once;

const isOnce = (name: TimerName): name is keyof typeof once => name in once;

/** A timer's whole work: messages, each naming a share of the shards. It reads nothing and syncs nothing. */
export async function runTimer(name: TimerName, ports: Pick<JobPorts, 'queues'>): Promise<void> {
  if (isOnce(name)) {
    await ports.queues.dispatch({ kinds: [once[name]], shards: [] });
    return;
  }
  const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => shard);
  for (let from = 0; from < DUE_SHARDS; from += SHARDS_A_MESSAGE)
    await ports.queues.dispatch({ kinds: kindsOf[name], shards: shards.slice(from, from + SHARDS_A_MESSAGE) });
}
