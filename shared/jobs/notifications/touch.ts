import type { Subscription } from '../../engine/connection.ts';
import { codeOf } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { changeRow } from '../subscriptions/rows.ts';

const TOUCH_MS = 60_000;

/**
 * Records that a notification came, once a minute at most, and trusts the subscription again. A failure is only logged: the
 * rounds are promised by now, and the next notification records it.
 */
export async function touchSubscription(
  ports: Pick<JobPorts, 'subscriptions' | 'lookups' | 'clock' | 'log'>,
  seen: Subscription,
): Promise<void> {
  const now = ports.clock.now();
  const fresh = (row: Subscription): boolean =>
    !row.distrusted && row.lastNotificationAt !== null && now.getTime() - Date.parse(row.lastNotificationAt) < TOUCH_MS;
  if (fresh(seen)) return;
  try {
    await changeRow(ports, seen, (row) =>
      fresh(row) ? null : { ...row, lastNotificationAt: now.toISOString(), distrusted: false },
    );
  } catch (error) {
    ports.log.warn('subscription.not_touched', { resource: seen.resource, 'error.code': codeOf(error) });
  }
}
