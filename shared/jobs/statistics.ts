import type { Statistics } from '../engine/directory-ports.ts';
import type { JobPorts } from './ports.ts';

/** The kind of dispatch message that has the installation counted. */
export const STATISTICS = 'statistics';
const PAGE = 200;

/** Counts connections, domains and warnings by their copies, and queues by their lengths; one row, one log event. */
export async function countStatistics(ports: JobPorts): Promise<Statistics> {
  const connections: Record<string, number> = {};
  const domains: Record<string, number> = {};
  const warnings: Record<string, number> = {};
  const count = (counts: Record<string, number>, name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<JobPorts['connections']['list']>> = await ports.connections.list({
      limit: PAGE,
      after,
    });
    for (const connection of page.connections) {
      count(connections, connection.status);
      for (const [domain, copy] of Object.entries(connection.copies)) count(domains, `${domain}.${copy.status}`);
      for (const warning of connection.warnings) count(warnings, warning);
    }
    after = page.next;
  } while (after !== null);
  const at = ports.clock.now().toISOString();
  const statistics = { at, connections, domains, warnings, queues: await ports.queues.lengths() };
  await ports.statistics.write(statistics);
  ports.log.info('statistics.counted', statistics);
  return statistics;
}
