import { randomUUID } from 'node:crypto';
import type { Tenant } from '../graph/tenant.ts';
import { AccessTokens } from './access-tokens.ts';
import { Consents } from './consents.ts';
import type { Flow } from './flow.ts';
import { Grants } from './grants.ts';
import { createSigningKey, type SigningKey } from './keys.ts';
import { secret } from './secret.ts';
import { DEFAULT_TRAITS, type AppTraits } from './tenants.ts';

/** Someone signed in at a browser: what lets the next sign-in go without a password. */
export interface SignedIn {
  readonly userId: string;
  /** Place among all grants; a revocation that comes later ends it. */
  readonly order: number;
  readonly mfa: boolean;
}

export interface Browser {
  readonly id: string;
  readonly sessionId: string;
  signedIn: SignedIn[];
}

const MOST_FLOWS = 2000;

/** All that the sign-in remembers; gone when the server ends. */
export class EntraState {
  readonly tenant: Tenant;
  readonly key: SigningKey = createSigningKey();
  readonly grants: Grants;
  readonly tokens: AccessTokens;
  readonly consents = new Consents();
  private readonly flows = new Map<string, Flow>();
  private readonly browsers = new Map<string, Browser>();
  private readonly traits = new Map<string, AppTraits>();

  constructor(tenant: Tenant) {
    this.tenant = tenant;
    this.grants = new Grants(tenant);
    this.tokens = new AccessTokens(tenant);
  }

  traitsOf(clientId: string): AppTraits {
    return this.traits.get(clientId.toLowerCase()) ?? DEFAULT_TRAITS;
  }

  setTraits(clientId: string, traits: AppTraits): void {
    this.traits.set(clientId.toLowerCase(), traits);
  }

  flow(id: string): Flow | undefined {
    return this.flows.get(id);
  }

  /** Keeps a sign-in under way. The oldest ones fall out: abandoned tabs must not add up. */
  keep(flow: Flow): void {
    this.flows.set(flow.id, flow);
    const [oldest] = this.flows.keys();
    if (this.flows.size > MOST_FLOWS && oldest !== undefined) this.flows.delete(oldest);
  }

  end(flow: Flow): void {
    this.flows.delete(flow.id);
  }

  /** The browser of a cookie, or a new one. */
  browser(id: string | undefined): Browser {
    const known = id === undefined ? undefined : this.browsers.get(id);
    if (known !== undefined) return known;
    const made: Browser = { id: secret(24), sessionId: randomUUID(), signedIn: [] };
    this.browsers.set(made.id, made);
    return made;
  }

  forget(browser: Browser): void {
    this.browsers.delete(browser.id);
  }
}
