import { z } from 'zod';
import { AppError } from '../../../shared/errors.ts';
import type { Change } from '../../../shared/engine/model.ts';
import { brokenAtoms, unsettled } from '../plan/invariants.ts';
import { readPartition } from '../plan/partition.ts';
import type { Follower } from './follower.ts';
import type { ProgramMailbox } from './mailbox.ts';
import type { Performer } from './perform.ts';
import { headOf } from './rest.ts';

/** New rows of the feed, handed to the follower. */
export async function follow(mailbox: ProgramMailbox, follower: Follower): Promise<Change[]> {
  const rows = await mailbox.world.observer.store.readChanges(mailbox.scope, follower.seq, 10_000);
  if (rows.length > 0) follower.follow(rows, await mailbox.list());
  return rows;
}

/** What no moment may show, whatever failed before (P1). */
export async function atomFaults({ world, connectionId }: ProgramMailbox): Promise<string[]> {
  return brokenAtoms(await readPartition(world.rig, connectionId), { connectionId, domain: 'mail' });
}

/** What is wrong with the rows of a partition that has come to rest. */
export async function restFaults({ world, connectionId }: ProgramMailbox): Promise<string[]> {
  const partition = await readPartition(world.rig, connectionId);
  // A record at rest is what the remote holds.
  const differing = partition.records.filter(({ base }) => base !== null);
  return [
    ...unsettled(partition),
    ...brokenAtoms(partition, { connectionId, domain: 'mail' }),
    ...differing.map(({ kind, id }) => `${kind} ${id} differs from its base`),
  ];
}

/** One more poll: what it tells, and what it costs besides one request for each stream. */
export async function silenceFaults(mailbox: ProgramMailbox, performer: Performer): Promise<string[]> {
  const { world } = mailbox;
  const before = (await headOf(mailbox)).lastSeq;
  const streams = (await world.observer.store.readCursors(mailbox.scope)).length;
  const { graph } = world.rig.proxies;
  graph.forget();
  await performer.run('poll', 0);
  await world.drain();
  const sent = graph.requests.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`);
  const idle = /^GET \/v1\.0\/me\/mailFolders(\/[^/]+\/messages)?\/delta$/;
  const after = (await headOf(mailbox)).lastSeq;
  return [
    ...(after === before ? [] : [`a poll of the tenant at rest told ${after - before} changes`]),
    // A retry that waited in the queue may run beside the poll: it costs the same once more.
    ...(sent.length > 0 && sent.length % streams === 0
      ? []
      : [`an idle poll of ${streams} streams sent ${sent.length} requests`]),
    ...sent.filter((request) => !idle.test(request)),
  ];
}

const categorised = z.object({ categories: z.array(z.string()) });

/** Rows that tell our own writes as if the remote had made them (P9): only the application writes `Ours ...`. */
export function echoes(rows: readonly Change[]): string[] {
  return rows
    .filter((row) => row.type === 'message.updated' && ['push', 'poll', 'resync'].includes(row.cause))
    .filter((row) => {
      const categories = categorised.safeParse(row.after).data?.categories ?? [];
      return row.changed.includes('categories') && categories.some((name) => name.startsWith('Ours'));
    })
    .map((row) => `row ${row.seq} tells an own write as a change of ${row.cause}`);
}

const effectLog = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));

/** Writes that reached the tenant more often than the application made any (P8, P9). */
export async function effectFaults(mailbox: ProgramMailbox, { application }: Performer): Promise<string[]> {
  const log = effectLog.parse(await mailbox.user('GET', '/effects')).filter(({ by }) => by === 'app');
  return [...Map.groupBy(log, ({ id }) => id)].flatMap(([id, effects]) => {
    const accepted = application.writes.get(id) ?? 0;
    return effects.length <= accepted
      ? []
      : [`${effects.length} writes reached an item that we wrote ${accepted} times`];
  });
}

/** What jobs threw that no job may throw. Storage may fail by itself, too: a busy machine answers late. */
export function failureFaults(failures: readonly unknown[]): string[] {
  return failures.flatMap((failure) => {
    if (failure instanceof AppError) return [];
    const cause = failure instanceof Error ? (failure.cause ?? failure) : failure;
    return [`a job threw ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`];
  });
}
