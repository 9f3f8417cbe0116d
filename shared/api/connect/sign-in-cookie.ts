import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { hash } from '../../lib/hash.ts';
import { parseJson } from '../../lib/json.ts';
import type { ApiPorts } from '../ports.ts';

/** What a sign-in must remember between leaving for Microsoft and coming back. */
const sealedSchema = z.object({ verifier: z.string(), nonce: z.string() });
export type SignInSecrets = z.output<typeof sealedSchema>;

type CookieConfig = Pick<ApiPorts['config'], 'microsoft' | 'publicBaseUrl' | 'storage'>;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The key that seals sign-in cookies, derived (HKDF) from the secrets that every worker has: what the application proves itself
 * with, and what opens the storage. It is none of them, and changes with each: a rotation in the middle of a sign-in makes that
 * user start again, no more.
 */
function sealKey({ microsoft, storage }: CookieConfig): Buffer {
  const { credential } = microsoft;
  // A managed identity leaves no secret with us; the storage's own does then.
  const own = credential.kind === 'secret' ? credential.secret : credential.kind === 'certificate' ? credential.privateKey : ''; // prettier-ignore
  const secrets = `${own.length}:${own}${storage.connection}`;
  return Buffer.from(hkdfSync('sha256', secrets, '', 'outlook-sync sign-in cookie v2', 32));
}

/** One cookie a sign-in, so that two tabs do not disturb each other. */
const cookieName = (state: string): string => `signin_${hash([state], 16)}`;

const attributes = (config: CookieConfig, maxAgeSeconds: number): string =>
  [
    'Path=/api/oauth/microsoft',
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    // Lax: the way back from Microsoft is a top-level navigation from another site.
    'SameSite=Lax',
    ...(config.publicBaseUrl.startsWith('http://') ? [] : ['Secure']),
  ].join('; ');

/** The `set-cookie` of a sign-in: its PKCE verifier and nonce, sealed, good for this state alone. */
export function sealCookie(config: CookieConfig, state: string, secrets: SignInSecrets, maxAgeSeconds: number): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealKey(config), iv);
  cipher.setAAD(Buffer.from(state));
  const text = Buffer.concat([cipher.update(JSON.stringify(secrets)), cipher.final()]);
  const value = Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
  return `${cookieName(state)}=${value}; ${attributes(config, maxAgeSeconds)}`;
}

/** The `set-cookie` that takes it away again. */
export const dropCookie = (config: CookieConfig, state: string): string =>
  `${cookieName(state)}=; ${attributes(config, 0)}`;

/** What the browser's cookie holds for this state; null without one, or with one that was not sealed here for it. */
export function openCookie(config: CookieConfig, state: string, header: string | null): SignInSecrets | null {
  const prefix = `${cookieName(state)}=`;
  const pair = (header ?? '').split(/; */).find((part) => part.startsWith(prefix));
  const sealed = Buffer.from(pair?.slice(prefix.length) ?? '', 'base64url');
  if (sealed.byteLength <= IV_BYTES + TAG_BYTES) return null;
  const read = sealedSchema.safeParse(parseJson(decrypt(config, state, sealed) ?? ''));
  return read.success ? read.data : null;
}

function decrypt(config: CookieConfig, state: string, sealed: Buffer): string | null {
  const decipher = createDecipheriv('aes-256-gcm', sealKey(config), sealed.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(state));
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = sealed.subarray(IV_BYTES + TAG_BYTES);
  try {
    return Buffer.concat([decipher.update(text), decipher.final()]).toString();
  } catch {
    // The one failure of a decipher at hand: it was not sealed with this key for this state.
    return null;
  }
}
