import { randomBytes } from 'node:crypto';

/** An unguessable word of URL-safe characters. */
export function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
