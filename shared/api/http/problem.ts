import {
  AppError,
  ClosedError,
  ConnectionError,
  CursorError,
  FenceLostError,
  GoneError,
  OutboxFullError,
  ProblemError,
  RejectedError,
  StorageError,
  ThrottledError,
  TooLargeError,
  TransientError,
  type RequestFault,
} from '../../errors.ts';

/** Titles of RFC 9457 say what the status says; the detail says what happened. */
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

export const PROBLEM_TYPE = 'application/problem+json';

/** An answer that tells a failure (RFC 9457), with the id under which the logs have it. */
export function problemResponse(problem: ProblemError, requestId: string): Response {
  const body = {
    ...problem.members,
    type: `urn:outlook-sync:problem:${problem.code}`,
    title: titles[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    requestId,
    ...(problem.faults.length > 0 ? { errors: shown(problem.faults) } : {}),
  };
  const all = new Headers();
  all.set('content-type', PROBLEM_TYPE);
  all.set('cache-control', 'no-store');
  all.set('x-content-type-options', 'nosniff');
  all.set('x-request-id', requestId);
  if (problem.allow.length > 0) all.set('allow', problem.allow.join(', '));
  if (problem.status === 401) all.set('www-authenticate', 'Bearer');
  if (problem.retryAfterMs !== null) all.set('retry-after', String(retryAfterSeconds(problem.retryAfterMs)));
  return new Response(JSON.stringify(body), { status: problem.status, headers: all });
}

/** Faults that are listed one by one, and the longest place (names in it are the caller's): an answer stays small. */
const MOST_FAULTS = 100;
const LONGEST_PATH = 300;

function shown(faults: readonly RequestFault[]): RequestFault[] {
  const listed = faults
    .slice(0, MOST_FAULTS)
    .map(({ path, message }) => ({ path: path.slice(0, LONGEST_PATH), message: message.slice(0, LONGEST_PATH) }));
  const more = faults.length - listed.length;
  return more === 0 ? listed : [...listed, { path: '', message: `and ${more} more` }];
}

/** Whole seconds, rounded up, at least one. */
const retryAfterSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** What the caller is told of a failure. Null = nobody foresaw it: it is a bug, and the caller hears no more than that. */
export function toProblem(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (!(error instanceof AppError)) return null;
  const code = error.code;
  if (error instanceof CursorError)
    return new ProblemError(400, 'request_invalid', 'The request has 1 fault', {
      faults: [{ path: 'query.cursor', message: 'is no cursor of this service' }],
      cause: error,
    });
  if (error instanceof ThrottledError) return unavailable(error, 'Microsoft asks us to wait', error.retryAfterMs);
  if (error instanceof StorageError) return unavailable(error, 'A part that this service stands on did not answer');
  if (error instanceof FenceLostError)
    return unavailable(error, 'Too many writers at once; nothing was written', 1_000);
  if (error instanceof OutboxFullError)
    return unavailable(error, 'Too many writes to it wait to be sent to Microsoft 365; nothing was written', 60_000);
  if (error instanceof TransientError) return unavailable(error, 'Microsoft 365 did not answer as it should');
  if (error instanceof GoneError)
    return new ProblemError(404, code, 'Microsoft 365 no longer has it', { cause: error });
  if (error instanceof ClosedError) return new ProblemError(409, code, 'The connection is leaving', { cause: error });
  if (error instanceof TooLargeError) return new ProblemError(413, code, 'It does not fit', { cause: error });
  if (error instanceof RejectedError) return new ProblemError(502, code, 'Microsoft 365 refused it', { cause: error });
  if (error instanceof ConnectionError)
    return new ProblemError(409, error.reason, 'The connection cannot be used until its user acts', { cause: error });
  return null;
}

function unavailable(error: AppError, message: string, retryAfterMs = 5_000): ProblemError {
  return new ProblemError(503, error.code, message, { retryAfterMs, cause: error });
}
