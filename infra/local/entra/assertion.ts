import { X509Certificate } from 'node:crypto';
import { compactVerify, errors, importX509 } from 'jose';
import { z } from 'zod';
import type { AppRegistration } from '../graph/tenant.ts';
import { EntraError } from './aadsts.ts';
import type { EntraState } from './state.ts';
import type { FederatedCredential } from './tenants.ts';

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string().min(1),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
  jti: z.string().optional(),
});
type Claims = z.infer<typeof claimsSchema>;

const headerSchema = z.looseObject({
  alg: z.string(),
  kid: z.string().optional(),
  x5t: z.string().optional(),
  'x5t#S256': z.string().optional(),
});
type Header = z.infer<typeof headerSchema>;

/** Clocks may differ by this much. */
const SKEW_S = 300;

export interface AssertionCheck {
  readonly state: EntraState;
  readonly app: AppRegistration;
  /** Of the token endpoint that was called, as the client named it: `http://127.0.0.1:port/common`. */
  readonly authority: string;
}

/**
 * Checks a client assertion as Entra does: signed with the key of a certificate that is registered and valid, or a token of an
 * issuer, subject and audience that the registration trusts; for this app, this authority and this moment.
 * @throws EntraError 50027 malformed, 700027 key or signature, 700021 another app, 700023 another audience, 700024 time,
 * 700211, 700213, 700212 not trusted (issuer, subject, audience).
 */
export async function checkAssertion(check: AssertionCheck, assertion: string): Promise<void> {
  const { header, claims } = readAssertion(assertion);
  if (claims.iss.startsWith('https://')) {
    await checkFederated(check, assertion, claims);
    return;
  }
  await checkSignature(check, assertion, header);
  if (claims.iss !== check.app.clientId || claims.sub !== check.app.clientId)
    throw new EntraError(700021, `Client assertion application identifier doesn't match 'client_id' parameter.`);
  const audiences = [`${check.authority}/oauth2/v2.0/token`, `${check.authority}/v2.0`];
  if (typeof claims.aud !== 'string' || !audiences.includes(claims.aud)) throw new EntraError(700023);
  checkTime(check, claims);
  if (claims.jti === undefined || claims.jti === '') throw malformed('no jti');
}

function readAssertion(assertion: string): { header: Header; claims: Claims } {
  const parts = assertion.split('.');
  const [header, claims] = parts.map(parsePart);
  const readHeader = headerSchema.safeParse(header);
  const readClaims = claimsSchema.safeParse(claims);
  if (parts.length !== 3 || !readHeader.success || !readClaims.success) throw malformed('not a signed JWT');
  return { header: readHeader.data, claims: readClaims.data };
}

function parsePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** The key is named by the thumbprint of its certificate. */
async function checkSignature({ state, app }: AssertionCheck, assertion: string, header: Header): Promise<void> {
  const named = header['x5t#S256'] ?? header.x5t ?? header.kid ?? '';
  const shown = Buffer.from(named, 'base64url').toString('hex').toUpperCase();
  const refused = (reason: string): EntraError =>
    new EntraError(
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ${reason}, Thumbprint of key used by client: '${shown}']`,
    );
  const held = state.traitsOf(app.clientId).certificates.map((pem) => new X509Certificate(pem));
  const certificate = held.find((one) => thumbprints(one).includes(named));
  if (certificate === undefined) throw refused('The key was not found.');
  if (Date.parse(certificate.validTo) <= state.tenant.clock.ms()) throw refused('The key used is expired.');
  if (!['RS256', 'PS256'].includes(header.alg)) throw refused(`The algorithm ${header.alg} is not supported.`);
  const key = await importX509(certificate.toString(), header.alg);
  if (!(await isSigned(assertion, key))) throw refused('The provided signature value did not match the expected one.');
}

const thumbprints = (certificate: X509Certificate): string[] =>
  [certificate.fingerprint256, certificate.fingerprint].map((hex) =>
    Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url'),
  );

type Key = Awaited<ReturnType<typeof importX509>>;

async function isSigned(assertion: string, key: Key): Promise<boolean> {
  try {
    await compactVerify(assertion, key);
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

/** A token of an identity that the registration trusts: of a managed identity, here, whose issuer is this tenant. */
async function checkFederated(check: AssertionCheck, assertion: string, claims: Claims): Promise<void> {
  const { state, app } = check;
  const trusted = state.traitsOf(app.clientId).federated;
  const fits = (one: FederatedCredential, name: 'issuer' | 'subject'): boolean =>
    one[name] === (name === 'issuer' ? claims.iss : claims.sub);
  const byIssuer = trusted.filter((one) => fits(one, 'issuer'));
  if (byIssuer.length === 0)
    throw new EntraError(
      700211,
      `No matching federated identity record found for presented assertion issuer '${claims.iss}'.`,
    );
  const bySubject = byIssuer.filter((one) => fits(one, 'subject'));
  if (bySubject.length === 0)
    throw new EntraError(
      700213,
      `No matching federated identity record found for presented assertion subject '${claims.sub}'.`,
    );
  if (!bySubject.some(({ audience }) => audience === claims.aud))
    throw new EntraError(
      700212,
      `No matching federated identity record found for presented assertion audience '${String(claims.aud)}'.`,
    );
  if (!(await isSigned(assertion, await state.key.publicKey()))) throw new EntraError(50013);
  checkTime(check, claims);
}

function checkTime({ state }: AssertionCheck, { exp, nbf }: Claims): void {
  const now = state.tenant.clock.ms() / 1000;
  if (exp <= now || (nbf ?? 0) > now + SKEW_S) throw new EntraError(700024);
}

const malformed = (why: string): EntraError => new EntraError(50027, `JWT token is invalid or malformed: ${why}.`);
