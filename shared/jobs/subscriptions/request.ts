import { shardOf } from '../../engine/directory-ports.ts';
import { plus } from '../../lib/clock.ts';
import type { JobPorts } from '../ports.ts';

/** The kind of due row that stands for a connection's subscription work. */
export const SUBSCRIPTIONS = 'subscriptions';

type RequestPorts = Pick<JobPorts, 'due' | 'queues' | 'clock'>;

/** Has a job see to the subscriptions of a connection now. Throws StorageError; once the due row stands a timer brings it about. */
export async function requestSubscriptionWork(ports: RequestPorts, connectionId: string): Promise<void> {
  await ports.due.add({ kind: SUBSCRIPTIONS, connectionId, dueAt: ports.clock.now() });
  await ports.queues.dispatch({ kinds: [SUBSCRIPTIONS], shards: [shardOf(connectionId)] });
}

/** The due row that stands before a row is changed such that work is needed: a crash in between costs a minute. */
export async function coverSubscriptionWork(
  ports: Pick<JobPorts, 'due' | 'clock'>,
  connectionId: string,
): Promise<void> {
  await ports.due.add({ kind: SUBSCRIPTIONS, connectionId, dueAt: plus(ports.clock.now(), 60_000) });
}
