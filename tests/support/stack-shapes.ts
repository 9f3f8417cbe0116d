import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Keys of the API by what they may do. */
export const KEYS = {
  admin: 'key-admin-0123456789',
  write: 'key-write-0123456789',
  read: 'key-read-0123456789',
  confined: 'key-confined-0123456789',
} as const;

/** The setting API_KEYS for them; the confined one may write in the workspace `ws-1` alone. */
export function apiKeys(): string {
  const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
  return JSON.stringify([
    ...(['admin', 'write', 'read'] as const).map((name) => ({ name, sha256: sha256(KEYS[name]), scopes: [name] })),
    { name: 'confined', sha256: sha256(KEYS.confined), scopes: ['write'], workspaces: ['ws-1'] },
  ]);
}

/** A line of the tenant's log of requests. */
export const requestLine = z.object({
  n: z.number(),
  method: z.string(),
  path: z.string(),
  upn: z.string().nullable(),
  status: z.number().nullable(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  batch: z.number().optional(),
});
export type RequestLine = z.output<typeof requestLine>;

/** A refusal of the API (RFC 9457). */
export const problem = z.strictObject({
  type: z.string().startsWith('urn:outlook-sync:problem:'),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string().min(1),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});
