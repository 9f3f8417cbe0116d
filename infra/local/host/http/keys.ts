import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthLevel } from '../routing/table.ts';
import type { HostRequest } from './host-request.ts';

export interface HostKeys {
  /** Opens everything. */
  readonly master: string;
  /** Opens functions of level `function`. */
  readonly function: string;
}

/** Whether a request may call what has this level; without keys every caller is the administrator, as with the CLI. */
export function isAllowed(request: HostRequest, level: AuthLevel, keys: HostKeys | undefined): boolean {
  if (keys === undefined || level === 'anonymous') return true;
  const given = request.headers['x-functions-key'] ?? request.url.searchParams.get('code') ?? '';
  return equal(given, keys.master) || (level === 'function' && equal(given, keys.function));
}

function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
