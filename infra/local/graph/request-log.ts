import type { Req } from './http.ts';

const BODY_LIMIT = 65_536;
/** A server that runs for days forgets the oldest. */
const MOST_LINES = 50_000;

/** One request as control shows it. */
export interface RequestLine {
  n: number;
  at: string;
  method: string;
  /** Path with query, below the origin. */
  path: string;
  upn: string | null;
  /** null while it is open, or when it was answered with nothing (reset, hang). */
  status: number | null;
  headers: Record<string, string>;
  ms: number;
  /** Requests open for the same mailbox when this one came in, itself included. */
  inFlight: number;
  body?: string;
  /** Number of the `$batch` that it came in. */
  batch?: number;
  requestId: string;
}

const SHOWN: Readonly<Record<string, string>> = {
  prefer: 'prefer',
  'if-match': 'ifMatch',
  'retry-attempt': 'retryAttempt',
  'client-request-id': 'clientRequestId',
  'content-type': 'contentType',
  'user-agent': 'userAgent',
};

/** All requests but those to control. */
export class RequestLog {
  private lines: RequestLine[] = [];
  private next = 1;
  private readonly open = new Map<string, number>();
  private readonly most = new Map<string, number>();

  begin(req: Req, about: { at: Date; upn: string | undefined; batch: number | undefined }): RequestLine {
    const key = about.upn ?? '';
    const inFlight = (this.open.get(key) ?? 0) + 1;
    this.open.set(key, inFlight);
    if (key !== '') this.most.set(key, Math.max(inFlight, this.most.get(key) ?? 0));
    const headers: Record<string, string> = {};
    for (const [name, shown] of Object.entries(SHOWN)) {
      const value = req.headers[name];
      if (value !== undefined) headers[shown] = value;
    }
    const line: RequestLine = {
      n: this.next,
      at: about.at.toISOString(),
      method: req.method,
      path: req.url,
      upn: about.upn ?? null,
      status: null,
      headers,
      ms: 0,
      inFlight,
      requestId: req.requestId,
    };
    if (about.batch !== undefined) line.batch = about.batch;
    const json = /\bjson\b/i.test(req.headers['content-type'] ?? '');
    if (json && req.body.length > 0 && req.body.length < BODY_LIMIT) line.body = req.body.toString('utf8');
    this.next += 1;
    this.lines.push(line);
    if (this.lines.length > MOST_LINES * 1.1) this.lines = this.lines.slice(-MOST_LINES);
    return line;
  }

  end(line: RequestLine, status: number | null, ms: number): void {
    line.status = status;
    line.ms = Math.round(ms * 10) / 10;
    const key = line.upn ?? '';
    this.open.set(key, (this.open.get(key) ?? 1) - 1);
  }

  /** Those with a number above `after`, newest last. */
  since(after: number): RequestLine[] {
    return this.lines.filter((line) => line.n > after);
  }

  clear(): void {
    this.lines = [];
    this.most.clear();
  }

  /** Most requests open at one moment, by user principal name. */
  maxInFlight(): Record<string, number> {
    return Object.fromEntries(this.most);
  }

  get total(): number {
    return this.next - 1;
  }
}
