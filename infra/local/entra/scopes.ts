import { EntraError, missing } from './aadsts.ts';

/** OpenID scopes: they belong to no resource and are asked beside those of one. */
const OPENID = new Set(['openid', 'profile', 'email', 'offline_access']);
export const GRAPH_RESOURCE = 'https://graph.microsoft.com';
const RESOURCES = new Set([
  GRAPH_RESOURCE,
  'https://graph.microsoft.us',
  'https://dod-graph.microsoft.us',
  'https://microsoftgraph.chinacloudapi.cn',
  'https://outlook.office.com',
  'https://outlook.office365.com',
]);

/** Delegated Graph permissions of an Outlook application, in the spelling in which Entra gives them back. */
const DELEGATED = [
  'User.Read',
  'User.ReadBasic.All',
  'User.Read.All',
  'People.Read',
  'Presence.Read',
  'Mail.ReadBasic',
  'Mail.Read',
  'Mail.ReadWrite',
  'Mail.Send',
  'Mail.ReadBasic.Shared',
  'Mail.Read.Shared',
  'Mail.ReadWrite.Shared',
  'Mail.Send.Shared',
  'Calendars.ReadBasic',
  'Calendars.Read',
  'Calendars.ReadWrite',
  'Calendars.Read.Shared',
  'Calendars.ReadWrite.Shared',
  'Contacts.Read',
  'Contacts.ReadWrite',
  'Contacts.Read.Shared',
  'Contacts.ReadWrite.Shared',
  'Tasks.Read',
  'Tasks.ReadWrite',
  'Tasks.Read.Shared',
  'Tasks.ReadWrite.Shared',
  'MailboxSettings.Read',
  'MailboxSettings.ReadWrite',
  'MailboxFolder.Read',
  'MailboxFolder.ReadWrite',
  'OnlineMeetings.Read',
  'OnlineMeetings.ReadWrite',
  'Place.Read.All',
  'Place.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'Directory.Read.All',
  'Files.Read',
  'Files.ReadWrite',
  'Notes.Read',
  'Subscription.Read.All',
] as const;
const SPELLING = new Map(DELEGATED.map((scope) => [scope.toLowerCase(), scope as string]));

/** Delegated permissions that only an admin can grant. */
const ADMIN_ONLY = new Set([
  'Place.Read.All',
  'Place.ReadWrite.All',
  'User.Read.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'Directory.Read.All',
  'Subscription.Read.All',
]);

/** Whether a resource is the Graph of this cloud: the one that it is set to be, else any cloud's. */
export function isGraph(resource: string, own: string | null): boolean {
  if (own !== null) return resource === own;
  return RESOURCES.has(resource) && !resource.includes('outlook.');
}

export interface ScopeRequest {
  readonly openid: readonly string[];
  /** The resource of the first scope; the token is for it alone. */
  readonly resource: string;
  /** Permission names without their resource, of all resources asked for, keyed `resource/name`. */
  readonly permissions: readonly { readonly resource: string; readonly name: string }[];
  /** `{resource}/.default`: whatever was consented before. */
  readonly isDefault: boolean;
  /** Whether the answer names permissions by their full URI, as the question did. */
  readonly full: boolean;
}

/**
 * Reads a scope parameter. Names are compared without regard to case.
 * Short ones are the public cloud's, in every cloud. `own` is the address of this cloud's Graph, where it has one of its own.
 * @throws EntraError 900144 none at all, 70011 `.default` beside single scopes, 650053 no such scope, 500011 no such resource.
 */
export function parseScopes(text: string | null, own: string | null): ScopeRequest {
  const words = (text ?? '').split(' ').filter((word) => word !== '');
  if (words.length === 0) throw missing('scope');
  const openid = words.filter((word) => OPENID.has(word.toLowerCase())).map((word) => word.toLowerCase());
  const others = words.filter((word) => !OPENID.has(word.toLowerCase()));
  const permissions = others.map((word) => readPermission(word, own));
  const defaults = permissions.filter((one) => one.name === '.default');
  if (defaults.length > 0 && permissions.length > 1) {
    throw new EntraError(
      70011,
      `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${words.join(' ')} is not valid. .default scope can't be combined with resource-specific scopes.`,
    );
  }
  return {
    openid: [...new Set(openid)],
    resource: permissions[0]?.resource ?? GRAPH_RESOURCE,
    permissions,
    isDefault: defaults.length > 0,
    full: others[0]?.includes('://') ?? false,
  };
}

function readPermission(word: string, own: string | null): { resource: string; name: string } {
  const slash = word.lastIndexOf('/');
  const resource = slash < 0 ? GRAPH_RESOURCE : word.slice(0, slash).replace(/\/$/, '').toLowerCase();
  const asked = slash < 0 ? word : word.slice(slash + 1);
  if (!RESOURCES.has(resource) && resource !== own) {
    throw new EntraError(500011, `The resource principal named ${resource} was not found in the tenant.`);
  }
  if (asked.toLowerCase() === '.default' && slash >= 0) return { resource, name: '.default' };
  const name = SPELLING.get(asked.toLowerCase());
  if (name === undefined) {
    throw new EntraError(
      650053,
      `The application asked for scope '${asked}' that doesn't exist on the resource '${resource}'.`,
    );
  }
  return { resource, name };
}

export function needsAdmin(permission: string): boolean {
  return ADMIN_ONLY.has(permission);
}

/** Personal accounts know neither shared mailboxes nor a directory. */
export function forWorkOnly(permission: string): boolean {
  return permission.endsWith('.Shared') || permission.endsWith('.All');
}

/** The text of a permission on the consent page. */
export function explain(permission: string): string {
  return EXPLANATIONS[permission] ?? permission;
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  openid: 'Sign you in',
  profile: 'View your basic profile',
  email: 'View your email address',
  offline_access: 'Maintain access to data you have given it access to',
  'User.Read': 'Sign you in and read your profile',
  'Mail.ReadBasic': 'Read basic properties of your mail',
  'Mail.Read': 'Read your mail',
  'Mail.ReadWrite': 'Read and write access to your mail',
  'Mail.Send': 'Send mail as you',
  'Calendars.Read': 'Read your calendars',
  'Calendars.ReadWrite': 'Have full access to your calendars',
  'Contacts.Read': 'Read your contacts',
  'Contacts.ReadWrite': 'Have full access to your contacts',
  'Tasks.Read': 'Read your tasks and task lists',
  'Tasks.ReadWrite': 'Create, read, update, and delete your tasks and task lists',
  'MailboxSettings.Read': 'Read your mailbox settings',
  'MailboxSettings.ReadWrite': 'Read and write to your mailbox settings',
  'Place.Read.All': 'Read all company places',
};
