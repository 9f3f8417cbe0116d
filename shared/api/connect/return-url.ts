/**
 * Whether a browser may be sent there: some allowed prefix has the same scheme, host and port, and the address, written
 * the one normal way, begins with it, part by part. Addresses with a user name in them are refused: they are made to be misread.
 */
export function isAllowedReturnUrl(address: string, prefixes: readonly string[]): boolean {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return prefixes.some((prefix) => {
    const allowed = URL.parse(prefix);
    if (allowed === null) return false;
    return url.protocol === allowed.protocol && url.host === allowed.host && beginsWith(url.href, allowed.href);
  });
}

/** A prefix ends where a part of the address ends: `/back` is no prefix of `/backdoor`, which may be somebody else's. */
const beginsWith = (href: string, prefix: string): boolean =>
  href.startsWith(prefix) && (/[/?#=&]$/.test(prefix) || /^([/?#]|$)/.test(href.slice(prefix.length)));

/** The return address with the outcome in its query. */
export function withOutcome(returnUrl: string, outcome: Readonly<Record<string, string>>): string {
  const url = new URL(returnUrl);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return url.href;
}
