import { commitFree } from '../../engine/append.ts';
import { noEffect } from '../../engine/chunk.ts';
import type { Connection } from '../../engine/connection.ts';
import { readFreshAnswer, type RequestOnce } from '../../engine/idempotency.ts';
import type { Scope } from '../../engine/model.ts';
import { wakeDomain } from '../../jobs/wake-domain.ts';
import type { ApiPorts } from '../ports.ts';

/** What a round may be asked for besides running. */
export interface SyncWishes {
  readonly domains?: readonly string[] | undefined;
  readonly full?: boolean | undefined;
  readonly approveDeletes?: boolean | undefined;
}

/**
 * Asks for a round of each domain: what it is asked for stands in the head before the round is promised, so that a round
 * which begins after this call does it. Answers the domains. A request with an Idempotency-Key that is worked on again,
 * after a crash, asks nothing a second time: an approval that was used up must not pass deletions that nobody saw.
 */
export async function requestSync(
  ports: ApiPorts,
  connection: Connection,
  wishes: SyncWishes & { readonly once?: RequestOnce | undefined },
): Promise<string[]> {
  const domains = [...new Set(wishes.domains ?? connection.domains)];
  for (const domain of domains) {
    const scope = { connectionId: connection.id, domain };
    if (wishes.full === true || wishes.approveDeletes === true) await ask(ports, scope, wishes);
    await wakeDomain(ports, scope, null, 'manual');
  }
  return domains;
}

async function ask(
  ports: ApiPorts,
  scope: Scope,
  { once, ...wishes }: SyncWishes & { readonly once?: RequestOnce | undefined },
): Promise<void> {
  await commitFree(ports, scope, async (chunk, head) => {
    if (once !== undefined) {
      if ((await readFreshAnswer(ports, scope, once.key)) !== null) return;
      const put = { ...once, status: 202, body: '', at: ports.clock.now().toISOString() };
      chunk.add({ ...noEffect, writes: [{ row: 'answer', put }] });
    }
    const full = head.asked.full || wishes.full === true;
    const approveDeletes = head.asked.approveDeletes || wishes.approveDeletes === true;
    chunk.headPatch = { ...chunk.headPatch, asked: { full, approveDeletes } };
  });
}
