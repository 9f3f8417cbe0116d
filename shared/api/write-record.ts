import type { Domain } from '../engine/domain.ts';
import { writeLocally, type LocalWrite } from '../engine/local-write.ts';
import type { EngineRecord, Scope } from '../engine/model.ts';
import { codeOf, ProblemError } from '../errors.ts';
import { addCover } from '../jobs/cover.ts';
import type { ApiPorts } from './ports.ts';

type WritePorts = Pick<ApiPorts, 'store' | 'wake' | 'clock' | 'random' | 'log' | 'due' | 'queues'>;

/**
 * Writes a change here, and sees to it that Microsoft 365 hears of it: due row, commit, message. Answers the record as it
 * stands after (of a deletion, as it was); null where there is none. What the intent throws is thrown, and nothing is
 * written.
 */
export async function writeRecord(
  ports: WritePorts,
  domain: Domain,
  scope: Scope,
  write: LocalWrite,
): Promise<EngineRecord | null> {
  const row = await addCover(ports, `${scope.domain}.push`, scope.connectionId);
  // What goes wrong beside the commit only makes the push later, or an empty job: the due row covers it.
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
    await aside(() =>
      written === null || written.operation === null ? ports.due.move(row, null) : ports.queues.push({ ...scope, due }),
    );
    return written?.record ?? null;
  } catch (error) {
    // The intent refused before anything was written: there is nothing to cover.
    if (error instanceof ProblemError) await aside(() => ports.due.move(row, null));
    throw error;
  }
}
