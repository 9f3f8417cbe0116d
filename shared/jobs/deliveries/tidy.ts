import { codeOf } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import type { JobPorts } from '../ports.ts';

/** Records of deliveries go with the feed rows that they are about. One endpoint that fails delays no other. */
export async function dropOldDeliveries(ports: JobPorts): Promise<void> {
  const oldest = plus(ports.clock.now(), -ports.config.sync.feedRetentionMs);
  for (const { endpoint } of await ports.endpoints.list()) {
    try {
      const dropped = await ports.deliveries.dropBefore(endpoint.id, oldest);
      if (dropped > 0)
        ports.log.info('housekeeping.deliveries_dropped', { 'endpoint.id': endpoint.id, count: dropped });
    } catch (error) {
      ports.log.error('housekeeping.failed', { 'endpoint.id': endpoint.id, 'error.code': codeOf(error) });
    }
  }
}

/** Where the feeds of a connection stand at all endpoints; without `domains`: of all of them. */
export async function removeCursorsOf(
  ports: Pick<JobPorts, 'endpoints' | 'deliveries'>,
  connectionId: string,
  domains?: readonly string[],
): Promise<void> {
  for (const { endpoint } of await ports.endpoints.list()) {
    if (domains === undefined) await ports.deliveries.removeCursors(endpoint.id, connectionId);
    else for (const domain of domains) await ports.deliveries.removeCursors(endpoint.id, connectionId, domain);
  }
}
