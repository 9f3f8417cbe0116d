import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { respond } from '../../shared/api/http/respond.ts';
import { graphWebhook } from '../../shared/api/webhooks/graph-webhook.ts';
import { lifecycleReceiver, notificationReceiver } from '../../shared/api/webhooks/receive.ts';
import type { App } from '../../shared/app.ts';
import { takeLifecycle } from '../../shared/jobs/notifications/take-lifecycle.ts';
import { takeNotifications } from '../../shared/jobs/notifications/take-notifications.ts';

/** The public address of an app that runs in this process: its webhook receivers over real HTTP. */
export interface Receiver {
  readonly url: string;
  serve(app: App): void;
  close(): Promise<void>;
}

/** Answers 503 until there is an app to serve. */
export async function startReceiver(): Promise<Receiver> {
  let serving: App | null = null;
  const server = createServer((incoming, outgoing) => {
    void answer(serving, incoming, outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    serve: (app) => {
      serving = app;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(app: App | null, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const request = new Request(`http://${incoming.headers.host ?? ''}${incoming.url ?? '/'}`, {
    method: incoming.method ?? 'POST',
    headers: { 'content-type': incoming.headers['content-type'] ?? 'application/json' },
    ...(body.length > 0 ? { body } : {}),
  });
  const response = app === null ? new Response(null, { status: 503 }) : await receive(app, request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

/** What the webhook functions do with a request. */
export function receive(app: App, request: Request): Promise<Response> {
  const bindings = { requestId: 'test', log: app.log };
  const lifecycle = new URL(request.url).pathname.endsWith('/lifecycle');
  const handler = graphWebhook(() =>
    Promise.resolve(
      lifecycle
        ? lifecycleReceiver((key, items) => takeLifecycle(app, key, items))
        : notificationReceiver((key, items) => takeNotifications(app, key, items)),
    ),
  );
  return respond(() => Promise.resolve(handler(request, bindings)), bindings);
}
