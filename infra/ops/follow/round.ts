import type { Connection, Domain } from '../api/schemas.ts';
import type { Progress } from '../terminal/progress.ts';
import { counted } from '../terminal/format.ts';

/** What each domain had done when a round was asked for. */
export type Before = Readonly<Record<string, { readonly syncedAt: string | null; readonly errorAt: string | null }>>;

export const beforeOf = (connection: Connection): Before =>
  Object.fromEntries(
    Object.entries(connection.domains).map(([name, { lastSyncedAt, lastErrorAt }]) => [
      name,
      { syncedAt: lastSyncedAt, errorAt: lastErrorAt },
    ]),
  );

/** How the round of a domain stands. */
export type Standing = 'running' | 'done' | 'failed';

/** A round is over when the domain tells a newer end than before: a good one, or (only where nothing runs) a failure. */
export function standingOf(domain: Domain | undefined, before: Before[string] | undefined): Standing {
  if (domain === undefined) return 'failed';
  const synced = domain.lastSyncedAt !== null && domain.lastSyncedAt !== (before?.syncedAt ?? null);
  if (synced && domain.status !== 'syncing' && domain.status !== 'error') return 'done';
  const failed = domain.lastErrorAt !== null && domain.lastErrorAt !== (before?.errorAt ?? null);
  return failed && domain.status === 'error' ? 'failed' : 'running';
}

/** A first sync or full round is under way, or broke off and will go on where it stood. */
export const isUnderWay = (domain: Domain): boolean =>
  domain.lastSyncedAt === null || domain.status === 'syncing' || domain.progress !== null;

/** Why a connection cannot sync until somebody acts; null = it can. */
export function stuckBecause(connection: Connection): string | null {
  const why = connection.reason === null ? '' : ` (${connection.reason})`;
  switch (connection.status) {
    case 'connected':
    case 'error':
      return null;
    case 'reauth_required':
      return `waits for its user to sign in again${why}: npm run ops -- connect --user <u>`;
    default:
      return `is ${connection.status}${why}`;
  }
}

/** How far these domains are together, for a bar; null where none tells. */
export function progressOf(names: readonly string[], domains: Connection['domains']): Progress | null {
  const told = names.flatMap((name) => {
    const progress = domains[name]?.progress ?? null;
    // A round that has just begun has no streams yet: nothing of nothing is not all.
    return progress === null || progress.streams === 0 ? [] : [{ name, progress }];
  });
  if (told.length === 0) return null;
  const sum = (of: (progress: NonNullable<Domain['progress']>) => number): number =>
    told.reduce((total, { progress }) => total + of(progress), 0);
  const streams = counted(
    sum((progress) => progress.streams),
    'stream',
  );
  return {
    label: told.map(({ name }) => name).join('+'),
    done: sum((progress) => progress.done),
    total: told.some(({ progress }) => progress.total === null) ? null : sum((progress) => progress.total ?? 0),
    note: `${sum((progress) => progress.streamsDone)} of ${streams} done`,
  };
}
