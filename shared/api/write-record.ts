import type { Connection } from '../engine/connection.ts';
import type { Domain } from '../engine/domain.ts';
import { writeLocally, type LocalWrite } from '../engine/local-write.ts';
import type { EngineRecord, Scope } from '../engine/model.ts';
import { codeOf, OutboxFullError, ProblemError } from '../errors.ts';
import { addCover } from '../jobs/cover.ts';
import { announce } from '../jobs/deliveries/announce.ts';
import type { ApiPorts } from './ports.ts';

type WritePorts = Pick<ApiPorts, 'store' | 'wake' | 'clock' | 'random' | 'log' | 'due' | 'queues' | 'endpoints'>;

/** Where records are written, and whose feed tells of it. */
interface WritePlace {
  readonly connection: Pick<Connection, 'id' | 'workspaceId'>;
  readonly scope: Scope;
}

/**
 * Writes a change here, and sees to it that Microsoft 365 and the endpoints hear of it: due row, commit, message. Answers the
 * record as it stands after (of a deletion, as it was); null where there is none. What the intent throws is thrown, and nothing
 * is written.
 */
export async function writeRecord(
  ports: WritePorts,
  domain: Domain,
  { connection, scope }: WritePlace,
  write: LocalWrite,
): Promise<EngineRecord | null> {
  const row = await addCover(ports, `${scope.domain}.push`, scope.connectionId);
  // What goes wrong beside the commit only makes the push or the announcement later, or an empty job: the due row covers it.
  const aside = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      ports.log.warn('push.postponed', { 'error.code': codeOf(error) });
    }
  };
  try {
    const written = await writeLocally(ports, domain, scope, write);
    const due = { kind: row.kind, at: row.dueAt.toISOString() };
    await aside(async () => {
      // The push announces what it finds in the feed.
      if (written !== null && written.operation !== null) return ports.queues.push({ ...scope, due });
      if (written?.told === true) await announce(ports, connection, scope);
      return ports.due.move(row, null);
    });
    return written?.record ?? null;
  } catch (error) {
    // It was refused before anything was written: there is nothing to cover.
    if (error instanceof ProblemError || error instanceof OutboxFullError) await aside(() => ports.due.move(row, null));
    throw error;
  }
}
