import { KNOWN_LIMIT } from './held-rows.ts';
import type { Session } from './session.ts';
import { remoteRecordId } from './ids.ts';
import type { EngineRecord } from './model.ts';

/** Records by Graph id, for those that we hold. */
export async function findRecords(session: Session, graphIds: readonly string[]): Promise<Map<string, EngineRecord>> {
  const { store } = session.ports;
  const { connectionId } = session.scope;
  const { records: standing, remotes: renamed, leaving = 0 } = session.head.counts;
  if (standing === 0 && renamed === 0 && leaving === 0) session.known ??= new Set();
  const idOf = new Map(graphIds.map((graphId) => [graphId, remoteRecordId(connectionId, graphId)]));
  if (session.head.counts.remotes > 0) {
    const remotes = await store.readRemotes(session.scope, graphIds);
    for (const [graphId, id] of remotes) idOf.set(graphId, id);
  }
  const { known } = session;
  const wanted = [...idOf.values()].filter((id) => known?.has(id) !== false);
  const records = wanted.length > 0 ? await store.readRecords(session.scope, wanted) : new Map<string, EngineRecord>();
  const found = new Map<string, EngineRecord>();
  for (const [graphId, id] of idOf) {
    const record = records.get(id);
    if (record !== undefined) found.set(graphId, record);
  }
  return found;
}

/** Reads the ids of all records, where that costs less than asking for each new item of a first round. */
export async function learnKnown(session: Session): Promise<void> {
  if (session.known !== null || session.head.counts.records > KNOWN_LIMIT) return;
  const known = new Set<string>();
  for await (const ids of session.ports.store.recordIds(session.scope)) for (const id of ids) known.add(id);
  // A commit of our own meanwhile has been remembered by nobody: only an unbroken look counts.
  session.known = known;
}
