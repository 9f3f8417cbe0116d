import { createHmac } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { GraphError } from '../http.ts';

const options = z.object({
  select: z.array(z.string()).optional(),
  expand: z.array(z.string()).optional(),
  /** `receivedDateTime` at or after (`ge`) or after (`gt`) this instant. */
  since: z.object({ ms: z.number(), open: z.boolean() }).optional(),
  changeType: z.enum(['created', 'updated', 'deleted']).optional(),
  top: z.number().optional(),
  /** Of calendarView: frozen, the window cannot be moved later. Ms since the epoch. */
  window: z.object({ fromMs: z.number(), toMs: z.number() }).optional(),
});
export type DeltaOptions = z.infer<typeof options>;

const state = z.object({
  /** What the walk is over: kind, user, folder. */
  scope: z.string(),
  generation: z.number(),
  options,
  /** `list`: going through what is there; `log`: going through what changed. */
  mode: z.enum(['list', 'log']),
  /** Place in the log where this round began, and where the next page begins. */
  start: z.number(),
  at: z.number(),
  /** The last item listed. */
  after: z.object({ receivedMs: z.number(), num: z.number() }).optional(),
  /** Items listed so far. */
  listed: z.number(),
  /** Tells apart two links to the same place. */
  nonce: z.number(),
});
export type DeltaState = z.infer<typeof state>;

const SIGNATURE = 9;

export const badToken = (): GraphError => new GraphError(400, 'BadRequest', 'Badly formed token.');

/** Exchange's answer to a link that it no longer knows. */
export function syncStateNotFound(location?: string): GraphError {
  const text = 'The sync state generation is not found; generation=108;[highest=143].';
  return new GraphError(410, 'SyncStateNotFound', text, location === undefined ? {} : { location });
}

/** Writes and reads the tokens of delta links. `secret` is new for each server: links of an earlier one answer 410. */
export class DeltaTokens {
  private readonly secret: string;

  constructor(secret: string) {
    this.secret = secret;
  }

  write(value: DeltaState): string {
    const bytes = deflateRawSync(JSON.stringify(value), { level: 1 });
    return Buffer.concat([this.sign(bytes), bytes]).toString('base64url');
  }

  /** 400 for what is no token, 410 for one that this server did not write. */
  read(token: string): DeltaState {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length <= SIGNATURE + 8 || bytes.toString('base64url') !== token) throw badToken();
    const content = bytes.subarray(SIGNATURE);
    if (!this.sign(content).equals(bytes.subarray(0, SIGNATURE))) throw syncStateNotFound();
    return state.parse(JSON.parse(inflateRawSync(content).toString('utf8')));
  }

  private sign(bytes: Buffer): Buffer {
    return createHmac('sha256', this.secret).update(bytes).digest().subarray(0, SIGNATURE);
  }
}
