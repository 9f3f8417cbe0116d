import type { IdKind } from './ids.ts';
import type { Mailbox } from './mailbox.ts';
import type { Caller, Tenant, User } from './tenant.ts';

/** One request, from the wire or out of a batch. */
export interface Req {
  method: string;
  /** As received, with the query: `/v1.0/me/messages?$top=5`. */
  url: string;
  /** Without the query, not decoded. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case; a header that came several times is joined with `, `. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** Values of `{name}` in the route's pattern, decoded. */
  params: Record<string, string>;
  /** The server's own id of this request, a GUID. */
  requestId: string;
  /** `http://127.0.0.1:port` as the client named it. */
  origin: string;
}

/** An object goes out as JSON, a string or bytes as they are (name the content type), undefined as nothing. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export type Handler = (req: Req) => Reply | Promise<Reply>;

/** What a Graph handler gets: signed in, throttled, and with the mailbox resolved if the route lies below one. */
export interface GraphContext {
  req: Req;
  tenant: Tenant;
  caller: Caller;
  /** By the `Prefer: IdType` of this request. */
  idKind: IdKind;
  /** A fault that asks the delta functions for a page of another shape. */
  shape?: 'empty-page' | 'repeat-page';
}

export interface MailboxContext extends GraphContext {
  user: User;
  mailbox: Mailbox;
}

export type GraphHandler = (context: GraphContext) => Reply | Promise<Reply>;
export type MailboxHandler = (context: MailboxContext) => Reply | Promise<Reply>;

/** Permission in one word list: any of these delegated scopes, or any of these application roles. */
export interface Needs {
  scopes: readonly string[];
  /** Left out: the same names as the scopes. Empty: never app-only. */
  roles?: readonly string[];
  /** The handler looks for itself at whether the caller may open this mailbox. Left out: a delegated token opens its own alone. */
  shared?: boolean;
}

/** Patterns are like `/control/users/{upn}/messages/{id}`; words match in any case; a plain word beats a `{name}`. */
export interface Routes {
  on(method: string, pattern: string, handler: Handler): void;
}

export interface GraphRoutes {
  /** Below `/v1.0`, for example `/subscriptions/{id}`. Answers 401 without a good token, 403 without a permission of `needs`. */
  on(method: string, pattern: string, needs: Needs, handler: GraphHandler): void;
  /** Below `/v1.0/me` and `/v1.0/users/{user}`, for example `/messages/{id}`. */
  onMailbox(method: string, pattern: string, needs: Needs, handler: MailboxHandler): void;
}

/**
 * What a part of the server is mounted on: `mountEntra(site)`, `mountSubscriptions(site)`, `mountPage(site)`.
 * `entra` patterns start at the origin (`/{tenant}/oauth2/v2.0/token`), `control` ones at the origin too
 * (`/control/subscriptions`), `graph` ones below `/v1.0`.
 */
export interface Site {
  tenant: Tenant;
  entra: Routes;
  control: Routes;
  graph: GraphRoutes;
  /** Runs when the server closes: end timers and open requests there. */
  onClose(work: () => void | Promise<void>): void;
  log(line: string): void;
}

/** Thrown by Graph handlers; becomes `{"error": {"code", "message", "innerError"}}`. */
export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Thrown by control handlers; becomes `{"error": message}`. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
