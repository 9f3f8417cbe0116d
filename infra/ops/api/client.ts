import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { OpsError } from '../errors.ts';
import { causeCode, failureOf, unanswered } from './failures.ts';
import { connection, problem, type Connection } from './schemas.ts';

const TIMEOUT_MS = 30_000;
/** Tries of a request, and the first wait between two of them; it doubles. */
const TRIES = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export interface Answer<T> {
  readonly value: T;
  /** The API's clock, to the second; null where it does not tell. */
  readonly date: Date | null;
  readonly tookMs: number;
}

export interface Send {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** Statuses that are answers, beside those of success. */
  readonly also?: readonly number[];
  /** Fail at once: for finding out whether somebody is there. */
  readonly once?: boolean;
}

/** The service's API. Every answer is read through a schema; the key goes to this one address and follows no redirect. */
export class ApiClient {
  readonly base: string;
  readonly #key: string | null;
  /** It was there: if it is not now, it may be starting anew. */
  #answered = false;

  constructor(base: string, key: string | null) {
    this.base = base.replace(/\/+$/, '');
    this.#key = key;
  }

  async get<T>(schema: z.ZodType<T>, path: string): Promise<T> {
    return (await this.ask(schema, path)).value;
  }

  async send<T>(schema: z.ZodType<T>, path: string, send: Send): Promise<T> {
    return (await this.ask(schema, path, send)).value;
  }

  /**
   * One request, tried again after a failure that may pass, as Retry-After says. One that writes carries an
   * Idempotency-Key, the same at each try, so that it has its effect once.
   * Throws ApiError for an answer of failure, OpsError where there was no answer or one that is not understood.
   */
  async ask<T>(schema: z.ZodType<T>, path: string, send: Send = {}): Promise<Answer<T>> {
    const tries = send.once === true ? 1 : TRIES;
    const key = (send.method ?? 'GET') === 'GET' ? null : randomUUID();
    for (let tried = 1; ; tried++) {
      const outcome = await this.#attempt(schema, path, { ...send, key });
      if ('answer' in outcome) return outcome.answer;
      if (tried >= tries || outcome.waitMs === null) throw outcome.failure;
      await pause(Math.min(LONGEST_WAIT_MS, Math.max(outcome.waitMs, FIRST_WAIT_MS * 2 ** (tried - 1))));
    }
  }

  /** The items of a list, page by page: only a null cursor ends it. */
  async *pages<T>(item: z.ZodType<T>, path: string): AsyncGenerator<readonly T[]> {
    const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
    for (let cursor: string | null = ''; cursor !== null;) {
      const glue = path.includes('?') ? '&' : '?';
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const read: { items: T[]; nextCursor: string | null } = await this.get(page, `${path}${glue}limit=200${after}`);
      yield read.items;
      cursor = read.nextCursor;
    }
  }

  connection(id: string): Promise<Connection> {
    return this.get(connection, `/connections/${encodeURIComponent(id)}`);
  }

  async #attempt<T>(schema: z.ZodType<T>, path: string, send: KeyedSend): Promise<Outcome<T>> {
    const started = performance.now();
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(path, send);
      text = await response.text();
    } catch (error) {
      // Where nobody ever was, nobody will be; anything else may be a connection that broke, or a restart.
      const passing = this.#answered || !['ECONNREFUSED', 'ENOTFOUND'].includes(causeCode(error));
      return { failure: unanswered(this.base, error), waitMs: passing ? 0 : null };
    }
    this.#answered = true;
    const request = `${send.method ?? 'GET'} ${path.split('?', 1)[0] ?? path}`;
    const body = parseJson(text);
    if (isInProgress(response.status, body))
      return { failure: failureOf(request, response.status, body), waitMs: retryAfterOf(response) };
    if (!response.ok && send.also?.includes(response.status) !== true)
      return { failure: failureOf(request, response.status, body), waitMs: waitOf(response) };
    const read = schema.safeParse(body);
    if (!read.success) throw notUnderstood(request, read.error);
    return { answer: { value: read.data, date: dateOf(response), tookMs: performance.now() - started } };
  }

  #fetch(path: string, { method = 'GET', body, key }: KeyedSend): Promise<Response> {
    return fetch(`${this.base}${path}`, {
      method,
      headers: {
        ...(this.#key === null ? {} : { authorization: `Bearer ${this.#key}` }),
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

/** `key` is the Idempotency-Key; null for what only reads. */
type KeyedSend = Send & { readonly key: string | null };

type Outcome<T> =
  | { readonly answer: Answer<T> }
  /** `waitMs` null = trying again would not help. */
  | { readonly failure: OpsError; readonly waitMs: number | null };

function waitOf(response: Response): number | null {
  return [429, 500, 502, 503, 504].includes(response.status) ? retryAfterOf(response) : null;
}

/** An earlier try of this very write is still at work, though its answer was lost. */
const isInProgress = (status: number, body: unknown): boolean =>
  status === 409 && problem.safeParse(body).data?.code === 'idempotency_in_progress';

function retryAfterOf(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? '0');
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}

function dateOf(response: Response): Date | null {
  const date = new Date(response.headers.get('date') ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: a proxy's page, or nothing at all. The schema says what becomes of that.
    return undefined;
  }
}

const notUnderstood = (request: string, error: z.ZodError): OpsError => {
  const places = error.issues.slice(0, 3).map((issue) => issue.path.join('.') || '(whole)');
  return new OpsError(
    `${request} answered something that this program does not understand (${places.join(', ')})`,
    'Is --api the address of this service, and are both of one version?',
  );
};
