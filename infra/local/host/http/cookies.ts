import { z } from 'zod';
import type { RpcCookie } from '../worker/types.ts';

const expiry = z.union([z.number(), z.date(), z.string()]).transform((value) => new Date(value));

/** A Set-Cookie header as the host writes it: the value escaped, and `path=/` where the app gave no path. */
export function toSetCookie(cookie: RpcCookie): string {
  const expires = cookie.expires?.value;
  return [
    `${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`,
    ...attribute('expires', expires === undefined ? undefined : expiry.parse(expires).toUTCString()),
    ...attribute('max-age', cookie.maxAge?.value),
    ...attribute('domain', cookie.domain?.value),
    ...attribute('path', cookie.path?.value ?? '/'),
    ...flag('secure', cookie.secure?.value),
    ...sameSiteOf(cookie.sameSite),
    ...flag('httponly', cookie.httpOnly?.value),
  ].join('; ');
}

function attribute(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

function flag(name: string, value: boolean | undefined): string[] {
  return value === true ? [name] : [];
}

function sameSiteOf(sameSite: string | undefined): string[] {
  if (sameSite === 'lax' || sameSite === 'strict') return [`samesite=${sameSite}`];
  return sameSite === 'explicitNone' ? ['samesite=none'] : [];
}
