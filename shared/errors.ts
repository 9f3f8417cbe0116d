/**
 * Every failure that is raised on purpose. `code` is a promise; the wording is not.
 * One class per reaction: who catches one of these knows what to do next.
 */
export abstract class AppError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Settings are missing or wrong; the text lists every fault. The start must fail. */
export class ConfigError extends AppError {
  readonly code = 'config.invalid';
}

/** The head row was changed by another writer: discard, read again, compute anew (P2). */
export class FenceLostError extends AppError {
  readonly code = 'store.fence_lost';
}

/** The lease of a sync, or the claim of a write, belongs to another worker now: stop without writing (P2, P8). */
export class LeaseLostError extends AppError {
  readonly code = 'engine.lease_lost';
}

/** The partition is closed (the connection is leaving) or does not exist: stop, write nothing (P15). */
export class ClosedError extends AppError {
  readonly code = 'engine.closed';
}

/** Storage, queue or vault did not answer, or answered with a passing failure: the same job may succeed later. */
export class StorageError extends AppError {
  readonly code: string;

  constructor(
    code: 'store.unavailable' | 'queue.unavailable' | 'vault.unavailable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
  }
}

/** The cursor of a list that no page ever gave: the caller made it up, or it is from another release. */
export class CursorError extends AppError {
  readonly code = 'store.cursor_unknown';
}

/** A value does not fit in a row even after cutting. */
export class TooLargeError extends AppError {
  readonly code = 'store.too_large';
}

/** So many writes to one record wait to be sent that no other one is taken: come back when some of them were. */
export class OutboxFullError extends AppError {
  readonly code = 'outbox.full';
}

/** Facts about a failed call to Microsoft, for logs: ids of the call, never a body or a token. */
export interface RemoteFacts {
  readonly status: number | null;
  readonly remoteCode: string | null;
  readonly requestId: string | null;
}

/** A failure of a call to Microsoft. */
export abstract class RemoteError extends AppError {
  readonly facts: RemoteFacts;

  constructor(message: string, facts?: RemoteFacts, options?: ErrorOptions) {
    super(message, options);
    this.facts = facts ?? { status: null, remoteCode: null, requestId: null };
  }
}

/** Wait at least `retryAfterMs` before the next request to this mailbox (P13). */
export class ThrottledError extends RemoteError {
  readonly code: 'remote.throttled' | 'mailbox.busy' = 'remote.throttled';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, facts?: RemoteFacts, options?: ErrorOptions) {
    super(`Microsoft asks us to wait ${retryAfterMs} ms`, facts, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The mailbox's slots are all taken by work of our own. Nothing was asked of Microsoft, and nothing went wrong: come back (P13). */
export class MailboxBusyError extends ThrottledError {
  override readonly code = 'mailbox.busy';

  constructor(retryAfterMs: number) {
    super(retryAfterMs);
    this.message = `Other work in this mailbox goes first; again in ${retryAfterMs} ms`;
  }
}

/** 5xx, reset, time-out, cut or unreadable answer: nothing is known about the outcome; try again later. */
export class TransientError extends RemoteError {
  readonly code = 'remote.transient';
}

/** The delta link is dead (410, syncStateNotFound, resyncRequired): a fresh round that compares is due (P5). */
export class ResyncRequiredError extends RemoteError {
  readonly code = 'remote.resync_required';
}

/** The item itself answered 404 or 410, from a mailbox that can be read: it is gone (P7). */
export class GoneError extends RemoteError {
  readonly code = 'remote.gone';
}

/** 409 or 412: the item changed meanwhile; read it again and merge. */
export class ConflictError extends RemoteError {
  readonly code = 'remote.conflict';
  /** Id of what stands in the way, where the answer names it (a subscription that exists already). */
  readonly existingId: string | null;

  constructor(message: string, facts?: RemoteFacts, options?: ErrorOptions & { readonly existingId?: string | null }) {
    super(message, facts, options);
    this.existingId = options?.existingId ?? null;
  }
}

/** The request itself is refused (400, 405, 413, 422 ...): repeating it is of no use. */
export class RejectedError extends RemoteError {
  readonly code = 'remote.rejected';
}

/** Why a connection cannot go on until somebody acts (P17). */
export type ConnectionReason =
  | 'reauth_required'
  | 'consent_missing'
  | 'admin_consent_required'
  | 'interaction_required'
  | 'account_disabled'
  | 'access_denied'
  | 'mailbox_unreachable'
  | 'app_misconfigured'
  | 'owa_mfa_required'
  | 'owa_layout_changed';

/** The whole connection is stuck for a reason that the application and its user are told (P17). */
export class ConnectionError extends RemoteError {
  readonly code = 'connection.unusable';
  readonly reason: ConnectionReason;

  constructor(reason: ConnectionReason, message: string, facts?: RemoteFacts, options?: ErrorOptions) {
    super(message, facts, options);
    this.reason = reason;
  }
}

/** Whether Microsoft refuses a call, for itself or for want of access. */
export const isRefusal = (error: unknown): error is RejectedError | ConnectionError =>
  error instanceof RejectedError || (error instanceof ConnectionError && error.facts.status === 403);

/** Something behaves as no documented service does (a link that repeats itself or leads elsewhere, a round without end). */
export class ProtocolError extends RemoteError {
  readonly code: string;

  constructor(
    code: 'remote.link_repeated' | 'remote.answer_unreadable' | 'remote.foreign_link' | 'remote.round_endless',
    message: string,
    facts?: RemoteFacts,
  ) {
    super(message, facts);
    this.code = code;
  }
}

/** One fault of a request: where it stands (`query.limit`, `body.domains.0`) and what is wrong. */
export interface RequestFault {
  readonly path: string;
  readonly message: string;
}

/** The caller of the API is told this as it stands (RFC 9457): status, code and text are for strangers to read. */
export class ProblemError extends AppError {
  readonly code: string;
  readonly status: number;
  readonly faults: readonly RequestFault[];
  readonly retryAfterMs: number | null;
  /** Further members of the answer, by name. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Of a 405: the methods that the path takes. */
  readonly allow: readonly string[];

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      readonly faults?: readonly RequestFault[];
      readonly retryAfterMs?: number;
      readonly members?: Readonly<Record<string, unknown>>;
      readonly allow?: readonly string[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.status = status;
    this.code = code;
    this.faults = more.faults ?? [];
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.members = more.members ?? {};
    this.allow = more.allow ?? [];
  }
}

/** The stable code of any failure; unknown ones are `internal`. */
export function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'internal';
}
