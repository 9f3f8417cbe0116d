import type { DueRow } from '../../engine/directory-ports.ts';
import type { RemoteSubscription } from '../../engine/remote-ports.ts';
import { addCover } from '../cover.ts';
import type { JobPorts } from '../ports.ts';
import { raiseAndSend } from '../wake-domain.ts';
import type { Task } from './create.ts';
import { renewalOf } from './life.ts';
import { lookupKinds, rowName, withLive } from './pairs.ts';
import { changeRow } from './rows.ts';

/**
 * Records what Graph granted, and has a round of every connection that it serves follow: what changed before the subscription
 * was live was told by nobody. The rounds' due rows stand before the subscription is recorded, so that none is lost on the way.
 */
export async function settleLive(
  ports: JobPorts,
  task: Task,
  made: {
    readonly pair: { readonly keyHash: string; readonly stateHash: string };
    readonly listed: RemoteSubscription;
  },
): Promise<void> {
  const { id, expiresAt } = made.listed;
  await ports.lookups.add(lookupKinds.id, id, rowName(task.key));
  // Of an adopted one it may have been dropped when the last connection left.
  await ports.lookups.add(lookupKinds.key, made.pair.keyHash, rowName(task.key));
  const rounds = await coverRounds(ports, task);
  const now = ports.clock.now();
  const renewAt = renewalOf(now, expiresAt, ports.config.renewBeforeMs);
  const row = await changeRow(ports, task.key, (found) =>
    found.id === id
      ? null
      : withLive(
          found,
          { id, keyHash: made.pair.keyHash, stateHash: made.pair.stateHash },
          { now, expiresAt, renewAt, sentTo: ports.config.publicBaseUrl },
        ),
  );
  if (row === null) {
    // All connections left while Graph was asked: nobody is to be told.
    await task.remote.remove(id);
    await ports.lookups.remove(lookupKinds.id, id, rowName(task.key));
    await ports.lookups.remove(lookupKinds.key, made.pair.keyHash, rowName(task.key));
    return;
  }
  ports.log.info('subscription.created', { resource: row.resource, 'expires.at': expiresAt, 'renew.at': renewAt });
  for (const round of rounds) {
    const scope = { connectionId: round.connectionId, domain: task.watched.domain };
    await raiseAndSend(ports, scope, { ids: null, why: 'connect', row: round });
  }
}

async function coverRounds(ports: JobPorts, task: Task): Promise<DueRow[]> {
  const row = await changeRow(ports, task.key, () => null);
  const rounds: DueRow[] = [];
  for (const connectionId of row?.connections ?? [])
    rounds.push(await addCover(ports, task.watched.domain, connectionId));
  return rounds;
}
