import type { NewChange, Scope } from '../engine/model.ts';
import { changeHead } from '../engine/change-head.ts';
import { poisonedStatus } from './conclude.ts';
import type { JobPorts } from './ports.ts';

export type FailurePorts = Pick<
  JobPorts,
  'connections' | 'store' | 'random' | 'clock' | 'log' | 'config' | 'appendChanges'
>;

/**
 * Records on its domain a job that failed for good, and tells the application once per streak (`sync.failed`). A
 * connection that is gone is left alone.
 */
export async function recordFailure(
  ports: FailurePorts,
  scope: Scope,
  failure: { readonly poison: true; readonly error: string },
): Promise<void> {
  const connection = (await ports.connections.read(scope.connectionId))?.connection ?? null;
  if (connection === null) return;
  let feed: readonly NewChange[] = [];
  await changeHead(ports, scope, (head) => {
    feed = [];
    if (head.closed) return null;
    const conclusion = poisonedStatus(head.status, {
      connection,
      domain: scope.domain,
      now: ports.clock.now(),
      text: failure.error,
    });
    feed = conclusion.feed;
    return { ...head, status: conclusion.status };
  });
  if (feed.length > 0) await ports.appendChanges(scope, feed);
}
