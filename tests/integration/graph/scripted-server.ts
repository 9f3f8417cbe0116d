import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export interface Seen {
  readonly method: string;
  /** Path and query, unchanged. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
export type Answer = (seen: Seen, response: ServerResponse, index: number) => void;

export interface ScriptedServer {
  readonly origin: string;
  readonly seen: readonly Seen[];
  /** What answers from now on. */
  answer(next: Answer): void;
  close(): Promise<void>;
}

/** A real server on a free port of this machine that answers as the test says and keeps what it was asked. */
export async function startScripted(first: Answer = json(200, {})): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  let answer = first;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
      };
      answer(one, response, seen.push(one) - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${portOf(server.address())}`,
    seen,
    answer: (next) => {
      answer = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return address.port;
}

/** Answers JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** Answers the first request by the first, and so on; the last one stands for all that follow. */
export function inTurn(...answers: readonly Answer[]): Answer {
  let turn = 0;
  return (seen, response, index) => {
    const next = answers[Math.min(turn, answers.length - 1)];
    turn += 1;
    next?.(seen, response, index);
  };
}

export const fault = (code: string, inner?: unknown): unknown => ({
  error: { code, message: 'Text that must not travel: adele@contoso.com', innerError: inner ?? {} },
});
