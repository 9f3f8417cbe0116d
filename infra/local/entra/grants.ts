import type { Tenant, User } from '../graph/tenant.ts';
import { EntraError, entraTime } from './aadsts.ts';
import type { ScopeRequest } from './scopes.ts';
import { secret } from './secret.ts';

export const CODE_LIFE_MS = 10 * 60_000;

export interface CodeGrant {
  readonly clientId: string;
  readonly user: User;
  readonly redirectUri: string;
  readonly scopes: ScopeRequest;
  readonly nonce: string | undefined;
  readonly challenge: { readonly method: 'S256' | 'plain'; readonly value: string } | undefined;
  readonly mfa: boolean;
  /** Place among all grants; a revocation with a higher one ends it. */
  readonly order: number;
}

export interface RefreshGrant {
  readonly clientId: string;
  readonly user: User;
  readonly openid: readonly string[];
  readonly mfa: boolean;
  /** Place among all grants; a revocation with a higher one ends it. */
  readonly order: number;
  readonly issuedMs: number;
}

interface Stored<T> {
  readonly grant: T;
  readonly issuedMs: number;
  used: boolean;
}

/** Codes, refresh tokens, and what control has revoked. */
export class Grants {
  private readonly tenant: Tenant;
  private readonly codes = new Map<string, Stored<CodeGrant>>();
  private readonly refresh = new Map<string, Stored<RefreshGrant>>();
  private readonly revocations = new Map<string, { order: number; number: number }>();
  private order = 0;

  constructor(tenant: Tenant) {
    this.tenant = tenant;
  }

  /** Numbers sign-ins and revocations in the order in which they happen. */
  nextOrder(): number {
    this.order += 1;
    return this.order;
  }

  issueCode(grant: CodeGrant): string {
    const code = `1.AX${secret(110)}`;
    this.codes.set(code, { grant, issuedMs: this.tenant.clock.ms(), used: false });
    return code;
  }

  /** Finds a code without using it up. @throws EntraError 70000 unknown, 54005 used before, 70008 over 10 minutes old. */
  readCode(code: string, clientId: string): CodeGrant {
    const found = this.codes.get(code);
    if (found?.grant.clientId !== clientId)
      throw new EntraError(70000, "The provided value for the 'code' parameter is not valid.");
    if (found.used) throw new EntraError(54005);
    if (this.tenant.clock.ms() - found.issuedMs > CODE_LIFE_MS) throw new EntraError(70008);
    const revoked = this.revocationOf(found.grant.user.id, found.grant.order);
    if (revoked !== undefined) throw new EntraError(revoked);
    return found.grant;
  }

  useCode(code: string): void {
    const found = this.codes.get(code);
    if (found !== undefined) found.used = true;
  }

  issueRefresh(grant: Omit<RefreshGrant, 'issuedMs'>): string {
    const token = `1.AX${secret(200)}`;
    const issuedMs = this.tenant.clock.ms();
    this.refresh.set(token, { grant: { ...grant, issuedMs }, issuedMs, used: false });
    return token;
  }

  /**
   * Redeems a refresh token. The old one lives on beside its successor, unless the tenant is strict.
   * @throws EntraError 70000 unknown or of another app, 700082 unused too long, or whatever control has revoked it with.
   */
  readRefresh(token: string, clientId: string): RefreshGrant {
    const found = this.refresh.get(token);
    if (found?.grant.clientId !== clientId) throw new EntraError(70000);
    const { strict, lifetimeSeconds } = this.tenant.settings.refreshTokens;
    if (strict && found.used)
      throw new EntraError(70000, 'The provided grant has been redeemed before and is no longer valid.');
    const revoked = this.revocationOf(found.grant.user.id, found.grant.order);
    if (revoked !== undefined) throw new EntraError(revoked);
    if (this.tenant.clock.ms() - found.issuedMs > lifetimeSeconds * 1000)
      throw expired(found.issuedMs, lifetimeSeconds);
    return found.grant;
  }

  useRefresh(token: string): void {
    const found = this.refresh.get(token);
    if (found !== undefined) found.used = true;
  }

  /** Ends everything the user has been granted so far, until the next sign-in. */
  revoke(userId: string, number: number): void {
    this.revocations.set(userId, { order: this.nextOrder(), number });
  }

  /** The AADSTS number by which a grant of that place is dead, if it is. */
  revocationOf(userId: string, order: number): number | undefined {
    const found = this.revocations.get(userId);
    return found !== undefined && found.order > order ? found.number : undefined;
  }
}

function expired(issuedMs: number, lifetimeSeconds: number): EntraError {
  const days = Math.floor(lifetimeSeconds / 86_400);
  const rest = new Date((lifetimeSeconds % 86_400) * 1000).toISOString().slice(11, 19);
  return new EntraError(
    700082,
    `The refresh token has expired due to inactivity. The token was issued on ${entraTime(new Date(issuedMs))} and was inactive for ${days}.${rest}.`,
  );
}
