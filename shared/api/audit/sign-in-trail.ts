import type { AuditEntry } from '../../engine/audit.ts';
import { codeOf } from '../../errors.ts';
import { entryOf } from '../../jobs/record-act.ts';
import type { ApiPorts } from '../ports.ts';

/** What the audit is told of one sign-in on the pages of a connect link. */
export interface SignInTrail {
  /** Before the account is connected; throws StorageError, and then it is not. */
  begin(): Promise<void>;
  /** How it ended. Never throws: what is done stays done, and the entry then says that its end is not known. */
  end(outcome: AuditEntry['outcome'], more: Partial<Pick<AuditEntry, 'code' | 'on'>>): Promise<void>;
}

/** The trail of a sign-in. Nobody is named: who signed in is the user of the connection that comes of it. */
export function signInTrail(
  ports: Pick<ApiPorts, 'audit' | 'clock' | 'random' | 'log'>,
  { workspaceId, requestId }: { readonly workspaceId: string | null; readonly requestId: string },
): SignInTrail {
  const actor = { kind: 'user', name: null };
  const operation = 'connectAccount';
  const entry = entryOf(ports, { operation, on: {}, workspaceId, requestId, actor, outcome: 'begun' });
  return {
    begin: () => ports.audit.write(entry),
    end: async (outcome, more) => {
      try {
        await ports.audit.write({ ...entry, outcome, ...more });
      } catch (error) {
        const facts = { 'request.id': requestId, operation: entry.operation, 'error.code': codeOf(error) };
        ports.log.error('audit.failed', facts);
      }
    },
  };
}
