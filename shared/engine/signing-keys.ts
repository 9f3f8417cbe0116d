import { z } from 'zod';
import { plus } from '../lib/clock.ts';
import { parseJson } from '../lib/json.ts';
import type { Random } from '../lib/random.ts';

/** The keys that an endpoint's deliveries are signed with, newest first; `until` null = until it is replaced. */
const ringSchema = z.object({
  keys: z.array(z.object({ secret: z.string().startsWith('whsec_'), until: z.string().nullable() })).min(1),
});
export type KeyRing = z.output<typeof ringSchema>;

/** Standard Webhooks asks for 24 to 64 bytes. */
const KEY_BYTES = 32;
/** Keys that are good at once: each is a signature in the header of every delivery. */
export const MOST_KEYS = 5;

/** `whsec_` and base64, as the libraries of Standard Webhooks take it. */
export const newSecret = (random: Random): string =>
  `whsec_${Buffer.from(random.token(KEY_BYTES), 'base64url').toString('base64')}`;

/** The ring of a new endpoint. */
export const newRing = (secret: string): KeyRing => ({ keys: [{ secret, until: null }] });

/** As the vault keeps it. */
export const ringText = (ring: KeyRing): string => JSON.stringify(ring);

/** Null for a text that is none. */
export const readRing = (text: string): KeyRing | null => ringSchema.safeParse(parseJson(text)).data ?? null;

/** Secrets that sign at this time, newest first. */
export const liveSecrets = (ring: KeyRing, now: Date): string[] =>
  ring.keys.filter(({ until }) => until === null || Date.parse(until) > now.getTime()).map(({ secret }) => secret);

/** A new key before the others, which go on for the overlap at most; those that have ended are gone. */
export function rotated(ring: KeyRing, secret: string, now: Date, overlapMs: number): KeyRing {
  const end = plus(now, overlapMs).toISOString();
  const older = ring.keys
    .map((key) => ({ secret: key.secret, until: key.until !== null && key.until < end ? key.until : end }))
    .filter(({ until }) => Date.parse(until) > now.getTime());
  return { keys: [{ secret, until: null }, ...older] };
}
