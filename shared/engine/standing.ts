import type { EngineRecord, Scope } from './model.ts';
import type { PartitionStore } from './ports.ts';

/** These records as anybody outside the engine sees them: one that is being deleted is not there. */
export async function readStandings(
  store: Pick<PartitionStore, 'readRecords'>,
  scope: Scope,
  ids: readonly string[],
): Promise<Map<string, EngineRecord>> {
  const records = await store.readRecords(scope, ids);
  return new Map([...records].filter(([, { leaving }]) => leaving === undefined));
}

/** As above, one; null where there is none. */
export async function readStanding(
  store: Pick<PartitionStore, 'readRecords'>,
  scope: Scope,
  id: string,
): Promise<EngineRecord | null> {
  return (await readStandings(store, scope, [id])).get(id) ?? null;
}
