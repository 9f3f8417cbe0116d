import { RECOVERABLE_DAYS, newest, type Found } from './secrets.ts';
import type { DeletedSecret } from './schemas.ts';

/**
 * What the REST API shows. `origin` is the address of the vault as its client knows it: the SDK takes name, version and
 * vault address out of the id.
 */
export function toBundle(origin: string, { name, version }: Found): Record<string, unknown> {
  return { value: version.value, ...toItem(origin, { name, version }), id: idOf(origin, name, version.version) };
}

/** An entry of a list of secrets: no value, and no version in the id. */
export function toItem(origin: string, { name, version }: Found): Record<string, unknown> {
  const { contentType, tags, enabled, nbf, exp, created, updated } = version;
  return {
    id: idOf(origin, name),
    attributes: {
      enabled,
      nbf,
      exp,
      created,
      updated,
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays: RECOVERABLE_DAYS,
    },
    contentType,
    tags,
  };
}

export function toVersionItem(origin: string, found: Found): Record<string, unknown> {
  return { ...toItem(origin, found), id: idOf(origin, found.name, found.version.version) };
}

/** A deleted secret, without its value. */
export function toDeletedItem(origin: string, secret: DeletedSecret): Record<string, unknown> {
  const { deletedDate, scheduledPurgeDate, name } = secret;
  return {
    ...toItem(origin, newest(secret)),
    recoveryId: `${origin}/deletedsecrets/${name}`,
    deletedDate,
    scheduledPurgeDate,
  };
}

/** A deleted secret named with its last version, as delete and `GET /deletedsecrets/{name}` answer it. */
export function toDeletedBundle(origin: string, secret: DeletedSecret): Record<string, unknown> {
  const { name, version } = newest(secret);
  return { ...toDeletedItem(origin, secret), id: idOf(origin, name, version.version) };
}

function idOf(origin: string, name: string, version?: string): string {
  return `${origin}/secrets/${name}${version === undefined ? '' : `/${version}`}`;
}
