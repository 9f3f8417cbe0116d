/** What stops a verb, said so that an operator knows what to do. Ends the program with 1. */
export class OpsError extends Error {
  /** What to do about it; null = the message says it all. */
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OpsError';
    this.hint = hint;
  }
}

/** A command line that cannot be meant. Ends the program with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The API answered with a failure; `code` is its stable word for it. */
export class ApiError extends OpsError {
  readonly status: number;
  readonly code: string;

  constructor(answer: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
  }) {
    super(answer.message, answer.hint);
    this.name = 'ApiError';
    this.status = answer.status;
    this.code = answer.code;
  }
}
