import { z } from 'zod';
import { AppError, StorageError } from '../errors.ts';

/** Where the SDKs keep what the service answered: single calls in `details`, transactions and queues at the top. */
const shape = z.object({
  statusCode: z.number().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  details: z
    .object({
      errorCode: z.string().optional().catch(undefined),
      odataError: z
        .object({ code: z.string().optional().catch(undefined) })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** What is known of a failed call. */
export interface Failure {
  /** Null where no answer came: a reset, a time-out, an answer that cannot be read. */
  readonly status: number | null;
  readonly code: string | null;
}

/** Reads status and code wherever the SDK put them. */
export function failureOf(error: unknown): Failure {
  const { data } = shape.safeParse(error);
  if (data === undefined) return { status: null, code: null };
  return {
    status: data.statusCode ?? null,
    code: data.details?.odataError?.code ?? data.details?.errorCode ?? data.code ?? null,
  };
}

/** The row is not there. A missing table, or a 404 of something in between, is none of that. */
export const isMissing = (failure: Failure): boolean =>
  failure.status === 404 && (failure.code === 'ResourceNotFound' || failure.code === 'EntityNotFound');

/** The table or the queue itself is not there: the call did nothing, whatever it was. */
export const isUnmade = (failure: Failure): boolean =>
  failure.status === 404 && (failure.code === 'TableNotFound' || failure.code === 'QueueNotFound');

/** Another writer was first: the row has another version. */
export const isStale = (failure: Failure): boolean => failure.status === 412;

/** The row that should be new is there already. */
export const isTaken = (failure: Failure): boolean => failure.status === 409 && failure.code === 'EntityAlreadyExists';

/** The service refused the request itself: it did nothing, and would refuse it again. */
export const isRefused = (failure: Failure): boolean =>
  failure.status !== null && failure.status >= 400 && failure.status < 500 && ![408, 409, 429].includes(failure.status);

const TOO_LARGE = new Set([
  'RequestBodyTooLarge',
  'EntityTooLarge',
  'PropertyValueTooLarge',
  'TooManyProperties',
  'PropertyNameTooLong',
  'KeyValueTooLarge',
]);
/** The service finds a row or a request too large. */
export const isTooLarge = (failure: Failure): boolean =>
  failure.status === 413 || (failure.code !== null && TOO_LARGE.has(failure.code));

type StorageCode = ConstructorParameters<typeof StorageError>[0];

/**
 * The typed failure of a call; `doing` names it without any value. What is typed already stays as it is. The SDK's own
 * error stays outside: it carries the request, and with it rows and secrets (P16).
 */
export function storageError(code: StorageCode, doing: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { status, code: remote } = failureOf(error);
  const facts = `${status ?? 'no answer'}${remote === null ? '' : ` ${remote}`}`;
  return new StorageError(code, `${doing} failed: ${facts}`, { cause: causeOf(error, facts) });
}

function causeOf(error: unknown, facts: string): unknown {
  if (!(error instanceof Error) || error.name !== 'RestError') return error;
  const cause = new Error(facts);
  cause.name = error.name;
  return cause;
}
