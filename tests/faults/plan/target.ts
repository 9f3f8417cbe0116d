import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';

/** One delivery as the application took it. */
export interface Received {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connectionId: string;
  readonly seq: number;
  readonly type: string;
}

/** An application's webhook: takes everything. */
export interface Target {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

const shape = z.object({ type: z.string(), data: z.object({ connectionId: z.string(), seq: z.number() }) });

export async function startTarget(): Promise<Target> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { type, data } = shape.parse(JSON.parse(body));
      const headers = Object.fromEntries(
        Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
      );
      received.push({ id: headers['webhook-id'] ?? '', headers, body, type, ...data });
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    received,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
