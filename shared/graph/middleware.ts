import { GraphClientError, type Context, type Middleware } from '@microsoft/microsoft-graph-client';
import type { SlotLease } from '../engine/directory-ports.ts';
import { TransientError } from '../errors.ts';
import type { Access } from './access.ts';
import { ownLink } from './origin.ts';

/** What the chain of one source is made of. */
export interface ChainParts {
  /** The configured Graph origin: the only place that a token is sent to. */
  readonly origin: string;
  readonly access: Access;
  readonly lease: SlotLease;
  /** For head and body of one answer together. */
  readonly timeoutMs: number;
}

/**
 * Attaches the bearer token, for the configured origin alone, and once more with a fresh token after a 401. The SDK's own
 * handler leaves the token off for http and for hosts with a port, and would send it to any Graph cloud.
 */
class BearerMiddleware implements Middleware {
  readonly #parts: ChainParts;
  readonly #next: Middleware;

  constructor(parts: ChainParts, next: Middleware) {
    this.#parts = parts;
    this.#next = next;
  }

  async execute(context: Context): Promise<void> {
    try {
      await this.#send(context);
    } catch (error) {
      // The client passes on its own error class as it is, and rewrites every other, losing the type.
      throw carrying(error);
    }
  }

  async #send(context: Context): Promise<void> {
    ownLink(String(context.request), this.#parts.origin);
    const token = await this.#parts.access.token();
    await this.#next.execute(withToken(context, token));
    if (context.response?.status !== 401) return;
    const challenged = context.response;
    const fresh = await this.#parts.access.after(token);
    await challenged.body?.cancel();
    await this.#next.execute(withToken(context, fresh));
  }
}

/** Sends once. No retry, no redirect, never without the slot, never for longer than the time-out. */
class SendMiddleware implements Middleware {
  readonly #parts: ChainParts;

  constructor(parts: ChainParts) {
    this.#parts = parts;
  }

  async execute(context: Context): Promise<void> {
    this.#parts.lease.assertHeld();
    const signal = AbortSignal.timeout(this.#parts.timeoutMs);
    try {
      context.response = await fetch(String(context.request), { ...context.options, redirect: 'manual', signal });
    } catch (error) {
      throw new TransientError('Graph did not answer', undefined, { cause: error });
    }
  }
}

/** Our chain instead of the SDK's, which retries POST after 503 and cuts every wait at 180 s. */
export function createChain(parts: ChainParts): Middleware {
  return new BearerMiddleware(parts, new SendMiddleware(parts));
}

function withToken(context: Context, token: string): Context {
  const headers = new Headers(context.options?.headers);
  headers.set('Authorization', `Bearer ${token}`);
  context.options = { ...context.options, headers };
  return context;
}

function carrying(error: unknown): GraphClientError {
  const carrier = new GraphClientError('A call failed');
  carrier.customError = error;
  return carrier;
}

/** The error that went through the client, as it was thrown. */
export function carried(error: unknown): unknown {
  if (!(error instanceof GraphClientError)) return error;
  const inner: unknown = error.customError;
  return inner ?? error;
}
