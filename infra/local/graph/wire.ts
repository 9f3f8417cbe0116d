import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Outcome } from './fault-actions.ts';
import type { Reply, Req } from './http.ts';

/** Graph takes requests of 4 MB at most; the sign-in and control parts share the bound, imports excepted. */
const LIMIT = 64 * 1024 * 1024;

/** Reads a request whole; undefined when it is too large. */
export async function readRequest(incoming: IncomingMessage, fallbackHost: string): Promise<Req | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > LIMIT) return undefined;
    chunks.push(chunk);
  }
  const url = incoming.url ?? '/';
  const at = url.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: (incoming.method ?? 'GET').toUpperCase(),
    url,
    path: at < 0 ? url : url.slice(0, at),
    query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
    headers,
    body: Buffer.concat(chunks),
    params: {},
    requestId: randomUUID(),
    // Behind a proxy that ends TLS links lead back through it.
    origin: `${headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'}://${headers['host'] ?? fallbackHost}`,
  };
}

function bytesOf(reply: Reply): { bytes: Buffer; type: string | undefined } {
  const { body } = reply;
  if (body === undefined) return { bytes: Buffer.alloc(0), type: undefined };
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: 'text/plain; charset=utf-8' };
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body), type: 'application/octet-stream' };
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json; charset=utf-8' };
}

/** Sends the outcome, or does to the connection what the outcome says. */
export function sendOutcome(response: ServerResponse, { reply, wire }: Outcome): void {
  if (wire === 'hang') return;
  if (wire === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { bytes, type } = bytesOf(reply);
  response.statusCode = reply.status;
  if (type !== undefined) response.setHeader('content-type', type);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  if (reply.status !== 204 && reply.status !== 304) response.setHeader('content-length', bytes.length);
  if (wire !== 'truncate') {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
}
