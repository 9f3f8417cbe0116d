import type { Subscription, VersionedSubscription } from '../../engine/connection.ts';
import { AppError, codeOf } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { changeRow } from '../subscriptions/rows.ts';

/** For so long after one that was recorded others need not be. */
export const TOUCH_MS = 60_000;

type TouchPorts = Pick<JobPorts, 'subscriptions' | 'lookups' | 'clock' | 'log'>;

/**
 * Records that a notification came, once a minute at most, and trusts the subscription again. Answers the row as it stands
 * then, where that is known. A failure is only logged: no round depends on it, and the next notification records it.
 */
export async function touchSubscription(
  ports: TouchPorts,
  seen: VersionedSubscription,
): Promise<VersionedSubscription | null> {
  const now = ports.clock.now();
  if (touched(seen.subscription, now) === null) return seen;
  const written = await touchUnread(ports, seen);
  if (written !== null) return written;
  try {
    await changeRow(ports, seen.subscription, (row) => touched(row, now));
  } catch (error) {
    ports.log.warn('subscription.not_touched', { resource: seen.subscription.resource, 'error.code': codeOf(error) });
  }
  return null;
}

/** Whether a notification that comes now is to be recorded in this row. */
export const isTouchDue = (row: Subscription, now: Date): boolean => touched(row, now) !== null;

/**
 * Records it in the row as it was last seen. Its version lets the write through only if it still stands so: where that
 * answers a row, this is as good as reading it. Null = it stands otherwise, or nobody knows.
 */
export async function touchUnread(
  ports: Pick<TouchPorts, 'subscriptions' | 'clock'>,
  seen: VersionedSubscription,
): Promise<VersionedSubscription | null> {
  const subscription = touched(seen.subscription, ports.clock.now()) ?? seen.subscription;
  try {
    return { subscription, version: await ports.subscriptions.write(subscription, seen.version) };
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** The row with its record of a notification; null where that is recorded already. */
function touched(row: Subscription, now: Date): Subscription | null {
  const last = row.lastNotificationAt;
  if (!row.distrusted && last !== null && now.getTime() - Date.parse(last) < TOUCH_MS) return null;
  return { ...row, lastNotificationAt: now.toISOString(), distrusted: false };
}
