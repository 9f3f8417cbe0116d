import type { Connection, Subscription } from '../../engine/connection.ts';
import type { RemoteSubscription, RemoteSubscriptions } from '../../engine/remote-ports.ts';
import type { WatchedResource } from '../../domains/subscription-resources.ts';
import { ConflictError, isRefusal, RejectedError, TransientError, type ConnectionError } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { wakeDomain } from '../wake-domain.ts';
import { endOfLife, LIVES_MIN, nextProbe } from './life.ts';
import { lookupKinds, rowName, secretHash, withoutLive, type Pair } from './pairs.ts';
import { listedFor, notificationUrls, pairOfListed } from './remote-match.ts';
import { changeRow, type RowKey } from './rows.ts';
import { settleLive } from './settle.ts';

/** One connection's work on one row. */
export interface Task {
  readonly connection: Connection;
  readonly watched: WatchedResource;
  readonly key: RowKey;
  readonly remote: RemoteSubscriptions;
}

interface FreshPair {
  readonly key: string;
  readonly clientState: string;
  readonly keyHash: string;
  readonly stateHash: string;
}

/**
 * Makes the subscription where the row has none. The hashes of key and clientState stand in the row and in the look-ups before
 * Graph is asked, so that its first notification can be checked, and a creation whose answer was lost is met by a 409 and adopted.
 * A refusal (403, failed handshake) is recorded in the row: the domain polls, and it is tried again after `nextProbeAt`.
 */
export async function createSubscription(ports: JobPorts, task: Task): Promise<void> {
  const fresh = freshPair(ports);
  const row = await changeRow(ports, task.key, (found) =>
    found.id === null
      ? { ...withoutLive(found, ports.clock.now()), keyHash: fresh.keyHash, stateHash: fresh.stateHash }
      : null,
  );
  // Another worker was first, or all connections left meanwhile.
  if (row?.keyHash !== fresh.keyHash) return;
  // After the row: a look-up that no row knows would stay for ever. Where a crash leaves it out, Graph was not asked either.
  await ports.lookups.add(lookupKinds.key, fresh.keyHash, rowName(task.key));
  try {
    await askOrAdopt(ports, task, fresh);
  } catch (error) {
    // Graph will not have this subscription, though the connection itself may be well.
    if (!isRefusal(error)) throw error;
    await recordRefusal(ports, task, { fresh, error });
  }
}

async function askOrAdopt(ports: JobPorts, task: Task, fresh: FreshPair): Promise<void> {
  try {
    await settleLive(ports, task, { pair: fresh, listed: await ask(ports, task, fresh) });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Read after the 409: another worker may have stored the key of the one that is in the way.
    const row = await changeRow(ports, task.key, () => null);
    if (row !== null) await adoptOrReplace(ports, task, { row, fresh, existingId: error.existingId });
  }
}

/** What a 409 means: one of these exists. Ours is adopted; one that cannot be checked is deleted and made anew. */
async function adoptOrReplace(
  ports: JobPorts,
  task: Task,
  found: { readonly row: Subscription; readonly fresh: FreshPair; readonly existingId: string | null },
): Promise<void> {
  const wanted = { changeType: task.watched.changeType, existingId: found.existingId };
  const listed = await listedFor(found.row, wanted, task.remote);
  for (const one of listed) {
    const pair = pairOfListed(found.row, one, ports.config.publicBaseUrl);
    if (pair === null) continue;
    // The fresh pair was refused by the 409 and will never be used.
    if (pair.keyHash !== found.fresh.keyHash) await forgetPair(ports, task, found.fresh);
    await settleLive(ports, task, { pair, listed: one });
    return;
  }
  for (const one of listed) await task.remote.remove(one.id);
  try {
    await settleLive(ports, task, { pair: found.fresh, listed: await ask(ports, task, found.fresh) });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw new TransientError('a subscription is said to exist, but is not listed', error.facts, { cause: error });
  }
}

const ask = (ports: JobPorts, task: Task, fresh: FreshPair): Promise<RemoteSubscription> =>
  askLongest(ports.clock.now(), (expiresAt) =>
    task.remote.create({
      resource: task.watched.resource,
      changeType: task.watched.changeType,
      ...notificationUrls(ports.config.publicBaseUrl, fresh.key),
      clientState: fresh.clientState,
      expiresAt,
    }),
  );

/**
 * Asks for the longest life, and after a 400 that is no failed handshake for the shorter one that some resources and clouds
 * allow: what the error says promises nothing, so that a 400 for another reason is simply met twice.
 */
export async function askLongest<T>(now: Date, call: (expiresAt: Date) => Promise<T>): Promise<T> {
  const [longest, shorter] = LIVES_MIN;
  try {
    return await call(endOfLife(now, longest));
  } catch (error) {
    const expiration = error instanceof RejectedError && error.facts.status === 400;
    if (!expiration || error.facts.remoteCode === 'ValidationError') throw error;
    return await call(endOfLife(now, shorter));
  }
}

async function recordRefusal(
  ports: JobPorts,
  task: Task,
  refusal: { readonly fresh: FreshPair; readonly error: RejectedError | ConnectionError },
): Promise<void> {
  const trouble = refusal.error.facts.status === 403 ? 'refused' : 'unreachable';
  const { fresh } = refusal;
  const now = ports.clock.now();
  const recorded = await changeRow(ports, task.key, (row) => {
    if (row.keyHash !== fresh.keyHash || row.id !== null) return null;
    const failures = row.failures + 1;
    return { ...row, keyHash: null, stateHash: null, failures, trouble, nextProbeAt: nextProbe(now, failures) };
  });
  ports.log.warn('subscription.refused', {
    'connection.id': task.connection.id,
    resource: task.watched.resource,
    trouble,
    'remote.status': refusal.error.facts.status,
    'remote.code': refusal.error.facts.remoteCode,
    'remote.request_id': refusal.error.facts.requestId,
  });
  // Their next poll may be hours away, as a safety net that is none any more: a round finds the trouble and polls as scheduled.
  for (const connectionId of recorded?.connections ?? [])
    await wakeDomain(ports, { connectionId, domain: task.watched.domain }, null, 'schedule');
}

const forgetPair = (ports: JobPorts, task: Task, pair: Pair | FreshPair): Promise<Subscription | null> =>
  changeRow(ports, task.key, (row) =>
    row.keyHash === pair.keyHash && row.id === null ? { ...row, keyHash: null, stateHash: null } : null,
  );

function freshPair(ports: JobPorts): FreshPair {
  const key = ports.random.token(32);
  const clientState = ports.random.token(32);
  return { key, clientState, keyHash: secretHash(key), stateHash: secretHash(clientState) };
}
