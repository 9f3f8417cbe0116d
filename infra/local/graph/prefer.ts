import type { IdKind } from './ids.ts';
import type { Req } from './http.ts';

/** The `Prefer` header taken apart: names in lower case, quotes gone; a name without a value has ''. */
export function preferences(req: Req): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of (req.headers['prefer'] ?? '').match(/(?:"[^"]*"|[^,])+/g) ?? []) {
    const at = part.indexOf('=');
    const name = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase();
    const value = at < 0 ? '' : part.slice(at + 1).trim();
    if (name !== '') found.set(name, value.replace(/^"(.*)"$/, '$1'));
  }
  return found;
}

export function idKindOf(req: Req): IdKind {
  return preferences(req).get('idtype')?.toLowerCase() === 'immutableid' ? 'immutable' : 'default';
}

/** `odata.maxpagesize`, if it is a positive whole number. */
export function maxPageSize(req: Req): number | undefined {
  const size = Number(preferences(req).get('odata.maxpagesize'));
  return Number.isInteger(size) && size > 0 ? size : undefined;
}

/** What the reply says in `Preference-Applied`; undefined = no such header. */
export function preferenceApplied(req: Req, delta: boolean): string | undefined {
  const asked = preferences(req);
  const applied: string[] = [];
  if (delta) applied.push('odata.track-changes');
  if (idKindOf(req) === 'immutable') applied.push('IdType="ImmutableId"');
  for (const name of ['outlook.body-content-type', 'outlook.timezone']) {
    const value = asked.get(name);
    if (value !== undefined) applied.push(`${name}="${value}"`);
  }
  const size = maxPageSize(req);
  if (delta && size !== undefined) applied.push(`odata.maxpagesize=${size}`);
  return applied.length === 0 ? undefined : applied.join(', ');
}
