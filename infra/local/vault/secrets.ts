import { randomBytes } from 'node:crypto';
import { VaultError, badParameter, nameIsTaken, secretDisabled, secretNotFound } from './errors.ts';
import {
  backupContent,
  type DeletedSecret,
  type Secret,
  type SetBody,
  type UpdateBody,
  type VaultFile,
  type Version,
} from './schemas.ts';

export const RECOVERABLE_DAYS = 90;
const DAY_SECONDS = 86_400;
const MAX_BACKUP_VERSIONS = 500;

/** One version together with the secret's name as it was first written. */
export interface Found {
  readonly name: string;
  readonly version: Version;
}

/**
 * The secrets of one vault, in memory. Names are case-insensitive. Every method either does its work whole or throws a
 * `VaultError` and changes nothing.
 */
export class Secrets {
  readonly #live = new Map<string, Secret>();
  readonly #deleted = new Map<string, DeletedSecret>();
  readonly #now: () => Date;

  constructor(now: () => Date, content: VaultFile = { secrets: [], deleted: [] }) {
    this.#now = now;
    for (const secret of content.secrets) this.#live.set(keyOf(secret.name), secret);
    for (const secret of content.deleted) this.#deleted.set(keyOf(secret.name), secret);
  }

  snapshot(): VaultFile {
    return { secrets: [...this.#live.values()], deleted: [...this.#deleted.values()] };
  }

  set(name: string, body: SetBody): Found {
    if (this.#findDeleted(name) !== undefined) throw nameIsTaken(name);
    const existing = this.#live.get(keyOf(name));
    const seconds = this.#seconds();
    const version: Version = {
      version: randomBytes(16).toString('hex'),
      value: body.value,
      enabled: body.attributes?.enabled ?? true,
      created: seconds,
      updated: seconds,
      ...given(body),
    };
    const secret = existing ?? { name, versions: [] };
    secret.versions.push(version);
    this.#live.set(keyOf(name), secret);
    return { name: secret.name, version };
  }

  /** The newest version, or the named one. A disabled one is refused. */
  get(name: string, version: string | undefined): Found {
    const found = this.#find(name, version);
    if (!found.version.enabled) throw secretDisabled();
    return found;
  }

  update(name: string, version: string | undefined, body: UpdateBody): Found {
    const found = this.#find(name, version);
    Object.assign(found.version, given(body), { updated: this.#seconds() });
    const enabled = body.attributes?.enabled;
    if (typeof enabled === 'boolean') found.version.enabled = enabled;
    return found;
  }

  /** The newest version of each secret, in no promised order. */
  list(): Found[] {
    return [...this.#live.values()].map(newest);
  }

  /** All versions, in no promised order: the service does not sort them by age either. */
  versions(name: string): Found[] {
    const secret = this.#secret(name);
    return secret.versions
      .map((version) => ({ name: secret.name, version }))
      .sort((a, b) => a.version.version.localeCompare(b.version.version));
  }

  delete(name: string): DeletedSecret {
    const secret = this.#secret(name);
    const deletedDate = this.#seconds();
    const deleted = { ...secret, deletedDate, scheduledPurgeDate: deletedDate + RECOVERABLE_DAYS * DAY_SECONDS };
    this.#live.delete(keyOf(name));
    this.#deleted.set(keyOf(name), deleted);
    return deleted;
  }

  listDeleted(): DeletedSecret[] {
    return [...this.#deleted.values()].filter(({ name }) => this.#findDeleted(name) !== undefined);
  }

  getDeleted(name: string): DeletedSecret {
    const deleted = this.#findDeleted(name);
    if (deleted === undefined) throw secretNotFound(name);
    return deleted;
  }

  recover(name: string): Found {
    const { versions, name: writtenName } = this.getDeleted(name);
    const secret = { name: writtenName, versions };
    this.#deleted.delete(keyOf(name));
    this.#live.set(keyOf(name), secret);
    return newest(secret);
  }

  purge(name: string): void {
    this.getDeleted(name);
    this.#deleted.delete(keyOf(name));
  }

  /** An opaque text that `restore` takes. The real one is sealed; this one is not. */
  backup(name: string): string {
    const secret = this.#secret(name);
    if (secret.versions.length > MAX_BACKUP_VERSIONS) {
      throw badParameter(`A secret with more than ${MAX_BACKUP_VERSIONS} versions cannot be backed up.`);
    }
    return Buffer.from(JSON.stringify(secret)).toString('base64url');
  }

  restore(backup: string): Found {
    const secret = readBackup(backup);
    if (this.#findDeleted(secret.name) !== undefined) throw nameIsTaken(secret.name);
    if (this.#live.has(keyOf(secret.name))) {
      throw new VaultError(409, 'Conflict', `The secret ${secret.name} exists already.`);
    }
    this.#live.set(keyOf(secret.name), secret);
    return newest(secret);
  }

  #secret(name: string): Secret {
    const secret = this.#live.get(keyOf(name));
    if (secret === undefined) throw secretNotFound(name);
    return secret;
  }

  #find(name: string, wanted: string | undefined): Found {
    const secret = this.#secret(name);
    if (wanted === undefined) return newest(secret);
    const version = secret.versions.find((candidate) => candidate.version === wanted);
    if (version === undefined) throw secretNotFound(`${name}/${wanted}`);
    return { name: secret.name, version };
  }

  /** A deleted secret is gone for good once its time is over. */
  #findDeleted(name: string): DeletedSecret | undefined {
    const deleted = this.#deleted.get(keyOf(name));
    return deleted !== undefined && deleted.scheduledPurgeDate > this.#seconds() ? deleted : undefined;
  }

  #seconds(): number {
    return Math.floor(this.#now().getTime() / 1000);
  }
}

function keyOf(name: string): string {
  return name.toLowerCase();
}

/** The newest version is the last one written; an empty list cannot be stored. */
export function newest(secret: Secret): Found {
  const version = secret.versions.at(-1);
  if (version === undefined) throw secretNotFound(secret.name);
  return { name: secret.name, version };
}

/** The fields that the caller named; what it left out (or null) stays as it is. */
function given({ contentType, tags, attributes }: UpdateBody): Partial<Version> {
  const { nbf, exp } = attributes ?? {};
  return {
    ...(typeof contentType === 'string' && { contentType }),
    ...(tags && { tags }),
    ...(typeof nbf === 'number' && { nbf }),
    ...(typeof exp === 'number' && { exp }),
  };
}

function readBackup(backup: string): Secret {
  const refused = badParameter('The backup is not one that this vault has made.');
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(backup, 'base64url').toString());
  } catch {
    throw refused;
  }
  const parsed = backupContent.safeParse(content);
  if (!parsed.success) throw refused;
  return parsed.data;
}
