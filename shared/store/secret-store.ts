import type { SecretClient } from '@azure/keyvault-secrets';
import type { SecretPlace, SecretRef } from '../engine/connection.ts';
import type { SecretStore } from '../engine/directory-ports.ts';
import { StorageError, TooLargeError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { rendezvous } from '../lib/hash.ts';
import type { Random } from '../lib/random.ts';
import { failureOf, storageError } from './failures.ts';

/** One call with the client's own retries, in milliseconds. */
const TIMEOUT_MS = 20_000;
/** Key Vault takes 25 KB. */
const MOST_BYTES = 25_000;
const CACHED = 200;
/** A version never changes; the end is for secrets that another worker removed. */
const CACHE_MS = 5 * 60_000;

export interface SecretPorts {
  readonly clock: Clock;
  readonly random: Random;
}

/** Secrets in one or several vaults. The SDK is loaded when the first secret is touched. */
export class VaultSecretStore implements SecretStore {
  readonly #vaults: readonly string[];
  readonly #ports: SecretPorts;
  readonly #clients = new Map<string, Promise<SecretClient>>();
  readonly #cache = new Map<string, { readonly value: string; readonly until: number }>();

  constructor(vaults: readonly string[], ports: SecretPorts) {
    this.#vaults = vaults;
    this.#ports = ports;
  }

  async create(key: string, value: string, planned?: (place: SecretPlace) => Promise<void>): Promise<SecretRef> {
    const vault = rendezvous(key, this.#vaults);
    if (vault === undefined) throw new StorageError('vault.unavailable', 'There is no vault to write to');
    // Random and never used again: the name of a deleted secret stays taken for up to 90 days.
    const name = `os-${this.#ports.random.token(24).replaceAll('_', '-')}`;
    await planned?.({ vault, name });
    return this.write(vault, name, value);
  }

  update(ref: SecretRef, value: string): Promise<SecretRef> {
    return this.write(ref.vault, ref.name, value);
  }

  async read(ref: SecretRef): Promise<string | null> {
    const now = this.#ports.clock.now().getTime();
    const cached = this.#cache.get(cacheKey(ref));
    if (cached !== undefined && cached.until > now) return cached.value;
    const found = await this.fetch(ref, ref.version);
    return found === null ? null : found.value;
  }

  latest(ref: SecretRef): Promise<{ readonly ref: SecretRef; readonly value: string } | null> {
    return this.fetch(ref, null);
  }

  async remove(ref: SecretPlace): Promise<void> {
    for (const key of this.#cache.keys()) if (key.startsWith(`${ref.vault} ${ref.name} `)) this.#cache.delete(key);
    try {
      const client = await this.client(ref.vault);
      // The vault has taken the deletion once this returns; nobody waits until it shows everywhere.
      await client.beginDeleteSecret(ref.name, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      if (isAbsent(error)) return;
      throw storageError('vault.unavailable', 'Removing a secret', error);
    }
  }

  private async write(vault: string, name: string, value: string): Promise<SecretRef> {
    if (Buffer.byteLength(value) > MOST_BYTES) throw new TooLargeError('A secret is larger than a vault takes');
    try {
      const client = await this.client(vault);
      const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
      const { properties } = await client.setSecret(name, value, { abortSignal });
      if (properties.version === undefined) throw new Error('The vault named no version');
      const ref = { vault, name, version: properties.version };
      this.remember(ref, value);
      return ref;
    } catch (error) {
      throw storageError('vault.unavailable', 'Writing a secret', error);
    }
  }

  private async fetch(
    { vault, name }: SecretRef,
    version: string | null,
  ): Promise<{ readonly ref: SecretRef; readonly value: string } | null> {
    try {
      const client = await this.client(vault);
      const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
      const secret = await client.getSecret(name, version === null ? { abortSignal } : { version, abortSignal });
      const { value, properties } = secret;
      if (value === undefined || properties.version === undefined) throw new Error('The vault sent no value');
      const ref = { vault, name, version: properties.version };
      this.remember(ref, value);
      return { ref, value };
    } catch (error) {
      if (isAbsent(error)) return null;
      throw storageError('vault.unavailable', 'Reading a secret', error);
    }
  }

  private remember(ref: SecretRef, value: string): void {
    this.#cache.delete(cacheKey(ref));
    this.#cache.set(cacheKey(ref), { value, until: this.#ports.clock.now().getTime() + CACHE_MS });
    const oldest = this.#cache.keys().next();
    if (this.#cache.size > CACHED && oldest.done !== true) this.#cache.delete(oldest.value);
  }

  private client(vault: string): Promise<SecretClient> {
    const known = this.#clients.get(vault);
    if (known !== undefined) return known;
    const opened = import('./vault-client.ts').then(({ openVault }) => openVault(vault));
    opened.catch(() => this.#clients.delete(vault));
    this.#clients.set(vault, opened);
    return opened;
  }
}

const cacheKey = ({ vault, name, version }: SecretRef): string => `${vault} ${name} ${version}`;

/** The secret is not there; a 404 of something in between is none of that. */
function isAbsent(error: unknown): boolean {
  const { status, code } = failureOf(error);
  return status === 404 && code === 'SecretNotFound';
}
