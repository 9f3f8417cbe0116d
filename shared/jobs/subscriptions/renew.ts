import { GoneError, RejectedError } from '../../errors.ts';
import type { Subscription } from '../../engine/connection.ts';
import { plus } from '../../lib/clock.ts';
import type { JobPorts } from '../ports.ts';
import { askLongest, createSubscription, type Task } from './create.ts';
import { renewalOf } from './life.ts';
import { withoutLive } from './pairs.ts';
import { changeRow } from './rows.ts';

/** While one worker renews, the others of the same mailbox leave it alone; a crash costs as much. */
const CLAIM_MS = 60_000;

/**
 * Prolongs the live subscription. One that is gone (404, 410) or that Graph will not prolong is made anew at once, and so is
 * one that is not trusted any more (it was told too little) or that sends to an address which is ours no longer.
 */
export async function renewSubscription(ports: JobPorts, task: Task): Promise<void> {
  const id = await claim(ports, task);
  if (id === null) return;
  const row = await changeRow(ports, task.key, () => null);
  if (row?.distrusted === true || (row !== null && isElsewhere(row, ports.config.publicBaseUrl))) {
    await task.remote.remove(id);
    await replace(ports, task, id);
    return;
  }
  try {
    await prolong(ports, task, id);
  } catch (error) {
    if (error instanceof RejectedError) await task.remote.remove(id);
    else if (!(error instanceof GoneError)) throw error;
    await replace(ports, task, id);
  }
}

/** The id to renew; null where another worker is at it or was. */
async function claim(ports: JobPorts, task: Task): Promise<string | null> {
  const now = ports.clock.now();
  let claimed: string | null = null;
  await changeRow(ports, task.key, (row) => {
    claimed = null;
    if (row.id === null || !(renewalDue(row, now) || isElsewhere(row, ports.config.publicBaseUrl))) return null;
    claimed = row.id;
    return { ...row, renewAt: plus(now, CLAIM_MS).toISOString() };
  });
  return claimed;
}

/** A live subscription whose time to be renewed has come. */
export const renewalDue = (row: Subscription, now: Date): boolean =>
  row.id !== null && (row.renewAt === null || row.renewAt <= now.toISOString());

/** A live subscription that sends to another address than the one where we are reached now. */
export const isElsewhere = (row: Subscription, publicBaseUrl: string): boolean =>
  row.id !== null && typeof row.sentTo === 'string' && row.sentTo !== publicBaseUrl;

async function prolong(ports: JobPorts, task: Task, id: string): Promise<void> {
  const { expiresAt } = await askLongest(ports.clock.now(), (end) => task.remote.renew(id, end));
  const renewAt = renewalOf(ports.clock.now(), expiresAt, ports.config.renewBeforeMs);
  await changeRow(ports, task.key, (row) => (row.id === id ? { ...row, expiresAt, renewAt, failures: 0 } : null));
  ports.log.info('subscription.renewed', { resource: task.key.resource, 'expires.at': expiresAt, 'renew.at': renewAt });
}

async function replace(ports: JobPorts, task: Task, id: string): Promise<void> {
  ports.log.warn('subscription.replaced', { resource: task.key.resource });
  await changeRow(ports, task.key, (row) => (row.id === id ? withoutLive(row, ports.clock.now()) : null));
  await createSubscription(ports, task);
}
