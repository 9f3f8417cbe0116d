const common = ['User.Read'] as const;

/** Delegated scopes by domain: the least that both ways need. */
const byDomain: Readonly<Record<string, readonly string[]>> = {
  mail: ['Mail.ReadWrite', 'MailboxSettings.Read'],
  contacts: ['Contacts.ReadWrite'],
  calendar: ['Calendars.ReadWrite'],
  tasks: ['Tasks.ReadWrite'],
};
/** Added by msal or told back by Entra; no rights to data. */
const protocolScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

/** Scopes to ask the user for. Bookings work with an app-only link and add none. */
export function scopesFor(domains: readonly string[]): string[] {
  return [...new Set([...common, ...domains.flatMap((domain) => byDomain[domain] ?? [])])];
}

/** Scopes as we keep them: lower case, without the resource (`https://graph.microsoft.com/Mail.Read`), without the protocol's own. */
export function plainScopes(granted: readonly string[]): string[] {
  const plain = granted.map((scope) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase());
  return [...new Set(plain)].filter((scope) => scope !== '' && !protocolScopes.includes(scope)).toSorted();
}

/** The scopes of a domain in every form that a grant may have: to read or to write, one's own or also what others share. */
const formsOf = (scope: string): string[] => {
  const [subject = ''] = scope.split('.');
  return ['Read', 'ReadWrite', 'Read.Shared', 'ReadWrite.Shared'].map((form) => `${subject}.${form}`);
};
const used = new Set(plainScopes([...common, ...Object.values(byDomain).flat().flatMap(formsOf)]));

/**
 * Of scopes as we keep them those that our domains can use. Entra names all that was consented to: what other features of the
 * same registration have may be withdrawn alone, and whoever asks for it after that gets no token at all.
 */
export const usedScopes = (plain: readonly string[]): string[] => plain.filter((scope) => used.has(scope));

/** Scopes as they are sent: short ones belong to the public cloud's Graph, other clouds are named. */
export function namedScopes(scopes: readonly string[], graphOrigin: string): string[] {
  const bare = graphOrigin.startsWith('http://') || graphOrigin === 'https://graph.microsoft.com';
  return scopes.map((scope) => (bare ? scope : `${graphOrigin}/${scope}`));
}
