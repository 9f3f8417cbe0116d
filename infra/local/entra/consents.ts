import type { AppRegistration, User } from '../graph/tenant.ts';
import type { ScopeRequest } from './scopes.ts';

/** Which permissions whom let which app have. Entries are `{resource}/{permission}` and the OpenID words. */
export class Consents {
  private readonly byUser = new Map<string, Set<string>>();
  private readonly byAdmin = new Map<string, Set<string>>();

  /** What the app may have of this user now. Withdrawn consent is none, whatever was given before. */
  of(app: AppRegistration, user: User): ReadonlySet<string> {
    const admin = user.kind === 'work' ? this.byAdmin.get(app.clientId) : undefined;
    const own = user.consent === 'withdrawn' ? undefined : this.byUser.get(key(app, user));
    return new Set([...(admin ?? []), ...(own ?? [])]);
  }

  /** The user accepts: after a withdrawal this is a fresh start, nothing from before comes back. */
  accept(app: AppRegistration, user: User, entries: readonly string[]): void {
    const before = user.consent === 'withdrawn' ? [] : (this.byUser.get(key(app, user)) ?? []);
    this.byUser.set(key(app, user), new Set([...before, ...entries]));
    if (user.consent === 'withdrawn') user.consent = 'granted';
  }

  /** An admin accepts for all work accounts of the tenant. */
  acceptForAll(app: AppRegistration, entries: readonly string[]): void {
    const before = this.byAdmin.get(app.clientId) ?? ['openid', 'profile', 'email', 'offline_access'];
    this.byAdmin.set(app.clientId, new Set([...before, ...entries]));
  }

  grantedByAdmin(app: AppRegistration, entry: string): boolean {
    return this.byAdmin.get(app.clientId)?.has(entry) ?? false;
  }
}

/** The permissions a `.default` request asks for where nothing was consented yet: those of the registration. */
const REGISTERED = ['User.Read', 'Mail.ReadWrite', 'MailboxSettings.Read'] as const;

/** Everything that a request wants, as entries to be consented. */
export function entriesOf(scopes: ScopeRequest): readonly string[] {
  const asked = scopes.isDefault
    ? REGISTERED.map((name) => `${scopes.resource}/${name}`)
    : scopes.permissions.map((one) => `${one.resource}/${one.name}`);
  return [...scopes.openid, ...asked];
}

/** The permissions of one resource, without its name. */
export function permissionsOf(entries: Iterable<string>, resource: string): readonly string[] {
  return [...entries]
    .filter((entry) => entry.startsWith(`${resource}/`))
    .map((entry) => entry.slice(resource.length + 1));
}

function key(app: AppRegistration, user: User): string {
  return `${app.clientId}|${user.id}`;
}
