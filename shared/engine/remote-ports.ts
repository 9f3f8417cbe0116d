import type { Account, Connection } from './connection.ts';
import type { SlotLease } from './directory-ports.ts';
import type { Source } from './ports.ts';

/** Opens the mailbox of a connection. */
export interface Sources {
  /**
   * A source that sends its requests under this lease. Reads the token when the first request needs it, refreshes it
   * when it is near its end or was refused once, and stores a rotated refresh token before it is used.
   * Its calls throw ConnectionError with the reason when the grant is dead (P17).
   */
  open(connection: Connection, lease: SlotLease): Source;
}

/** Bytes that a mailbox keeps beside its items, such as the photo of a contact. */
export interface Media {
  /** As the remote calls it; it is not to be believed. */
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Where a sign-in begins. */
export interface SignInStart {
  readonly url: string;
  /** To be sealed in the browser's cookie, never stored in clear. */
  readonly verifier: string;
  readonly nonce: string;
}

/** What a sign-in gave. */
export interface SignInGrant {
  readonly account: Account;
  /** Lower case, without openid, profile, email, offline_access. */
  readonly scopes: readonly string[];
  /** The MSAL cache partition reduced to what refreshing needs: a secret. */
  readonly cache: string;
}

/** The authorization code flow with PKCE. */
export interface SignIn {
  begin(request: {
    readonly state: string;
    readonly domains: readonly string[];
    readonly loginHint: string | null;
  }): Promise<SignInStart>;
  /** Throws ConnectionError (the user must act, or our set-up is wrong), TransientError. */
  finish(answer: {
    readonly code: string;
    readonly clientInfo: string | null;
    readonly state: string;
    readonly verifier: string;
    readonly nonce: string;
    readonly domains: readonly string[];
  }): Promise<SignInGrant>;
  /** What an `error` on the callback means. */
  explain(error: string, description: string | null): { readonly reason: string; readonly text: string };
}

/** A subscription as Graph tells it. */
export interface RemoteSubscription {
  readonly id: string;
  readonly resource: string;
  readonly changeType: string;
  readonly notificationUrl: string | null;
  readonly expiresAt: string;
}

/** Graph's subscriptions, in the name of a connection. Throws the errors of `errors.ts`. */
export interface RemoteSubscriptions {
  /**
   * Throws ConflictError where one exists (409), with its id where Graph names it; RejectedError when the resource
   * refuses or the handshake failed (then `facts.remoteCode` is `ValidationError`, however Graph spelt it).
   */
  create(request: {
    readonly resource: string;
    readonly changeType: string;
    readonly notificationUrl: string;
    readonly lifecycleUrl: string;
    readonly clientState: string;
    readonly expiresAt: Date;
  }): Promise<RemoteSubscription>;
  /** Throws GoneError on 404 or 410. Answers the life that Graph granted. */
  renew(id: string, expiresAt: Date): Promise<RemoteSubscription>;
  /** One that is not there is no error. */
  remove(id: string): Promise<void>;
  list(): AsyncIterable<readonly RemoteSubscription[]>;
}

/** Opens Graph's subscriptions for a connection. Calls on `/subscriptions` take no mailbox slot. */
export interface SubscriptionSources {
  open(connection: Connection): RemoteSubscriptions;
}
