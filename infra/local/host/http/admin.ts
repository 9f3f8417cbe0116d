import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Listener } from '../listener.ts';
import type { HttpFunction } from '../routing/table.ts';
import type { RegisteredFunction } from '../worker/types.ts';
import { readBody, type HostRequest } from './host-request.ts';
import { isAllowed, type HostKeys } from './keys.ts';

export interface AdminView {
  readonly hostId: string;
  readonly startedAt: Date;
  readonly keys: HostKeys | undefined;
  readonly functions: readonly RegisteredFunction[];
  readonly http: readonly HttpFunction[];
  readonly listeners: readonly Listener[];
}

const BODY_LIMIT = 1024 * 1024;

const invocation = z.object({ input: z.string().nullish() });

/** The host's own routes under `/admin`: ping, status, the functions, and running one by hand. */
export async function serveAdmin(view: AdminView, request: HostRequest, response: ServerResponse): Promise<void> {
  const path = request.url.pathname.replace(/\/+$/, '');
  if (path === '/admin/host/ping' && ['GET', 'POST'].includes(request.method)) {
    response.writeHead(200).end();
    return;
  }
  if (!isAllowed(request, 'admin', view.keys)) {
    response.writeHead(401).end();
    return;
  }
  const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1];
  const registered = view.functions.find(({ metadata }) => metadata.name.toLowerCase() === name?.toLowerCase());
  if (request.method === 'GET' && path === '/admin/host/status') sendJson(response, statusOf(view));
  else if (request.method === 'GET' && path === '/admin/functions') {
    sendJson(
      response,
      view.functions.map((item) => describe(view, item, request)),
    );
  } else if (request.method === 'GET' && registered !== undefined)
    sendJson(response, describe(view, registered, request));
  else if (request.method === 'POST' && registered !== undefined)
    await runByHand(view, registered, { request, response });
  else response.writeHead(404).end();
}

async function runByHand(
  view: AdminView,
  { metadata }: RegisteredFunction,
  { request, response }: { request: HostRequest; response: ServerResponse },
): Promise<void> {
  const listener = view.listeners.find(({ name }) => name === metadata.name);
  const body = invocation.safeParse(toJson((await readBody(request, BODY_LIMIT)).toString()));
  if (listener === undefined || !body.success) {
    response.writeHead(400).end();
    return;
  }
  // The answer says that it was taken on; how it went stands in the log.
  void listener.trigger(body.data.input ?? '').catch(() => undefined);
  response.writeHead(202).end();
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statusOf({ hostId, startedAt }: AdminView): object {
  return { id: hostId, state: 'Running', version: '4.1037.0.0', processUptime: Date.now() - startedAt.getTime() };
}

function describe(view: AdminView, { metadata }: RegisteredFunction, { url }: HostRequest): object {
  const http = view.http.find(({ name }) => name === metadata.name);
  return {
    name: metadata.name,
    href: `${url.origin}/admin/functions/${metadata.name}`,
    config: { bindings: Object.entries(metadata.bindings).map(([name, binding]) => ({ name, ...binding })) },
    invoke_url_template: http === undefined ? null : `${url.origin}/${http.route.template}`,
    language: 'node',
    isDisabled: false,
  };
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
