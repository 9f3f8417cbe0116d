import type { Change, Scope } from '../../engine/model.ts';
import type { DeliverPorts } from './ports.ts';

/** Rows of a feed as whoever reads it over the API is shown them: what is sent is no less. Throws StorageError. */
export const asRead = async (
  { store, domains }: Pick<DeliverPorts, 'store' | 'domains'>,
  scope: Scope,
  changes: readonly Change[],
): Promise<readonly Change[]> => (await domains[scope.domain]?.domain.readChanges?.(store, scope, changes)) ?? changes;
