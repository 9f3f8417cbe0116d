import { once } from 'node:events';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';

const message = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.looseObject({
    seq: z.number().optional(),
    connectionId: z.string().optional(),
    domain: z.string().optional(),
  }),
});

/** One webhook as an application takes it: read, and held to its signature. */
export interface Taken extends z.output<typeof message> {
  readonly id: string;
  /** Signatures in its header. */
  readonly signatures: number;
}

/** The receiver of an application, over real HTTP. It believes what one of its secrets signed, and drops repeats. */
export interface WebhookSite {
  readonly url: string;
  /** What came, repeats among them, in order. */
  readonly taken: Taken[];
  /** Requests whose signature was not good. */
  readonly forged: { count: number };
  secrets: string[];
  /** What it answers from now on. */
  answer: number;
  /** Nothing listens, until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function startWebhookSite(): Promise<WebhookSite & { close(): Promise<void> }> {
  const taken: Taken[] = [];
  const forged = { count: 0 };
  const state = { secrets: new Array<string>(), answer: 204 };
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const read = verify(state.secrets, Buffer.concat(chunks).toString(), headers);
      if (read === null) forged.count += 1;
      else taken.push(read);
      response.writeHead(read === null ? 400 : state.answer).end();
    })();
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const down = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const port = await listen(0);
  return Object.assign(state, {
    ...{ url: `http://127.0.0.1:${port}/hook`, taken, forged, down },
    up: async () => {
      await listen(port);
    },
    close: down,
  });
}

function verify(secrets: readonly string[], body: string, headers: Record<string, string>): Taken | null {
  for (const secret of secrets) {
    try {
      const read = message.parse(new Webhook(secret).verify(body, headers));
      const signatures = (headers['webhook-signature'] ?? '').split(' ').length;
      return { ...read, id: headers['webhook-id'] ?? '', signatures };
    } catch {
      // Another one may be the right one.
    }
  }
  return null;
}
