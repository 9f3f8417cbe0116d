import type { Change } from '../../engine/model.ts';
import type { ApiPorts } from '../ports.ts';

/** Rows of a connection's feeds as they are read: each domain adds to its own what a record alone does not show. */
export async function joinChanges(
  { store, domains }: Pick<ApiPorts, 'store' | 'domains'>,
  connectionId: string,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const read = new Map<Change, Change>();
  for (const [domain, own] of Map.groupBy(changes, (change) => change.domain)) {
    const shown = (await domains[domain]?.domain.readChanges?.(store, { connectionId, domain }, own)) ?? own;
    for (const [index, change] of own.entries()) read.set(change, shown[index] ?? change);
  }
  return changes.map((change) => read.get(change) ?? change);
}
