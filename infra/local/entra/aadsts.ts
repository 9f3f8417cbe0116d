import { randomUUID } from 'node:crypto';
import { DEAD, ENTRIES } from './aadsts-entries.ts';

export interface EntraErrorBody {
  readonly error: string;
  readonly error_description: string;
  readonly error_codes: readonly number[];
  readonly timestamp: string;
  readonly trace_id: string;
  readonly correlation_id: string;
  readonly error_uri: string;
  readonly suberror?: string;
  /** JSON in a string, to be passed on to the next authorize or token call. */
  readonly claims?: string;
}

/** A refusal by AADSTS number. An unknown number is told as `invalid_grant`, as Entra tells most of them. */
export class EntraError extends Error {
  readonly number: number;
  readonly error: string;
  readonly status: number;
  readonly suberror: string | undefined;
  readonly wantsClaims: boolean;

  constructor(number: number, text?: string) {
    const entry = ENTRIES[number] ?? { error: DEAD, text: 'The request was refused.' };
    super(`AADSTS${number}: ${text ?? entry.text}`);
    this.name = 'EntraError';
    this.number = number;
    this.error = entry.error;
    this.status = entry.status ?? 400;
    this.suberror = entry.suberror;
    this.wantsClaims = entry.claims ?? false;
  }
}

/** `invalid_request` for a parameter that is not there, as Entra words it. */
export function missing(parameter: string): EntraError {
  return new EntraError(900144, `The request body must contain the following parameter: '${parameter}'.`);
}

/** The body of a refusal at the token endpoint; ids and time stand in the text and again in members of their own. */
export function errorBody(error: EntraError, now: Date, correlationId: string): EntraErrorBody {
  const trace = randomUUID();
  const timestamp = entraTime(now);
  return {
    error: error.error,
    error_description: describe(error, { trace, correlationId, timestamp }),
    error_codes: [error.number],
    timestamp,
    trace_id: trace,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${error.number}`,
    ...(error.suberror === undefined ? {} : { suberror: error.suberror }),
    ...(error.wantsClaims ? { claims: claimsChallenge() } : {}),
  };
}

export function describe(error: EntraError, ids: { trace: string; correlationId: string; timestamp: string }): string {
  return `${error.message} Trace ID: ${ids.trace} Correlation ID: ${ids.correlationId} Timestamp: ${ids.timestamp}`
    .replace(' Trace ID', '\r\nTrace ID')
    .replace(' Correlation ID', '\r\nCorrelation ID')
    .replace(' Timestamp', '\r\nTimestamp');
}

/** `2026-03-10 09:30:00Z` */
export function entraTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

function claimsChallenge(): string {
  return JSON.stringify({ access_token: { capolids: { essential: true, values: [randomUUID()] } } });
}
