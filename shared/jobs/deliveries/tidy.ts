import { codeOf } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import type { JobPorts } from '../ports.ts';

/** Records of deliveries go with the feed rows that they are about. What fails is left to the next run, and delays nothing else. */
export async function dropOldDeliveries(ports: JobPorts): Promise<void> {
  const oldest = plus(ports.clock.now(), -ports.config.sync.feedRetentionMs);
  const isolated = async (what: Readonly<Record<string, string>>, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      ports.log.error('housekeeping.failed', { ...what, 'error.code': codeOf(error) });
    }
  };
  await isolated({ what: 'deliveries' }, async () => {
    for (const { endpoint } of await ports.endpoints.list()) {
      const which = { 'endpoint.id': endpoint.id };
      await isolated(which, async () => {
        const count = await ports.deliveries.dropBefore(endpoint.id, oldest);
        if (count > 0) ports.log.info('housekeeping.deliveries_dropped', { ...which, count });
      });
    }
  });
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
