import { AuthError, InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { z } from 'zod';
import { ConnectionError, TransientError, type RemoteFacts } from '../errors.ts';
import { numbersIn, refusalOf, type EntraFault } from './aadsts.ts';
import type { TokenEndpoint } from './msal-network.ts';

/** Codes of msal's own that stand for a missing or foreign sign-in; all others are passing. */
const localReauth = ['no_tokens_found', 'refresh_token_expired', 'no_account_found', 'native_account_unavailable'];
const localForeign = [
  'state_mismatch',
  'invalid_state',
  'state_not_found',
  'nonce_mismatch',
  'authorization_code_missing',
];

/**
 * Any failure of an msal call as one of ours. A number decides, whichever class msal chose: a plain `invalid_grant` without
 * suberror comes as ServerError, not as InteractionRequiredAuthError. 429, 5xx and silence are passing failures, and so is
 * what msal refuses locally after them.
 */
export function signInError(error: unknown, endpoint: TokenEndpoint): ConnectionError | TransientError {
  // Told in our words already: what went wrong before anything was sent.
  if (error instanceof ConnectionError || error instanceof TransientError) return error;
  const fault = faultOf(error);
  const facts: RemoteFacts = {
    status: endpoint.status,
    remoteCode: fault === null ? null : codeOf(fault),
    requestId: error instanceof AuthError && error.correlationId !== '' ? error.correlationId : null,
  };
  if (endpoint.failed || endpoint.status === 429 || (endpoint.status ?? 0) >= 500 || fault === null) {
    return new TransientError('The sign-in service did not answer as it should', facts, { cause: causeOf(error) });
  }
  const refusal = refusalOf(fault) ?? localRefusal(fault.error);
  return refusal === null || refusal.reason === 'try_again'
    ? new TransientError('The sign-in service asks us to try later', facts)
    : new ConnectionError(refusal.reason, refusal.text, facts);
}

/** Whether the refresh token itself was refused, so that a newer one may still do. */
export const isDeadGrant = (error: unknown): boolean =>
  error instanceof ConnectionError && error.reason === 'reauth_required';

function faultOf(error: unknown): EntraFault | null {
  if (!(error instanceof AuthError) || error.errorCode === '') return null;
  const told =
    error instanceof ServerError || error instanceof InteractionRequiredAuthError ? error.errorNo : undefined;
  // Msal types it as text and hands on the number of the answer.
  const number = z.coerce.number().int().safeParse(told);
  return {
    error: error.errorCode,
    suberror: error.subError,
    numbers: [...(number.success ? [number.data] : []), ...numbersIn(error.errorMessage)],
  };
}

function localRefusal(code: string): { readonly reason: 'reauth_required'; readonly text: string } | null {
  if (localReauth.includes(code))
    return { reason: 'reauth_required', text: 'There is no sign-in. Sign in to Microsoft again.' };
  if (localForeign.includes(code)) {
    return { reason: 'reauth_required', text: 'The answer does not belong to this sign-in. Begin anew.' };
  }
  return null;
}

/** For logs: the number where there is one, else the word. */
function codeOf(fault: EntraFault): string | null {
  const number = fault.numbers[0];
  if (number !== undefined) return `AADSTS${number}`;
  return /^[\w.-]{1,80}$/.test(fault.error) ? fault.error : null;
}

/** Msal's texts can hold descriptions with names of accounts: only its code goes on. */
function causeOf(error: unknown): unknown {
  return error instanceof AuthError ? new Error(`msal: ${error.errorCode}`) : error;
}
