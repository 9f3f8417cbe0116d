import type { Connection } from '../../engine/connection.ts';
import type { JobPorts } from '../ports.ts';
import { changeRow, type RowPorts } from './rows.ts';

/**
 * Has the subscriptions of a connection renewed at the next subscription work, whatever life they have left: a grant that
 * was withdrawn may have taken them along, and only asking Graph tells.
 */
export async function renewSoon(ports: RowPorts & Pick<JobPorts, 'clock'>, connection: Connection): Promise<void> {
  const rows = (await ports.subscriptions.list(connection.account)).map((row) => row.subscription);
  for (const row of rows.filter((each) => each.connections.includes(connection.id))) {
    await changeRow(ports, row, (current) => ({
      ...current,
      renewAt: ports.clock.now().toISOString(),
      nextProbeAt: null,
    }));
  }
}
