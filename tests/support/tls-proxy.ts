import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { makeCertificate } from './certificate.ts';

export interface TlsProxy {
  /** `https://localhost:port` */
  readonly origin: string;
  /** PEM of the certificate that it shows. */
  readonly certificate: string;
  /** What came, in order. */
  readonly seen: readonly { readonly path: string; readonly authorization: string | undefined }[];
  close(): Promise<void>;
}

/** A server with TLS in front of a plain http one, which is told by `X-Forwarded-Proto` how it was called. */
export async function startTlsProxy(target: string): Promise<TlsProxy> {
  const { certificate, privateKey } = makeCertificate({ host: 'localhost' });
  const seen: { path: string; authorization: string | undefined }[] = [];
  const server = createServer({ cert: certificate, key: privateKey }, (incoming, response) => {
    seen.push({ path: incoming.url ?? '', authorization: incoming.headers.authorization });
    const headers = { ...incoming.headers, 'x-forwarded-proto': 'https' };
    const outgoing = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.once('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { origin: `https://localhost:${port}`, certificate, seen, close };
}
