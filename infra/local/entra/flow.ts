import { randomUUID } from 'node:crypto';
import type { AppRegistration, User } from '../graph/tenant.ts';
import type { ScopeRequest } from './scopes.ts';
import { secret } from './secret.ts';
import type { Audience } from './tenants.ts';

export type ResponseMode = 'query' | 'fragment' | 'form_post';
export type Prompt = 'login' | 'none' | 'consent' | 'select_account';

/** What the application asked for, checked. */
export interface AuthorizeRequest {
  readonly kind: 'code' | 'adminConsent';
  readonly app: AppRegistration;
  readonly audience: Audience;
  /** The tenant segment as it stood in the path: pages post back under it. */
  readonly tenantSegment: string;
  readonly redirectUri: string;
  readonly scopes: ScopeRequest;
  readonly state: string | undefined;
  readonly nonce: string | undefined;
  readonly responseMode: ResponseMode;
  readonly prompt: Prompt | undefined;
  readonly loginHint: string | undefined;
  readonly clientInfo: boolean;
  readonly challenge: { readonly method: 'S256' | 'plain'; readonly value: string } | undefined;
}

/** One sign-in under way, from the first page to the redirect. */
export interface Flow {
  readonly id: string;
  readonly correlationId: string;
  readonly browserId: string;
  readonly request: AuthorizeRequest;
  /** Named, and not yet proved. */
  user: User | undefined;
  proved: boolean;
  mfa: boolean;
  consented: boolean;
}

export function newFlow(request: AuthorizeRequest, browserId: string): Flow {
  return {
    id: secret(24),
    correlationId: randomUUID(),
    browserId,
    request,
    user: undefined,
    proved: false,
    mfa: false,
    consented: false,
  };
}
