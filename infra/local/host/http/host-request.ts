import type { IncomingMessage } from 'node:http';

/** A request as its sender meant it: with the address of the front end, where one stands before the host. */
export interface HostRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names; values of equal names joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: IncomingMessage;
}

export function toHostRequest(raw: IncomingMessage): HostRequest {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(raw.headersDistinct)) headers[name] = (values ?? []).join(',');
  const scheme = first(headers['x-forwarded-proto']) ?? 'http';
  const host = first(headers['x-forwarded-host']) ?? headers['host'] ?? 'localhost';
  return { method: raw.method ?? 'GET', url: toUrl(raw.url ?? '/', `${scheme}://${host}`), headers, raw };
}

function first(list: string | undefined): string | undefined {
  const text = list?.split(',')[0]?.trim();
  return text === '' ? undefined : text;
}

/** The base only makes a URL of a path; one that the header has spoilt must not stop the host. */
function toUrl(path: string, base: string): URL {
  const target = path.startsWith('/') ? path : `/${path}`;
  return URL.canParse(base + target) ? new URL(base + target) : new URL(`http://localhost${target}`);
}

/** The announced length of the body; undefined for a chunked one. */
export function contentLength({ headers }: HostRequest): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
}

/** Thrown for a body over the limit. */
export class BodyTooLarge extends Error {}

export async function readBody({ raw }: HostRequest, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > limit) throw new BodyTooLarge(`The body is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Query parameters as the host reads them: names kept, values of equal names joined by commas. */
export function joinedQuery({ url }: HostRequest): Record<string, string> {
  const names = new Set(url.searchParams.keys());
  return Object.fromEntries([...names].map((name) => [name, url.searchParams.getAll(name).join(',')]));
}

export function traceParentOf({ headers }: HostRequest): string | undefined {
  const value = headers['traceparent'];
  return value !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value) ? value : undefined;
}
