import {
  ConflictError,
  ConnectionError,
  GoneError,
  ProtocolError,
  RejectedError,
  ResyncRequiredError,
  ThrottledError,
  TransientError,
  type RemoteError,
  type RemoteFacts,
} from '../errors.ts';
import { readFault, type GraphFault, type Meaning } from './error-codes.ts';

/** An answer that is no success, as far as its error is concerned. */
export interface FailedAnswer {
  readonly status: number;
  /** Header by lower-case name; null where there is none. */
  header(name: string): string | null;
  /** The body parsed; undefined where it is no JSON. */
  readonly body: unknown;
}

/** What the reading of a failure depends on. */
export interface FailurePlace {
  /** The call was by a stored next or delta link of a round. */
  readonly link: boolean;
  /** Turns what Retry-After asked for (ms, null = not told) into a wait. */
  readonly wait: (asked: number | null) => number;
  readonly now: Date;
  /** Retry-After, read; null where there is none. */
  readonly retryAfterMs: number | null;
}

type Known = Exclude<Meaning, 'by-status'>;

/**
 * The one table from Graph's failures to ours. Codes count before the status, whatever their case. Nothing but 404 and 410
 * with a Graph error body on the thing itself reads as gone (P7); a 404 of unknown make is a passing failure.
 */
export function remoteError(answer: FailedAnswer, place: FailurePlace): RemoteError {
  const fault = readFault(answer.body);
  const facts: RemoteFacts = {
    status: answer.status,
    remoteCode: fault?.code ?? null,
    requestId: answer.header('request-id') ?? fault?.requestId ?? null,
  };
  const meaning = fault?.meaning ?? null;
  return meaning !== null && meaning !== 'by-status'
    ? byMeaning(meaning, facts, place)
    : byStatus(answer, fault, facts, place);
}

function byMeaning(meaning: Known, facts: RemoteFacts, place: FailurePlace): RemoteError {
  switch (meaning) {
    case 'resync':
      return new ResyncRequiredError('The delta link is no longer valid', facts);
    case 'mailbox':
      return new ConnectionError('mailbox_unreachable', 'The account has no mailbox that Graph can reach', facts);
    case 'throttled':
      return new ThrottledError(place.wait(place.retryAfterMs), facts);
    case 'transient':
      return place.retryAfterMs === null
        ? new TransientError('The mailbox cannot be reached for the moment', facts)
        : new ThrottledError(place.wait(place.retryAfterMs), facts);
    case 'denied':
      return new ConnectionError('access_denied', 'Exchange refuses access', facts);
    case 'consent':
      return new ConnectionError('consent_missing', 'The application lacks consent for this', facts);
    case 'missing':
      return facts.status === 404 || facts.status === 410
        ? new GoneError('It is not there', facts)
        : new RejectedError('Graph refuses the request', facts);
  }
}

function byStatus(
  answer: FailedAnswer,
  fault: GraphFault | null,
  facts: RemoteFacts,
  place: FailurePlace,
): RemoteError {
  const { status } = answer;
  if (status < 400) return new ProtocolError('remote.answer_unreadable', 'Graph answers with a redirect', facts);
  if (isThrottle(status, place)) return new ThrottledError(place.wait(place.retryAfterMs), facts);
  if (isPassing(status)) return new TransientError(`Graph answers ${status}`, facts);
  switch (status) {
    case 401:
      return refusedToken(answer, facts);
    case 404:
    case 410:
      return missing(status, fault, facts, place);
    case 409:
    case 412:
      return new ConflictError('It changed meanwhile', facts, { existingId: existingId(fault) });
    case 400:
      return place.link
        ? new ResyncRequiredError('Graph refuses a link that it gave', facts)
        : new RejectedError('Graph refuses the request', isHandshake(fault) ? handshake(facts) : facts);
    default:
      return new RejectedError(`Graph refuses the request with ${status}`, facts);
  }
}

/** 509 is the bandwidth limit. 503 and 504 tell a time to wait now and then. */
function isThrottle(status: number, place: FailurePlace): boolean {
  return status === 429 || status === 509 || ((status === 503 || status === 504) && place.retryAfterMs !== null);
}

/** 501 and 507 (quota exceeded) stay as they are however often we ask. */
function isPassing(status: number): boolean {
  return status === 408 || status === 424 || (status >= 500 && status !== 501 && status !== 507);
}

function refusedToken(answer: FailedAnswer, facts: RemoteFacts): ConnectionError {
  const challenge = answer.header('www-authenticate') ?? '';
  return /insufficient_claims/i.test(challenge)
    ? new ConnectionError('interaction_required', 'Microsoft wants the user to sign in with more proof', facts)
    : new ConnectionError('reauth_required', 'Graph refuses the access token, a fresh one too', facts);
}

function missing(status: number, fault: GraphFault | null, facts: RemoteFacts, place: FailurePlace): RemoteError {
  // A reset, whatever its body: the fresh round tells whether the container itself is gone.
  if (place.link && (status === 410 || fault !== null)) {
    return new ResyncRequiredError('The delta link is not known any more', facts);
  }
  if (fault === null || fault.code === null)
    return new TransientError(`An answer ${status} that is not Graph's own`, facts);
  return new GoneError('It is not there', facts);
}

/** "Subscription Id <...> already exists for the requested combination". */
function existingId(fault: GraphFault | null): string | null {
  return /Subscription Id\s*<?([0-9a-f-]{36})>?/i.exec(fault?.message ?? '')?.[1]?.toLowerCase() ?? null;
}

/** A failed handshake comes as `InvalidRequest` or `ValidationError`; the text alone tells the first from other refusals. */
const isHandshake = (fault: GraphFault | null): boolean =>
  /subscription validation request failed/i.test(fault?.message ?? '');
const handshake = (facts: RemoteFacts): RemoteFacts => ({ ...facts, remoteCode: 'ValidationError' });
