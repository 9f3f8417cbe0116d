import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AppRegistration } from '../graph/tenant.ts';
import { EntraError } from './aadsts.ts';
import type { EntraState } from './state.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const assertionClaims = z.object({ iss: z.string(), sub: z.string(), exp: z.number() });

export interface ClientCredential {
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
  readonly assertionType: string | undefined;
}

/**
 * Checks that the caller is the app. An assertion (certificate or federated identity) is checked by its form, its names
 * and its end alone: there is no certificate to check the signature against.
 * @throws EntraError 7000215 wrong secret, 7000222 expired secret, 7000218 no credential at all, 70002 bad assertion.
 */
export function authenticateClient(state: EntraState, app: AppRegistration, credential: ClientCredential): void {
  const { secret, assertion, assertionType } = credential;
  if (assertion !== undefined) {
    if (assertionType !== ASSERTION_TYPE) throw new EntraError(70002, 'The client_assertion_type is not supported.');
    checkAssertion(assertion, app, state.tenant.clock.ms());
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

function checkAssertion(assertion: string, app: AppRegistration, nowMs: number): void {
  const claims = readClaims(assertion.split('.')[1]);
  const ok = claims !== undefined && claims.sub !== '' && claims.exp * 1000 > nowMs;
  // With a certificate issuer and subject are the app; a federated identity names its own issuer and subject.
  const ofApp = claims?.iss === app.clientId && claims.sub === app.clientId;
  const federated = claims !== undefined && claims.iss.startsWith('https://');
  if (!ok || !(ofApp || federated))
    throw new EntraError(70002, 'Client assertion is malformed, expired or of another application.');
}

function readClaims(part: string | undefined): z.infer<typeof assertionClaims> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    const parsed = assertionClaims.safeParse(json);
    return parsed.success ? parsed.data : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function equal(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
