import type { MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '../../config.ts';
import { ProblemError } from '../../errors.ts';
import { sha256Hex } from '../../lib/hash.ts';
import type { ApiEnv } from '../ports.ts';

export type ApiScope = ApiKey['scopes'][number];

/** A scope holds all below it: who may administer may write, who may write may read. */
const ranks: Readonly<Record<ApiScope, number>> = { read: 1, write: 2, admin: 3 };

/**
 * Lets a request pass that shows a key of API_KEYS with the scope that its method asks for (GET: read, all else: write).
 * All keys are compared, each in constant time, so that the answer's time tells nothing about which came close.
 */
export function authenticate(keys: readonly ApiKey[]): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    // An object of its own for each request: what it turns out to be about is noted by it.
    const key = { ...findKey(keys, context.req.header('authorization')) };
    context.set('key', key);
    const safe = context.req.method === 'GET' || context.req.method === 'HEAD';
    demandScope(key, safe ? 'read' : 'write');
    await next();
  };
}

/** Throws 403 unless the key has the scope, or one above it. */
export function demandScope(key: ApiKey, scope: ApiScope): void {
  if (key.scopes.some((held) => ranks[held] >= ranks[scope])) return;
  throw new ProblemError(403, 'scope_missing', `The key lacks the scope "${scope}"`);
}

/** Throws 403 for a key that is confined to workspaces: what is asked for tells about all of them. */
export function demandUnconfined(key: ApiKey): void {
  if (key.workspaces === undefined) return;
  throw new ProblemError(403, 'key_confined', 'A key that is confined to workspaces may not see this');
}

/** What a request was let to see last, by the key of that request. */
const seen = new WeakMap<ApiKey, string | null>();

/** Whether the key may see what belongs to this workspace. Everything that has a workspace is shown to a key by this alone. */
export function sees(key: ApiKey, workspaceId: string | null): boolean {
  const may = key.workspaces === undefined || (workspaceId !== null && key.workspaces.includes(workspaceId));
  if (may) seen.set(key, workspaceId);
  return may;
}

/** The workspace of what the request was about, for the audit; null where it has none, or nothing was seen. */
export const seenWorkspace = (key: ApiKey): string | null => seen.get(key) ?? null;

/** The key that a request shows; throws 401. */
export function findKey(keys: readonly ApiKey[], header: string | undefined): ApiKey {
  const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1];
  if (token === undefined)
    throw new ProblemError(401, 'key_missing', 'Send an API key: "Authorization: Bearer <api key>"');
  const given = Buffer.from(sha256Hex(token));
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(given, Buffer.from(key.sha256))) found ??= key;
  if (found === undefined) throw new ProblemError(401, 'key_unknown', 'The API key is not known');
  return found;
}
