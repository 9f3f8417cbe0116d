import type { Subscription, VersionedSubscription } from '../../engine/connection.ts';
import { codeOf } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { changeRow } from '../subscriptions/rows.ts';

const TOUCH_MS = 60_000;

/**
 * Records that a notification came, once a minute at most, and trusts the subscription again. A failure is only logged: no
 * round depends on it, and the next notification records it.
 */
export async function touchSubscription(
  ports: Pick<JobPorts, 'subscriptions' | 'lookups' | 'clock' | 'log'>,
  seen: VersionedSubscription,
): Promise<void> {
  const now = ports.clock.now();
  const fresh = (row: Subscription): boolean =>
    !row.distrusted && row.lastNotificationAt !== null && now.getTime() - Date.parse(row.lastNotificationAt) < TOUCH_MS;
  if (fresh(seen.subscription)) return;
  try {
    await changeRow(
      ports,
      seen.subscription,
      (row) => (fresh(row) ? null : { ...row, lastNotificationAt: now.toISOString(), distrusted: false }),
      seen,
    );
  } catch (error) {
    ports.log.warn('subscription.not_touched', { resource: seen.subscription.resource, 'error.code': codeOf(error) });
  }
}
