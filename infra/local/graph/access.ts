import { accessDenied, badRequest, itemNotFound } from './errors.ts';
import { GraphError } from './http.ts';
import type { Needs, Req } from './http.ts';
import type { Caller, Tenant, User } from './tenant.ts';

/** The token of the request, or what is wrong with it. */
export function callerOf(req: Req, tenant: Tenant): Caller | GraphError {
  const token = /^Bearer\s+(\S+)$/i.exec(req.headers['authorization'] ?? '')?.[1];
  if (token === undefined) return unauthorised('Access token is empty.');
  const found = tenant.bearer.check(token);
  if (typeof found === 'object') return found;
  if (found === 'expired') return unauthorised('Lifetime validation failed, the token is expired.');
  if (found === 'revoked')
    return unauthorised('Continuous access evaluation resulted in challenge: the session was revoked.');
  return unauthorised('CompactToken parsing failed with error code: 80049217');
}

function unauthorised(message: string): GraphError {
  const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error="invalid_token"`;
  return new GraphError(401, 'InvalidAuthenticationToken', message, { 'www-authenticate': challenge });
}

/** 403 unless the token has one of the permissions. */
export function checkPermission(caller: Caller, needs: Needs): void {
  const held = caller.user === undefined ? caller.roles : caller.scopes;
  const wanted = caller.user === undefined ? (needs.roles ?? needs.scopes) : needs.scopes;
  const names = new Set(held.map((name) => name.toLowerCase()));
  if (!wanted.some((name) => names.has(name.toLowerCase()))) throw accessDenied();
}

/** The user that a path is about; `named` undefined = `/me`. */
export function userOf(caller: Caller, tenant: Tenant, named: string | undefined): User {
  if (named === undefined) {
    if (caller.user === undefined) {
      throw badRequest('/me request is only valid with delegated authentication flow.');
    }
    return caller.user;
  }
  const user = tenant.user(named);
  if (user !== undefined) return user;
  throw new GraphError(404, 'ErrorInvalidUser', `The requested user '${named}' is invalid.`);
}

/** A delegated token opens its own mailbox. With a `.Shared` permission others look empty, for nothing is shared here. */
export function checkOwnMailbox(caller: Caller, user: User): void {
  if (caller.user === undefined || caller.user === user) return;
  if (caller.scopes.some((scope) => scope.toLowerCase().endsWith('.shared'))) throw itemNotFound();
  throw accessDenied();
}

/** 404 for a user without a mailbox, 503 while it is being moved. */
export function checkMailbox(user: User): void {
  if (user.mailbox === 'notEnabled') {
    const message = 'The mailbox is either inactive, soft-deleted, or is hosted on-premise.';
    throw new GraphError(404, 'MailboxNotEnabledForRESTAPI', message);
  }
  if (user.mailbox === 'moving') {
    const message = 'Mailbox move in progress. Try again later., Cannot access mailbox because it is being moved.';
    throw new GraphError(503, 'ErrorMailboxMoveInProgress', message);
  }
}
