/** The HTTP status of a storage SDK's error; undefined when it is none (a network error, say). */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** Throws again what does not have one of the expected statuses. */
export function expectStatus(error: unknown, ...expected: readonly number[]): void {
  const status = statusOf(error);
  if (status === undefined || !expected.includes(status)) throw error;
}
