import { createServer } from 'node:http';
import { z } from 'zod';

const item = z.looseObject({
  subscriptionId: z.string(),
  clientState: z.string().optional(),
  changeType: z.string().optional(),
  lifecycleEvent: z.string().optional(),
  resource: z.string().optional(),
  resourceData: z.looseObject({ id: z.string() }).optional(),
});
export type Item = z.infer<typeof item>;
const payload = z.object({ value: z.array(item) });

export interface Post {
  readonly path: string;
  readonly items: readonly Item[];
}

export interface Answer {
  status: number;
  type: string;
  /** Undefined = the token, as it should be. */
  text?: string;
  delayMs: number;
}

export interface Receiver {
  readonly url: string;
  /** What a handshake is answered with; to be changed at will. */
  readonly shake: Answer;
  /** The status that notifications are answered with, after `delayMs`. */
  readonly notify: { status: number; delayMs: number };
  readonly shakes: { path: string; type: string; body: string }[];
  readonly posts: Post[];
  items(): Item[];
  close(): Promise<void>;
}

/** The application's end of change notifications. */
export async function openReceiver(): Promise<Receiver> {
  const shake: Answer = { status: 200, type: 'text/plain', delayMs: 0 };
  const notify = { status: 202, delayMs: 0 };
  const shakes: Receiver['shakes'] = [];
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const url = new URL(request.url ?? '/', 'http://x');
      const token = url.searchParams.get('validationToken');
      if (token === null) {
        posts.push({ path: request.url ?? '', items: payload.parse(JSON.parse(body)).value });
        setTimeout(() => response.writeHead(notify.status).end(), notify.delayMs);
        return;
      }
      shakes.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', body });
      setTimeout(
        () => response.writeHead(shake.status, { 'content-type': shake.type }).end(shake.text ?? token),
        shake.delayMs,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    shake,
    notify,
    shakes,
    posts,
    items: () => posts.flatMap((post) => post.items),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
