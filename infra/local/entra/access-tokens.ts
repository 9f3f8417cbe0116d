import type { BearerPort, Caller, Tenant } from '../graph/tenant.ts';
import { secret } from './secret.ts';

interface AccessToken {
  readonly caller: Caller;
  readonly expiresMs: number;
  readonly forGraph: boolean;
  revoked: boolean;
}

/**
 * Access tokens: opaque words, good until they expire by the server's clock. Ending a refresh token or disabling an
 * account leaves them alone, as at Microsoft's.
 */
export class AccessTokens implements BearerPort {
  private readonly tenant: Tenant;
  private readonly tokens = new Map<string, AccessToken>();

  constructor(tenant: Tenant) {
    this.tenant = tenant;
  }

  /** A token for another resource than Graph is unknown to Graph. */
  check(token: string): Caller | 'unknown' | 'expired' | 'revoked' {
    const found = this.tokens.get(token);
    if (found === undefined || !found.forGraph) return 'unknown';
    if (found.revoked) return 'revoked';
    return found.expiresMs <= this.tenant.clock.ms() ? 'expired' : found.caller;
  }

  issue(caller: Caller, seconds: number, forGraph = true): string {
    const token = `eyJ0eXAiOiJKV1Qi.${secret(48)}.${secret(32)}`;
    this.tokens.set(token, { caller, expiresMs: this.tenant.clock.ms() + seconds * 1000, forGraph, revoked: false });
    return token;
  }

  /** When the token ends, in ms since the epoch; undefined for one that was never issued. */
  expiry(token: string): number | undefined {
    return this.tokens.get(token)?.expiresMs;
  }

  /** What continuous access evaluation does: Graph refuses the user's tokens before their time. */
  revokeOf(userId: string): void {
    for (const token of this.tokens.values()) if (token.caller.user?.id === userId) token.revoked = true;
  }
}
