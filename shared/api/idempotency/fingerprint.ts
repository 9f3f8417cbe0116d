import type { Context } from 'hono';
import type { RequestOnce } from '../../engine/idempotency.ts';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { hash } from '../../lib/hash.ts';
import { parseJson } from '../../lib/json.ts';
import type { ApiEnv } from '../ports.ts';
import { idempotencyKey } from './header.ts';

/**
 * What a request's Idempotency-Key stands for, and what it asks; null without one. The same for the same key of the API (a
 * key whose limits or scopes were changed counts as another), method and path; what is asked is the query and the body, read as
 * JSON where it is JSON, so that neither order of members nor spaces count.
 */
export async function requestOnce(context: Context<ApiEnv>): Promise<RequestOnce | null> {
  const given = context.req.header('idempotency-key');
  if (given === undefined) return null;
  const { sha256, workspaces, scopes } = context.get('key');
  const { method, path } = context.req;
  const text = await context.req.raw.clone().text();
  const value = parseJson(text);
  const rights = JSON.stringify([workspaces ?? null, scopes.toSorted()]);
  const query = new URL(context.req.url).search;
  return {
    key: hash(['idempotency', sha256, rights, method, path, idempotencyKey.parse(given)]),
    bodyHash: hash([query, value === undefined ? text : canonicalJson(value)]),
  };
}
