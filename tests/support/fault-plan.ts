import type { IncomingHttpHeaders } from 'node:http';

/** An answer that the proxy makes up itself. */
export interface MadeUpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; an object as JSON (with its content type). */
  readonly body?: string | object;
}

/** What the client sees instead of an answer: the connection reset, or nothing at all until the client gives up. */
export type NoAnswer = 'reset' | 'hang';

/** What happens to a request that a rule picks. */
export type Fault =
  /** The server never sees the request; the client gets this. */
  | { readonly before: MadeUpAnswer | NoAnswer }
  /** The server does the work and answers; the client gets this instead. `cut` = half of the real body, then a reset. */
  | { readonly applied: MadeUpAnswer | NoAnswer | 'cut' }
  /** The server does the work; the client gets its answer with another body. */
  | { readonly rewrite: (body: string) => string }
  /** Waits, then goes on as usual. Milliseconds of real time. */
  | { readonly delayMs: number }
  /**
   * Runs callbacks around the real exchange: `before` ahead of the server (the request waits for it), `after` once the
   * server has answered and before the client hears of it. Kill a process in one of them to let it die at that very point.
   */
  | {
      readonly call: {
        readonly before?: (request: SeenRequest) => Promise<void> | void;
        readonly after?: (request: SeenRequest) => Promise<void> | void;
      };
    };

/** Which requests a rule is about: all that is given must match. */
export interface RequestFilter {
  /** `POST`, or an expression. */
  readonly method?: string | RegExp;
  /** Matched against path and query as they came (still percent-encoded). */
  readonly path?: RegExp;
  /** Matched against the body as text: what a `$batch` carries is seen only there. */
  readonly body?: RegExp;
  /** Asked last, for what no expression can tell. */
  readonly when?: (request: SeenRequest) => boolean;
}

/** A request as the proxy saw it. */
export interface SeenRequest {
  /** 1 for the first request since the start or the last `forget`. */
  readonly number: number;
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What the server answered; null while it has not, or was never asked. */
  serverStatus: number | null;
  /** What the client got; null for a reset, a hang, or nothing yet. */
  clientStatus: number | null;
}

/** A rule of the plan, to look at and to take back. */
export interface PlannedFault {
  /** How many requests it was applied to so far. */
  readonly hits: number;
  /** Settles when it was applied for the first time (before the client hears of it). */
  readonly met: Promise<SeenRequest>;
  /** Takes the rule out of the plan. */
  cancel(): void;
}

export interface FaultRule extends RequestFilter {
  /** The first matching request that it applies to, counted from when the rule was added; default 1. */
  readonly nth?: number;
  /** For how many matching requests in a row; default 1. `Infinity` = until cancelled. */
  readonly times?: number;
  readonly fault: Fault;
}

/** Rules in the order they were added; for each request the first one that applies wins, and every matching rule counts. */
export class FaultPlan {
  #rules: { rule: FaultRule; matched: number; hits: number; met: (request: SeenRequest) => void }[] = [];

  add(rule: FaultRule): PlannedFault {
    const { promise, resolve } = Promise.withResolvers<SeenRequest>();
    const entry = { rule, matched: 0, hits: 0, met: resolve };
    this.#rules.push(entry);
    return {
      get hits() {
        return entry.hits;
      },
      met: promise,
      cancel: () => {
        this.#rules = this.#rules.filter((other) => other !== entry);
      },
    };
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this request, or undefined to let it pass. */
  next(request: SeenRequest): Fault | undefined {
    let chosen: Fault | undefined;
    for (const entry of this.#rules) {
      if (!matches(entry.rule, request)) continue;
      entry.matched++;
      const first = entry.rule.nth ?? 1;
      const inTurn = entry.matched >= first && entry.matched < first + (entry.rule.times ?? 1);
      if (!inTurn || chosen !== undefined) continue;
      chosen = entry.rule.fault;
      entry.hits++;
      entry.met(request);
    }
    return chosen;
  }
}

/** True where the request is one that the filter is about. */
export function matches(filter: RequestFilter, request: SeenRequest): boolean {
  const { method, path, body, when } = filter;
  if (typeof method === 'string' && method !== request.method) return false;
  if (method instanceof RegExp && !method.test(request.method)) return false;
  if (path !== undefined && !path.test(request.path)) return false;
  if (body !== undefined && !body.test(request.body.toString())) return false;
  return when === undefined || when(request);
}
