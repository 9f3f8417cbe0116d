import type { Subscription } from '../../engine/connection.ts';
import type { JobPorts } from '../ports.ts';
import { changeConnection } from '../change-connection.ts';

/** What a connection shows while a subscription cannot be had; its domains poll meanwhile. */
const warnings: Readonly<Record<string, string>> = {
  /** The handshake failed: Graph cannot reach `PUBLIC_BASE_URL`, or not in time. */
  unreachable: 'notifications_unreachable',
  /** Graph, the tenant or the mailbox refuses: quota, rights, a hybrid mailbox. */
  refused: 'notifications_refused',
};
const all = new Set(Object.values(warnings));

/** Sets and clears the warnings of a connection by the rows that serve it. */
export async function showTrouble(
  ports: Pick<JobPorts, 'connections' | 'clock'>,
  connectionId: string,
  rows: readonly Subscription[],
): Promise<void> {
  const wanted = new Set(rows.flatMap((row) => (row.trouble === null ? [] : [warnings[row.trouble] ?? row.trouble])));
  await changeConnection(ports, connectionId, (connection) => {
    const shown = connection.warnings.filter((warning) => all.has(warning));
    if (shown.length === wanted.size && shown.every((warning) => wanted.has(warning))) return null;
    const others = connection.warnings.filter((warning) => !all.has(warning));
    return { ...connection, warnings: [...others, ...wanted], updatedAt: ports.clock.now().toISOString() };
  });
}
