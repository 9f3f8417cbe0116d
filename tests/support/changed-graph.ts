import { createServer, request as send, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { z } from 'zod';
import { fieldsSchema, parseJson, type Fields, type Json } from '../../shared/lib/json.ts';

/** An answer of Graph on its way; a null body is none at all. */
export interface PassingAnswer {
  readonly status: number;
  readonly body: Json;
}

export interface PassingRequest {
  readonly method: string;
  readonly path: string;
  /** Whether it names a version of the item. */
  readonly ifMatch: boolean;
}

/** Ways of a Graph that is not ours. */
export interface Habit {
  /** Answers for it, before it hears of a request. */
  readonly refuse?: (request: PassingRequest) => PassingAnswer | undefined;
  /** It does not hear `If-Match`. */
  readonly deaf?: boolean;
  /** Its answers, batches taken apart. */
  readonly change?: (request: PassingRequest, answer: PassingAnswer) => PassingAnswer;
}

const batch = z.object({
  responses: z.array(z.looseObject({ id: z.string(), status: z.number(), body: z.json().optional() })),
});

/** Puts a server in front of a Graph that has other habits; answers its origin and the way to end it. */
export async function changeGraph(
  origin: string,
  habit: Habit,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const { method = 'GET', url: path = '/' } = incoming;
      const body = await bytesOf(incoming);
      const asked = { method, path, ifMatch: incoming.headers['if-match'] !== undefined };
      const refused = habit.refuse?.(asked);
      const answer = refused ?? (await forward(origin, { incoming, body, deaf: habit.deaf === true }));
      const changed = refused ?? changedBy(habit, asked, answer);
      outgoing.writeHead(changed.status, { 'content-type': 'application/json' });
      outgoing.end(changed.body === null ? undefined : JSON.stringify(changed.body));
    })().catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function changedBy(habit: Habit, asked: PassingRequest, answer: PassingAnswer): PassingAnswer {
  const { change } = habit;
  if (change === undefined) return answer;
  if (!asked.path.endsWith('/$batch')) return change(asked, answer);
  const inner = batch.safeParse(answer.body).data?.responses ?? [];
  const item = { method: 'GET', path: '/me/contacts/in-a-batch', ifMatch: false };
  const responses = inner.map(({ body = null, ...one }) => ({
    ...one,
    ...change(item, { status: one.status, body }),
  }));
  return { ...answer, body: fieldsSchema.parse(JSON.parse(JSON.stringify({ responses }))) };
}

interface Passing {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly deaf: boolean;
}

async function forward(origin: string, { incoming, body, deaf }: Passing): Promise<PassingAnswer> {
  const heard = Object.entries(incoming.headers).filter(([name]) => !deaf || name !== 'if-match');
  const outgoing = send(new URL(incoming.url ?? '/', origin), {
    method: incoming.method,
    headers: Object.fromEntries(heard),
  });
  outgoing.end(body);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
  });
  const response = await answered;
  const parsed = z.json().safeParse(parseJson((await bytesOf(response)).toString()));
  return { status: response.statusCode ?? 500, body: parsed.data ?? null };
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(z.instanceof(Buffer).parse(chunk));
  return Buffer.concat(chunks);
}

/** Changes each item of an answer: one alone, or those of a list. */
export const eachItem =
  (change: (item: Fields) => Fields): NonNullable<Habit['change']> =>
  (_, answer) => {
    const body = fieldsSchema.safeParse(answer.body).data;
    if (body === undefined || answer.status >= 300) return answer;
    const items = z.array(fieldsSchema).safeParse(body['value']).data;
    return { ...answer, body: items === undefined ? change(body) : { ...body, value: items.map(change) } };
  };
