import type { AppRegistration, Tenant, User } from '../graph/tenant.ts';
import { EntraError } from './aadsts.ts';

/** The tenant id of all personal Microsoft accounts. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Who may sign in at a path: anyone, work accounts, personal ones, or those of this tenant. */
export type Audience = 'common' | 'organizations' | 'consumers' | 'home';

/** Whose tokens a registration takes for its own proof. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/** What a registration says beside its secret: who may use it, whether the secret is still good, and its other credentials. */
export interface AppTraits {
  readonly audience: 'single' | 'multiple' | 'all';
  readonly secretExpired: boolean;
  /** PEM, public parts alone. */
  readonly certificates: readonly string[];
  readonly federated: readonly FederatedCredential[];
}

export const DEFAULT_TRAITS: AppTraits = { audience: 'all', secretExpired: false, certificates: [], federated: [] };

export function tenantOf(user: User, tenant: Tenant): string {
  return user.kind === 'personal' ? PERSONAL_TENANT : tenant.id;
}

/** Reads the tenant segment of a path. @throws EntraError 90002 for a tenant that is not this one. */
export function audienceOf(segment: string, tenant: Tenant): Audience {
  const name = segment.toLowerCase();
  if (name === 'common' || name === 'organizations' || name === 'consumers') return name;
  if (name === PERSONAL_TENANT) return 'consumers';
  if (name === tenant.id || name === tenant.domain || isDomainOfUser(name, tenant)) return 'home';
  throw new EntraError(
    90002,
    `Tenant '${segment}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  );
}

/** @throws EntraError 50194 where an app of one tenant is used at a path for all. */
export function checkAudience(audience: Audience, app: AppRegistration, traits: AppTraits): void {
  if (audience === 'home' || traits.audience === 'all') return;
  if (audience === 'organizations' && traits.audience === 'multiple') return;
  if (audience === 'common' && traits.audience === 'multiple') return;
  throw new EntraError(
    50194,
    `Application '${app.clientId}'(${app.displayName}) is not configured as a multi-tenant application. Usage of the /${audience} endpoint is not supported for such apps created after 10/15/2018. Use a tenant-specific endpoint or configure the application to be multi-tenant.`,
  );
}

export function admits(audience: Audience, user: User, traits: AppTraits): boolean {
  if (user.kind === 'personal') return traits.audience === 'all' && (audience === 'common' || audience === 'consumers');
  return audience !== 'consumers';
}

/** The refusal of an account at a path that is not for it. */
export function wrongTenant(user: User, tenant: Tenant): EntraError {
  if (user.kind === 'work')
    return new EntraError(50020, `User account '${user.userPrincipalName}' is a work account and cannot be used here.`);
  return new EntraError(
    50020,
    `User account '${user.userPrincipalName}' from identity provider 'live.com' does not exist in tenant '${tenant.domain}' and cannot access the application in that tenant. Use a work or school account instead.`,
  );
}

function isDomainOfUser(name: string, tenant: Tenant): boolean {
  return tenant
    .users()
    .some((user) => user.kind === 'work' && user.userPrincipalName.toLowerCase().endsWith(`@${name}`));
}
