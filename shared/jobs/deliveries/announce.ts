import type { Connection } from '../../engine/connection.ts';
import type { DeliverJob } from '../../engine/delivery-ports.ts';
import { serves } from '../../engine/delivery-rules.ts';
import { scopeOf, type DueRow } from '../../engine/directory-ports.ts';
import type { Scope } from '../../engine/model.ts';
import { codeOf } from '../../errors.ts';
import { addCover } from '../cover.ts';
import type { JobPorts } from '../ports.ts';
import type { AnnouncePorts } from './ports.ts';

/** The kind of due row that stands for deliveries of a domain's feed. */
export const deliverKind = (domain: string): string => `${domain}.deliver`;

type Owner = Pick<Connection, 'id' | 'workspaceId'>;

/**
 * Says that a feed has rows for endpoints: due row, then message. Where no endpoint serves the workspace that is one call of
 * storage and nothing more. A message that fails is left to the due row. Throws StorageError where nothing was promised.
 */
export async function announce(ports: AnnouncePorts, connection: Owner, scope: Scope): Promise<void> {
  if (!(await hasEndpoint(ports, connection))) return;
  await wakeFeed(ports, scope);
}

/** Brings a delivery job about: due row first, then the message. */
export async function wakeFeed(ports: AnnouncePorts, scope: Scope, more: Pick<DeliverJob, 'now'> = {}): Promise<void> {
  const row = await coverFeed(ports, scope);
  await sendFor(ports, scope, row, more);
}

/**
 * As `append`, for rows that are appended outside of a job over their feed: the due row stands before the rows do, so that a
 * crash in between costs an empty job and no delivery.
 */
export function announcing(
  ports: AnnouncePorts & Pick<JobPorts, 'connections'>,
  append: JobPorts['appendChanges'],
): JobPorts['appendChanges'] {
  return async (scope, changes, once) => {
    const connection = (await ports.connections.read(scope.connectionId))?.connection ?? null;
    if (connection === null || !(await hasEndpoint(ports, connection))) return append(scope, changes, once);
    const row = await coverFeed(ports, scope);
    await append(scope, changes, once);
    await sendFor(ports, scope, row);
  };
}

async function hasEndpoint(ports: AnnouncePorts, connection: Owner): Promise<boolean> {
  return (await ports.endpoints.list()).some(({ endpoint }) => serves(endpoint, connection));
}

/** The due row that stands before whatever it covers. */
export const coverFeed = (ports: AnnouncePorts, { connectionId, domain }: Scope): Promise<DueRow> =>
  addCover(ports, deliverKind(domain), connectionId);

/** The message that a due row covers; one that fails is left to the row. */
export async function sendFor(
  ports: AnnouncePorts,
  scope: Scope,
  row: DueRow,
  more: Pick<DeliverJob, 'now'> = {},
): Promise<void> {
  try {
    await ports.queues.deliver({ ...scopeOf(scope), ...more, due: { kind: row.kind, at: row.dueAt.toISOString() } });
  } catch (error) {
    ports.log.warn('deliveries.message_postponed', { domain: scope.domain, 'error.code': codeOf(error) });
  }
}
