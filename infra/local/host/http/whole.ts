import type { ServerResponse } from 'node:http';
import type { RpcHttp, TypedData } from '../worker/types.ts';
import { toSetCookie } from './cookies.ts';
import { contentLength, joinedQuery, readBody, traceParentOf } from './host-request.ts';
import { triggerName, type Exchange } from './types.ts';

/**
 * The transport without streaming: request and response travel whole. A body is read only where its length was
 * announced, so a chunked request arrives empty, as with the real host.
 */
export async function serveWhole(exchange: Exchange): Promise<void> {
  const { found, values, request, response, executor, bodyLimit } = exchange;
  const body = (contentLength(request) ?? 0) > 0 ? await readBody(request, bodyLimit) : undefined;
  const http: RpcHttp = {
    url: request.url.href,
    method: request.method,
    headers: request.headers,
    query: joinedQuery(request),
    params: values,
    ...(body !== undefined && { body: { bytes: body } }),
  };
  let returned: TypedData | null | undefined;
  try {
    const result = await executor.run(found.registered, {
      reason: 'This function was programmatically called via the host APIs.',
      inputData: [{ name: triggerName(found), data: { http } }],
      traceParent: traceParentOf(request),
    });
    returned = result.returnValue;
  } catch {
    // The executor has logged it.
    response.writeHead(500).end();
    return;
  }
  if (!response.destroyed) send(response, returned?.http);
}

function send(response: ServerResponse, http: RpcHttp | undefined): void {
  if (http === undefined) {
    response.writeHead(204).end();
    return;
  }
  for (const [name, value] of Object.entries(http.headers ?? {})) response.setHeader(name, value);
  for (const cookie of http.cookies ?? []) response.appendHeader('set-cookie', toSetCookie(cookie));
  response.statusCode = Number(http.statusCode ?? 200);
  const { bytes, string } = http.body ?? {};
  response.end(bytes ?? string);
}
