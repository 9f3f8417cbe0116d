import type { Connection } from '../../engine/connection.ts';
import type { DueRow } from '../../engine/directory-ports.ts';
import { codeOf } from '../../errors.ts';
import { addCover } from '../../jobs/cover.ts';
import { coverSubscriptionWork, requestSubscriptionWork } from '../../jobs/subscriptions/request.ts';
import { tellUntold, toTell } from '../../jobs/tell-connection.ts';
import { raiseAndSend } from '../../jobs/wake-domain.ts';
import type { ApiPorts } from '../ports.ts';

/** Writes the rows of `due` that stand before the work that they cover; answers those of the domains. */
export async function coverWork(
  ports: Pick<ApiPorts, 'due' | 'clock' | 'random'>,
  connectionId: string,
  domains: readonly string[],
): Promise<DueRow[]> {
  const rows: DueRow[] = [];
  for (const domain of domains) rows.push(await addCover(ports, domain, connectionId));
  await coverSubscriptionWork(ports, connectionId);
  return rows;
}

/** The feed row that tells of a sign-in: it is written with the connection's row, and told from there. */
export function rowOfConnecting(
  ports: Pick<ApiPorts, 'random'>,
  connection: Connection,
  type: 'connection.connected' | 'connection.recovered',
): NonNullable<Connection['untold']>[number] {
  const { id, userId, workspaceId, domains } = connection;
  const after = { connectionId: id, userId, workspaceId, domains };
  return toTell(ports, { type, id, graphId: null, cause: 'system', changed: [], before: null, after });
}

/**
 * Tells the application, and sets the first round and the subscriptions going. The account is connected by now, and the due
 * rows cover all of this: nothing that fails here makes the sign-in fail.
 */
export async function afterConnecting(ports: ApiPorts, connection: Connection, rows: readonly DueRow[]): Promise<void> {
  const { id } = connection;
  await attempt(ports, () => tellUntold(ports, connection));
  for (const row of rows) {
    const scope = { connectionId: id, domain: row.kind };
    await attempt(ports, () => raiseAndSend(ports, scope, { ids: null, why: 'connect', row }));
  }
  await attempt(ports, () => requestSubscriptionWork(ports, id));
}

/** Work that is covered: a failure here only makes it later. */
export async function attempt(ports: Pick<ApiPorts, 'log'>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    ports.log.warn('connect.postponed', { 'error.code': codeOf(error) });
  }
}
