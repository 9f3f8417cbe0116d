import { z } from 'zod';
import { GraphError } from '../http.ts';
import type { ChangeType } from './subscription.ts';

const MINUTE_MS = 60_000;
export const LEAST_MINUTES = 45;

const creation = z.object({
  changeType: z.string(),
  notificationUrl: z.string(),
  lifecycleNotificationUrl: z.string().nullish(),
  resource: z.string(),
  expirationDateTime: z.string(),
  clientState: z.string().max(128, 'clientState must not be longer than 128 characters.').nullish(),
  latestSupportedTlsVersion: z.enum(['v1_0', 'v1_1', 'v1_2', 'v1_3']).nullish(),
  includeResourceData: z.literal(false, 'includeResourceData is not offered by this server.').nullish(),
});
export type Creation = z.infer<typeof creation>;

const change = z.strictObject({
  expirationDateTime: z.string().optional(),
  notificationUrl: z.string().optional(),
});
export type Change = z.infer<typeof change>;

/** The body of a POST. @throws GraphError 400 `InvalidRequest` naming every bad member. */
export function readCreation(body: Buffer): Creation {
  const read = parse(body, creation);
  checkUrl('notificationUrl', read.notificationUrl);
  if (typeof read.lifecycleNotificationUrl === 'string')
    checkUrl('lifecycleNotificationUrl', read.lifecycleNotificationUrl);
  return read;
}

/** The body of a PATCH: expiration and notification URL; all else is fixed at creation. */
export function readChange(body: Buffer): Change {
  const read = parse(body, change);
  if (read.notificationUrl !== undefined) checkUrl('notificationUrl', read.notificationUrl);
  return read;
}

/** `created,updated` -> its kinds. */
export function readChangeTypes(text: string): ReadonlySet<ChangeType> {
  const kinds = text.split(',').map((kind) => kind.trim().toLowerCase());
  const known = kinds.flatMap((kind): ChangeType[] =>
    kind === 'created' || kind === 'updated' || kind === 'deleted' ? [kind] : [],
  );
  if (known.length !== kinds.length) throw invalid(`Invalid 'changeType' attribute: '${text}'.`);
  return new Set(known);
}

/** The time a subscription really gets: at least 45 minutes, and 400 for one beyond the longest life or in the past. */
export function grantedExpiry(text: string, nowMs: number, longestMinutes: number): number {
  const asked = Date.parse(text);
  if (Number.isNaN(asked)) throw invalid("Invalid 'expirationDateTime' attribute.");
  if (asked <= nowMs) throw invalid('Subscription expiration must be in the future.');
  if (asked - nowMs > longestMinutes * MINUTE_MS) {
    throw invalid(`Subscription expiration can only be ${longestMinutes} minutes in the future.`);
  }
  return Math.max(asked, nowMs + LEAST_MINUTES * MINUTE_MS);
}

/** Microsoft demands https with a public certificate; here http is taken too, to a loopback address alone. */
function checkUrl(member: string, text: string): void {
  const url = URL.parse(text);
  const loopback = url !== null && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  const fine = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback);
  if (!fine) throw invalid(`Invalid '${member}' attribute: '${text}' must be an HTTPS address.`);
}

function parse<T>(body: Buffer, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new GraphError(400, 'BadRequest', 'Unable to read JSON request payload.');
    throw cause;
  }
  const read = schema.safeParse(json);
  if (!read.success)
    throw invalid(read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  return read.data;
}

function invalid(message: string): GraphError {
  return new GraphError(400, 'InvalidRequest', message);
}
