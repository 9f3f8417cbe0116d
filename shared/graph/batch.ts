import { BatchRequestContent } from '@microsoft/microsoft-graph-client';
import { z } from 'zod';
import type { ItemAnswer } from '../engine/ports.ts';
import { GoneError, ProtocolError, ThrottledError, TransientError, type RemoteError } from '../errors.ts';
import { jsonSchema } from '../lib/json.ts';
import { readRetryAfter } from '../lib/retry-after.ts';
import { IMMUTABLE_IDS, ownPath, type GraphCaller } from './caller.ts';
import { remoteError } from './remote-error.ts';

/** Most requests of one batch. */
export const BATCH_SIZE = 20;

const innerSchema = z.object({
  id: z.string(),
  status: z.number().int(),
  headers: z.record(z.string(), z.unknown()).nullish(),
  body: z.unknown().optional(),
});
const answerSchema = z.object({ responses: z.array(z.unknown()) });
const contentSchema = z.object({ requests: z.array(jsonSchema) });
type Inner = z.output<typeof innerSchema>;

/** How one inner request went; `refused` = 401, which a call of its own can answer with a fresh token. */
export type InnerAnswer = ItemAnswer | { readonly outcome: 'refused' };

/**
 * Reads up to 20 objects in one `$batch`, in the order asked. Inner requests run four at a time: the caller holds all slots
 * of the mailbox. Failures of single ones are outcomes; the largest inner Retry-After becomes the rest of the mailbox.
 */
export async function readBatch(caller: GraphCaller, paths: readonly string[]): Promise<InnerAnswer[]> {
  const body = contentSchema.parse(await batchOf(paths).getContent());
  const answer = answerSchema.safeParse(await caller.call({ path: '/$batch', method: 'POST', body }));
  if (!answer.success) throw new ProtocolError('remote.answer_unreadable', 'A batch answer of unknown shape');
  // One that cannot be read is as good as left out: it takes nothing from those beside it (P11).
  const responses = answer.data.responses.flatMap((inner) => innerSchema.safeParse(inner).data ?? []);
  const byId = new Map(responses.map((inner) => [inner.id, inner]));
  const wait = once((asked: number | null) => caller.parts.backoff.wait(asked), longest(responses, caller));
  const outcomes = paths.map((_, index) => outcomeOf(byId.get(String(index)), caller, wait));
  for (const one of outcomes) {
    if (one.outcome === 'failed' && one.error instanceof ThrottledError) {
      await caller.rest(one.error);
      break;
    }
  }
  return outcomes;
}

function batchOf(paths: readonly string[]): BatchRequestContent {
  const content = new BatchRequestContent();
  for (const [index, path] of paths.entries()) {
    // The builder keeps path and query alone; the host is never called.
    const request = new Request(new URL(ownPath(path), 'https://batch.invalid'), {
      headers: { Prefer: IMMUTABLE_IDS },
    });
    content.addRequest({ id: String(index), request });
  }
  return content;
}

function outcomeOf(inner: Inner | undefined, caller: GraphCaller, wait: (asked: number | null) => number): InnerAnswer {
  if (inner === undefined)
    return { outcome: 'failed', error: new TransientError('A batch leaves a request without an answer') };
  if (inner.status >= 200 && inner.status < 300) {
    return inner.body === undefined || inner.body === null
      ? { outcome: 'failed', error: new TransientError('A batch answers without a body') }
      : { outcome: 'found', raw: inner.body };
  }
  if (inner.status === 401) return { outcome: 'refused' };
  const error = errorOf(inner, caller, wait);
  return error instanceof GoneError ? { outcome: 'gone' } : { outcome: 'failed', error };
}

function errorOf(inner: Inner, caller: GraphCaller, wait: (asked: number | null) => number): RemoteError {
  const now = caller.parts.clock.now();
  return remoteError(
    { status: inner.status, header: (name) => headerOf(inner, name), body: inner.body },
    { link: false, now, wait, retryAfterMs: readRetryAfter(headerOf(inner, 'retry-after'), now) },
  );
}

function headerOf(inner: Inner, name: string): string | null {
  const found = Object.entries(inner.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  const value = z.union([z.string(), z.number()]).safeParse(found?.[1]);
  return value.success ? String(value.data) : null;
}

/** The largest wait that any inner answer asks for; null where none does. */
function longest(responses: readonly Inner[], caller: GraphCaller): number | null {
  const now = caller.parts.clock.now();
  const asked = responses
    .filter((inner) => inner.status >= 400)
    .flatMap((inner) => readRetryAfter(headerOf(inner, 'retry-after'), now) ?? []);
  return asked.length === 0 ? null : Math.max(...asked);
}

/** One batch is throttled once: all its failed requests wait equally long. */
function once(wait: (asked: number | null) => number, asked: number | null): () => number {
  let known: number | null = null;
  return () => (known ??= wait(asked));
}
