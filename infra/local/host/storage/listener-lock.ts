import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { pause } from '../abort.ts';
import { errorMessage, type Log } from '../log.ts';
import { expectStatus, statusOf } from './status-code.ts';

export interface LockOptions {
  readonly container: ContainerClient;
  /** Blob name under the container. */
  readonly name: string;
  /** Life of the lease, 15 to 60 seconds. */
  readonly seconds: number;
  /** How often one that has not got the lock asks again. */
  readonly pollSeconds: number;
  readonly log: Log;
}

/**
 * Runs `work` while this process holds the lease of a blob, so that only one of all hosts on a storage account does.
 * `work` gets a signal that comes when the lease is lost or everything ends; then the lock is asked for again until
 * `signal` comes. Troubles with the storage are logged and tried again.
 */
export async function whileLocked(
  options: LockOptions,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<void>,
): Promise<void> {
  const { log, name, pollSeconds } = options;
  while (!signal.aborted) {
    try {
      const leaseId = await acquire(options);
      if (leaseId !== undefined) await hold(options, leaseId, signal, work);
    } catch (error) {
      log({ level: 'warning', category: 'Host.Singleton', message: `Lock ${name}: ${errorMessage(error)}` });
    }
    await pause(pollSeconds * 1000, signal);
  }
}

function blobOf({ container, name }: LockOptions): BlockBlobClient {
  return container.getBlockBlobClient(name);
}

/** The lease id, or undefined while another holds it. */
async function acquire(options: LockOptions): Promise<string | undefined> {
  await options.container.createIfNotExists();
  const blob = blobOf(options);
  try {
    await blob.upload('', 0, { conditions: { ifNoneMatch: '*' } });
  } catch (error) {
    // It is there already, leased or not.
    expectStatus(error, 409, 412);
  }
  try {
    return (await blob.getBlobLeaseClient().acquireLease(options.seconds)).leaseId;
  } catch (error) {
    expectStatus(error, 409);
    return undefined;
  }
}

async function hold(
  options: LockOptions,
  leaseId: string,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  const held = AbortSignal.any([signal, lost.signal]);
  const renewal = keepRenewing(options, leaseId, held).then(() => {
    lost.abort();
  });
  try {
    await work(held);
  } finally {
    lost.abort();
    await renewal;
    await blobOf(options)
      .getBlobLeaseClient(leaseId)
      .releaseLease()
      // Whoever has it now, or its end, makes the release needless.
      .catch(() => undefined);
  }
}

/** Returns when the lease is lost or the signal comes. A network error is tried again until the lease is over. */
async function keepRenewing(options: LockOptions, leaseId: string, held: AbortSignal): Promise<void> {
  const lease = blobOf(options).getBlobLeaseClient(leaseId);
  let until = Date.now() + options.seconds * 1000;
  for (;;) {
    await pause((options.seconds * 1000) / 3, held);
    if (held.aborted) return;
    const asked = Date.now();
    try {
      const over = AbortSignal.timeout(Math.max(0, until - asked));
      await lease.renewLease({ abortSignal: AbortSignal.any([held, over]) });
      until = asked + options.seconds * 1000;
    } catch (error) {
      const refused = [404, 409, 412].includes(statusOf(error) ?? 0);
      if (refused || Date.now() >= until) return;
    }
  }
}
