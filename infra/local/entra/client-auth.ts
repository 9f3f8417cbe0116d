import { timingSafeEqual } from 'node:crypto';
import { EntraError } from './aadsts.ts';
import { checkAssertion, type AssertionCheck } from './assertion.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface ClientCredential {
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
  readonly assertionType: string | undefined;
}

/**
 * Checks that the caller is the app, by its secret or by a client assertion (certificate or federated identity).
 * @throws EntraError 7000215 wrong secret, 7000222 expired secret, 7000218 no credential at all, 70002 another kind of
 * assertion, 90023 both at once, and what `checkAssertion` throws.
 */
export async function authenticateClient(check: AssertionCheck, credential: ClientCredential): Promise<void> {
  const { state, app } = check;
  const { secret, assertion, assertionType } = credential;
  if (assertion !== undefined) {
    if (secret !== undefined) throw new EntraError(90023, 'Both a client_secret and a client_assertion were given.');
    if (assertionType !== ASSERTION_TYPE) throw new EntraError(70002, 'The client_assertion_type is not supported.');
    await checkAssertion(check, assertion);
    return;
  }
  if (secret === undefined || secret === '') throw new EntraError(7000218);
  if (!equal(secret, app.secret)) {
    throw new EntraError(
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
    );
  }
  if (state.traitsOf(app.clientId).secretExpired) {
    throw new EntraError(7000222, `The provided client secret keys for app '${app.clientId}' are expired.`);
  }
}

function equal(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
