import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { shuffled } from './fault-actions.ts';
import type { Outcome } from './fault-actions.ts';
import { badRequest } from './errors.ts';
import type { Reply, Req } from './http.ts';
import type { Random } from './random.ts';
import { jsonBody } from './routes/message-input.ts';

const MAX_REQUESTS = 20;
const AT_ONCE = 4;

const innerRequest = z.object({
  id: z.union([z.string().min(1), z.number().transform(String)]),
  method: z.string().toUpperCase(),
  url: z.string().min(1),
  headers: z.record(z.string(), z.string()).nullish(),
  body: z.unknown().optional(),
  dependsOn: z.array(z.string()).nullish(),
});
type Inner = z.infer<typeof innerRequest>;
const batchBody = z.object({ requests: z.array(innerRequest) });

interface InnerReply {
  id: string;
  status: number;
  headers: Record<string, string>;
  body?: unknown;
  /** A page of HTML, which stands in the answer as it is: then the whole is no JSON. */
  page?: string;
}

type Serve = (req: Req) => Promise<Outcome>;

/**
 * `POST /$batch`. Without `dependsOn` four at a time, else one after the other; the replies come in any order. A reset,
 * hang or cut inside is one of the whole.
 */
export async function runBatch(outer: Req, serve: Serve, random: Random): Promise<Outcome> {
  const requests = readBatch(outer);
  const chained = requests.some((request) => dependencies(request).length > 0);
  const done = new Map<string, InnerReply>();
  let wire: Outcome['wire'];
  const run = async (request: Inner): Promise<void> => {
    const failed = dependencies(request).some((id) => (done.get(id.toLowerCase())?.status ?? 424) >= 400);
    if (failed) {
      done.set(request.id.toLowerCase(), failedDependency(request.id));
      return;
    }
    const outcome = await serve(toReq(outer, request));
    wire ??= outcome.wire;
    done.set(request.id.toLowerCase(), toInner(request.id, outcome.reply));
  };
  if (chained) for (const request of inOrder(requests)) await run(request);
  else await pool(requests, run);
  const reply = toReply(shuffled([...done.values()], random));
  return wire === undefined ? { reply } : { reply, wire };
}

async function pool(requests: readonly Inner[], run: (request: Inner) => Promise<void>): Promise<void> {
  const queue = [...requests];
  const worker = async (): Promise<void> => {
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) await run(request);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function dependencies(request: Inner): readonly string[] {
  return request.dependsOn ?? [];
}

function readBatch(outer: Req): Inner[] {
  const parsed = batchBody.safeParse(jsonBody(outer));
  if (!parsed.success) throw badRequest('Invalid batch payload format.');
  const { requests } = parsed.data;
  if (requests.length > MAX_REQUESTS) {
    throw badRequest(`Number of batch request steps exceeds the maximum value of ${MAX_REQUESTS}.`);
  }
  const ids = requests.map((request) => request.id.toLowerCase());
  if (new Set(ids).size !== ids.length) throw badRequest('Request Id values in the batch are not unique.');
  for (const request of requests) checkInner(request);
  checkShape(requests, ids);
  return requests;
}

function checkInner(request: Inner): void {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(request.url))
    throw badRequest(`Request ${request.id}: the url must be relative.`);
  if (/^\/?\$batch/i.test(request.url)) throw badRequest('A batch cannot be put into a batch.');
  const typed = Object.keys(request.headers ?? {}).some((name) => name.toLowerCase() === 'content-type');
  if (request.body !== undefined && request.body !== null && !typed) {
    throw badRequest(`Request ${request.id}: the content-type header is missing for a request with a body.`);
  }
}

/** Three shapes are allowed: none; each on the one before it; all that depend on the same one. */
function checkShape(requests: readonly Inner[], ids: readonly string[]): void {
  const named = requests.map((request) => dependencies(request).map((id) => id.toLowerCase()));
  if (named.every((list) => list.length === 0)) return;
  if (named.flat().some((id) => !ids.includes(id)))
    throw badRequest('A request depends on one that is not in the batch.');
  if (named.some((list) => list.length > 1)) throw badRequest('A request may depend on one other request at most.');
  const serial = named.every((list, at) => (at === 0 ? list.length === 0 : list[0] === ids[at - 1]));
  const same = new Set(named.flat()).size === 1 && !ids.some((id, at) => named[at]?.[0] === id);
  if (!serial && !same) throw badRequest('The dependsOn pattern of the batch is not supported.');
}

/** Those that others depend on first; otherwise as given. */
function inOrder(requests: readonly Inner[]): Inner[] {
  const free = requests.filter((request) => dependencies(request).length === 0);
  return [...free, ...requests.filter((request) => dependencies(request).length > 0)];
}

function toReq(outer: Req, request: Inner): Req {
  const url = `/v1.0/${request.url.replace(/^\//, '')}`;
  const at = url.indexOf('?');
  const headers: Record<string, string> = { authorization: outer.headers['authorization'] ?? '' };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  const text = typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
  const given = request.body !== undefined && request.body !== null;
  return {
    method: request.method,
    url,
    path: at < 0 ? url : url.slice(0, at),
    query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
    headers,
    body: given ? Buffer.from(text) : Buffer.alloc(0),
    params: {},
    requestId: randomUUID(),
    origin: outer.origin,
  };
}

function failedDependency(id: string): InnerReply {
  const error = { code: 'FailedDependency', message: 'The request failed because one it depends on failed.' };
  return { id, status: 424, headers: { 'Content-Type': 'application/json' }, body: { error } };
}

function toReply(responses: readonly InnerReply[]): Reply {
  if (responses.every(({ page }) => page === undefined)) return { status: 200, body: { responses } };
  const texts = responses.map(({ page, ...inner }) => {
    const text = JSON.stringify(inner);
    return page === undefined ? text : `${text.slice(0, -1)},"body":${page}}`;
  });
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status: 200, headers, body: `{"responses":[${texts.join(',')}]}` };
}

function toInner(id: string, reply: Reply): InnerReply {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    headers[name.replaceAll(/(^|-)[a-z]/g, (letters) => letters.toUpperCase())] = value;
  }
  const inner: InnerReply = { id, status: reply.status, headers };
  const { body } = reply;
  if (typeof body === 'string' && reply.headers?.['content-type']?.startsWith('text/html') === true) inner.page = body;
  else if (typeof body === 'string' || body instanceof Uint8Array) inner.body = Buffer.from(body).toString('base64url');
  else if (body !== undefined) inner.body = body;
  return inner;
}
