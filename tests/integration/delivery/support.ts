import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { LookupFunction } from 'node:net';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { expect } from 'vitest';
import { openDelivery, type DeliveryParts } from '../../../shared/delivery/open.ts';
import { newRing, ringText } from '../../../shared/engine/signing-keys.ts';
import type { Endpoint } from '../../../shared/engine/delivery-ports.ts';

/** 32 bytes, as every secret here has. */
export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export interface Site {
  readonly port: number;
  /** Connections that were made to it. */
  readonly sockets: Set<Socket>;
  readonly counts: { connections: number; requests: number };
  close(): Promise<void>;
}

/** An HTTP receiver on this machine; with a certificate, over TLS. */
export async function startSite(
  answer: RequestListener,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Site> {
  return listen(tls === undefined ? createServer() : createTlsServer(tls), answer);
}

/** Something that listens and speaks as it likes. */
export async function startRaw(onSocket: (socket: Socket) => void): Promise<Site> {
  const server = createTcpServer(onSocket);
  return listen(server);
}

async function listen(server: Server | TcpServer, answer?: RequestListener): Promise<Site> {
  const sockets = new Set<Socket>();
  const counts = { connections: 0, requests: 0 };
  server.on('connection', (socket: Socket) => {
    counts.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  if (answer !== undefined)
    server.on('request', (request: IncomingMessage, response: Parameters<RequestListener>[1]) => {
      counts.requests += 1;
      answer(request, response);
    });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    ...{ sockets, counts },
    close: async () => {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const opened: Site[] = [];

/** Remembers what a test starts; `closeSites` after each test ends it. */
export async function open(site: Promise<Site>): Promise<Site> {
  const one = await site;
  opened.push(one);
  return one;
}
export async function closeSites(): Promise<void> {
  await Promise.all(opened.splice(0).map((site) => site.close()));
}

/** A receiver that takes everything. */
export const ok = (): Promise<Site> => open(startSite((_request, response) => response.end('ok')));
export const at = ({ port }: Site): string => `http://127.0.0.1:${port}/hook`;

/** For an error that begins, or does not begin, like this. */
export const like = (text: RegExp): unknown => expect.stringMatching(text);
export const notLike = (text: RegExp): unknown => expect.not.stringMatching(text);

/** The whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A look-up that answers these addresses, one list a call, the last one from then on; `asked` counts its calls. */
export function lookupOf(...answers: readonly (readonly string[])[]): {
  readonly lookup: LookupFunction;
  asked: number;
} {
  const state = { asked: 0 };
  const lookup: LookupFunction = (_hostname, options, callback) => {
    const answer = answers[Math.min(state.asked, answers.length - 1)] ?? [];
    state.asked += 1;
    const all = answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) callback(null, all);
    else callback(null, all[0]?.address ?? '', all[0]?.family ?? 4);
  };
  return Object.assign(state, { lookup });
}

/** An endpoint at this URL. */
export const endpointAt = (url: string): Endpoint => ({
  ...{ id: 'ep_1', workspaceId: null, url, types: ['*'], description: null },
  ...{ status: 'active', pausedReason: null, createdAt: '2026-01-05T09:00:00.000Z' },
  ...{ updatedAt: '2026-01-05T09:00:00.000Z', secret: { vault: 'v', name: 'n', version: '1' } },
  ...{ failingSince: null, failures: 0, notBefore: null, lastSuccessAt: null, lastError: null, deletedAt: null },
});

/** Sends one message to this URL. */
export function sender(parts: Partial<DeliveryParts> & { readonly now?: Date } = {}) {
  const delivery = openDelivery({
    allowPrivate: true,
    secrets: { read: () => Promise.resolve(ringText(newRing(SECRET))) },
    ...parts,
  });
  return (url: string, body = '{"type":"message.created"}', id = 'msg_1') =>
    delivery.send({ endpoint: endpointAt(url), id, at: parts.now ?? new Date(), body });
}
