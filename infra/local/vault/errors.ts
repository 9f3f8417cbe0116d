/** An answer other than success, with the code that Key Vault gives it. */
export class VaultError extends Error {
  readonly status: number;
  readonly code: string;
  /** The finer reason that the service puts into `innererror`. */
  readonly inner: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, extra: ErrorExtra = {}) {
    super(message);
    this.name = 'VaultError';
    this.status = status;
    this.code = code;
    this.inner = extra.inner;
    this.headers = extra.headers ?? {};
  }
}

interface ErrorExtra {
  readonly inner?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function badParameter(message: string): VaultError {
  return new VaultError(400, 'BadParameter', message);
}

export function secretNotFound(name: string): VaultError {
  return new VaultError(404, 'SecretNotFound', `A secret with (name/id) ${name} was not found in this key vault.`);
}

export function secretDisabled(): VaultError {
  return new VaultError(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', {
    inner: 'SecretDisabled',
  });
}

/** A soft-deleted secret keeps its name until it is purged. */
export function nameIsTaken(name: string): VaultError {
  return new VaultError(409, 'Conflict', `Secret ${name} is currently in a deleted but recoverable state.`, {
    inner: 'ObjectIsDeletedButRecoverable',
  });
}
