import { remembered } from '../engine/commit.ts';
import type { Head } from '../engine/head.ts';
import type { Scope } from '../engine/model.ts';
import { FenceLostError } from '../errors.ts';
import type { JobPorts } from './ports.ts';

const MOST_TRIES = 50;

/**
 * Changes a partition's head through its fence, whoever holds the lease: a running writer gets 412 and reads again (P2).
 * `change` answers null to leave it as it is. Answers the head as it stands after, or null where there is none.
 */
export async function changeHead(
  ports: Pick<JobPorts, 'store' | 'random'>,
  scope: Scope,
  change: (head: Head) => Head | null,
): Promise<Head | null> {
  for (let tries = 1; ; tries++) {
    const found = await ports.store.readHead(scope);
    if (found === null) return null;
    const changed = change(found.head);
    if (changed === null) return found.head;
    const commitId = ports.random.token(9);
    const head = { ...changed, commits: remembered(changed, commitId) };
    try {
      await ports.store.commit(scope, { version: found.version, head, commitId, writes: [] });
      return head;
    } catch (error) {
      if (!(error instanceof FenceLostError) || tries >= MOST_TRIES) throw error;
    }
  }
}
