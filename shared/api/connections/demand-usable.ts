import type { Connection } from '../../engine/connection.ts';
import type { Head } from '../../engine/head.ts';
import { ProblemError, type ConnectionReason } from '../../errors.ts';

const again = 'Send its user through a new connect link';

/** What mends each reason for which an account cannot be synced. */
const mending: Readonly<Record<ConnectionReason, string>> = {
  reauth_required: again,
  consent_missing: `${again}, who must agree to what is asked for`,
  admin_consent_required: 'An administrator of its organisation must agree to this application first',
  interaction_required: `${again}: Microsoft asks for more proof`,
  account_disabled: 'The account is disabled; its administrator can enable it',
  access_denied: 'Exchange refuses access to the mailbox; its administrator can allow it',
  mailbox_unreachable: 'The account has no mailbox that can be reached',
  app_misconfigured: 'The operator of this service must mend its registration with Microsoft',
  owa_mfa_required: 'Its session must be renewed by signing in',
  owa_layout_changed: 'Outlook on the web has changed; the operator of this service must update it',
};

/** Whether a refusal with this code is one of `demandUsable`: nothing was written, and it may be when somebody has acted. */
export const isReason = (reason: string | null): reason is ConnectionReason =>
  reason !== null && Object.hasOwn(mending, reason);

/**
 * Throws 409 where a write could not reach Microsoft 365 until somebody acts, with the reason as its code and what to do.
 * What passes by itself (throttling, failures of Microsoft's) is no hindrance: a write waits for it in the outbox.
 */
export function demandUsable(connection: Connection, head: Pick<Head, 'status'>): void {
  const ownReason = head.status.status === 'error' ? head.status.reason : null;
  const reason = connection.status === 'reauth_required' ? connection.reason : ownReason;
  if (!isReason(reason)) return;
  throw new ProblemError(409, reason, `The account cannot be written to now. ${mending[reason]}.`);
}
