import type { Connection } from '../engine/connection.ts';
import type { Domain } from '../engine/domain.ts';
import { ConnectionError } from '../errors.ts';

/** The rights that a domain needs and that the sign-in did not give: there may have been none, as for a mailbox by OWA alone. */
const lacking = ({ scopes }: Pick<Connection, 'scopes'>, { needs = [] }: Pick<Domain, 'needs'>): readonly string[] =>
  needs.filter((right) => !scopes.includes(right));

/** Throws ConnectionError `consent_missing` where the sign-in does not reach as far as this domain; nothing is asked of Graph. */
export function demandRights(connection: Connection, domain: Domain): void {
  const missing = lacking(connection, domain);
  if (missing.length === 0) return;
  throw new ConnectionError('consent_missing', `The sign-in does not cover ${domain.name}: ${missing.join(', ')}`);
}

/** A failure as far as it concerns the connection: rights that one domain lacks are no concern of the others (P11). */
export const ofConnection = (
  error: ConnectionError | null,
  connection: Connection,
  domain: Domain,
): ConnectionError | null =>
  error?.reason === 'consent_missing' && lacking(connection, domain).length > 0 ? null : error;
