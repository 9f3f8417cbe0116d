import { commitFree } from '../../engine/append.ts';
import type { Connection } from '../../engine/connection.ts';
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
 * which begins after this call does it. Answers the domains.
 */
export async function requestSync(ports: ApiPorts, connection: Connection, wishes: SyncWishes): Promise<string[]> {
  const domains = [...new Set(wishes.domains ?? connection.domains)];
  for (const domain of domains) {
    const scope = { connectionId: connection.id, domain };
    if (wishes.full === true || wishes.approveDeletes === true) await ask(ports, scope, wishes);
    await wakeDomain(ports, scope, null, 'manual');
  }
  return domains;
}

async function ask(ports: ApiPorts, scope: Scope, wishes: SyncWishes): Promise<void> {
  await commitFree(ports, scope, (chunk, head) => {
    const full = head.asked.full || wishes.full === true;
    const approveDeletes = head.asked.approveDeletes || wishes.approveDeletes === true;
    chunk.headPatch = { ...chunk.headPatch, asked: { full, approveDeletes } };
  });
}
