import { newAuditId, type AuditEntry } from '../engine/audit.ts';
import { codeOf } from '../errors.ts';
import type { JobPorts } from './ports.ts';

/** An act of somebody who shows no API key. */
export type Act = Pick<AuditEntry, 'operation' | 'on' | 'workspaceId'> &
  Partial<Pick<AuditEntry, 'outcome' | 'status' | 'code' | 'requestId' | 'actor'>>;

/**
 * Tells the audit what the service did by itself. After the act, at least once where a job is done again; it never stands
 * in the way of the job: a failure is logged as an error.
 */
export async function recordAct(ports: Pick<JobPorts, 'audit' | 'clock' | 'random' | 'log'>, act: Act): Promise<void> {
  try {
    await ports.audit.write({ ...entryOf(ports, act) });
  } catch (error) {
    ports.log.error('audit.failed', { operation: act.operation, ...act.on, 'error.code': codeOf(error) });
  }
}

/** The entry of an act that begins now; done by the system, unless it says otherwise. */
export const entryOf = (ports: Pick<JobPorts, 'clock' | 'random'>, act: Act): AuditEntry => ({
  ...newAuditId(ports),
  actor: { kind: 'system', name: null },
  changed: [],
  outcome: 'done',
  status: null,
  code: null,
  requestId: null,
  ...act,
});
