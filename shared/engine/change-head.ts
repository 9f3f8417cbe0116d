import { remembered } from './commit.ts';
import type { Head } from './head.ts';
import type { Scope } from './model.ts';
import { passFence } from './pass-fence.ts';
import type { EnginePorts } from './ports.ts';

/**
 * Changes a partition's head through its fence, whoever holds the lease: a running writer gets 412 and reads again (P2).
 * `change` answers null to leave it as it is; it may change a closed head too. Answers the head as it stands after, or null
 * where there is none.
 */
export function changeHead(
  ports: Pick<EnginePorts, 'store' | 'random'>,
  scope: Scope,
  change: (head: Head) => Head | null,
): Promise<Head | null> {
  return passFence(ports, async () => {
    const found = await ports.store.readHead(scope);
    if (found === null) return null;
    const changed = change(found.head);
    if (changed === null) return found.head;
    const commitId = ports.random.token(9);
    const head = { ...changed, commits: remembered(changed, commitId) };
    await ports.store.commit(scope, { version: found.version, head, commitId, writes: [] });
    return head;
  });
}
