import type { SecretPlace, SecretRef } from '../../shared/engine/connection.ts';
import type { SecretStore } from '../../shared/engine/directory-ports.ts';
import { StorageError } from '../../shared/errors.ts';

/** Secrets in memory, with all their versions. */
export class MemorySecrets implements SecretStore {
  readonly #versions = new Map<string, string[]>();
  #next = 0;
  /** So many of the next updates fail as a vault that is down. */
  failUpdates = 0;

  async create(_key: string, value: string, planned?: (place: SecretPlace) => Promise<void>): Promise<SecretRef> {
    this.#next += 1;
    const name = `s-${this.#next}`;
    await planned?.({ vault: 'memory', name });
    this.#versions.set(name, [value]);
    return { vault: 'memory', name, version: '1' };
  }

  update(ref: SecretRef, value: string): Promise<SecretRef> {
    const versions = this.#versions.get(ref.name);
    if (this.failUpdates > 0 || versions === undefined) {
      this.failUpdates = Math.max(0, this.failUpdates - 1);
      return Promise.reject(new StorageError('vault.unavailable', 'The vault did not answer'));
    }
    return Promise.resolve({ ...ref, version: String(versions.push(value)) });
  }

  read(ref: SecretRef): Promise<string | null> {
    return Promise.resolve(this.#versions.get(ref.name)?.[Number(ref.version) - 1] ?? null);
  }

  latest(ref: SecretRef): Promise<{ ref: SecretRef; value: string } | null> {
    const versions = this.#versions.get(ref.name) ?? [];
    const value = versions.at(-1);
    return Promise.resolve(value === undefined ? null : { ref: { ...ref, version: String(versions.length) }, value });
  }

  remove(ref: SecretPlace): Promise<void> {
    this.#versions.delete(ref.name);
    return Promise.resolve();
  }

  /** All values ever stored under a name. */
  values(name: string): readonly string[] {
    return this.#versions.get(name) ?? [];
  }
}
