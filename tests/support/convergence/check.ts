import { z } from 'zod';
import type { Change, EngineRecord } from '../../../shared/engine/model.ts';
import type { FuzzMailbox } from './mailbox.ts';
import type { Performer } from './perform.ts';
import type { Follower } from './replay.ts';

/** New rows of the feed, handed to the follower. */
export async function follow(mailbox: FuzzMailbox, follower: Follower): Promise<Change[]> {
  const rows = await mailbox.world.app.store.readChanges(mailbox.scope, follower.seq, 10_000);
  if (rows.length > 0) follower.follow(rows, await mailbox.list());
  return rows;
}

async function headOf(mailbox: FuzzMailbox): Promise<NonNullable<Awaited<ReturnType<typeof readHead>>>> {
  const head = await readHead(mailbox);
  if (head === null) throw new Error('there is no head');
  return head;
}
const readHead = (mailbox: FuzzMailbox): ReturnType<typeof mailbox.world.app.store.readHead> =>
  mailbox.world.app.store.readHead(mailbox.scope);

/** What would still change: compared from poll to poll. */
async function stateOf(mailbox: FuzzMailbox): Promise<string> {
  const { store } = mailbox.world.app;
  const { head } = await headOf(mailbox);
  const cursors = await store.readCursors(mailbox.scope);
  return JSON.stringify([
    head.lastSeq,
    (await store.readHints(mailbox.scope)).length,
    (await store.readOutbox(mailbox.scope)).map(({ op }) => op),
    head.named,
    cursors.map(({ stream, midRound, records, baselined, told }) => [stream, midRound, records, baselined, told]),
  ]);
}

/** Heals the tenant and polls until four polls in a row have changed nothing. Throws where that never comes. */
export async function settle(mailbox: FuzzMailbox, performer: Performer): Promise<void> {
  const { world } = mailbox;
  await world.control('DELETE', '/faults');
  world.clock.move(3 * 3_600_000);
  let quiet = 0;
  let before = '';
  for (let polls = 0; quiet < 4; polls++) {
    if (polls > 30) throw new Error(`it never comes to rest: ${before}`);
    world.clock.move(120_000);
    await performer.push();
    await performer.poll();
    const after = await stateOf(mailbox);
    quiet = after === before ? quiet + 1 : 0;
    before = after;
  }
}

async function recordsOf(mailbox: FuzzMailbox, stream: string): Promise<EngineRecord[]> {
  const records: EngineRecord[] = [];
  for await (const some of mailbox.world.app.store.recordsOf(mailbox.scope, stream)) records.push(...some);
  return records;
}

/** A record at rest is what the remote holds, and no write of ours is under way. */
const unsettled = ({ kind, id, base, own }: EngineRecord): string[] => [
  ...(base === null ? [] : [`${kind} ${id} differs from its base`]),
  ...(own.every((write) => write.done) ? [] : [`${kind} ${id} waits for a write`]),
];

/** What is wrong with the rows of a partition that has come to rest. */
export async function rowFaults(mailbox: FuzzMailbox): Promise<string[]> {
  const { scope, world } = mailbox;
  const { store } = world.app;
  const { head } = await headOf(mailbox);
  const cursors = await store.readCursors(scope);
  const hints = await store.readHints(scope);
  const outbox = await store.readOutbox(scope);
  let records = 0;
  for await (const ids of store.recordIds(scope)) records += ids.length;
  const faults: string[] = [];
  const expect = (what: string, actual: unknown, wanted: unknown): void => {
    if (JSON.stringify(actual) !== JSON.stringify(wanted))
      faults.push(`${what}: ${JSON.stringify(actual)} is not ${JSON.stringify(wanted)}`);
  };
  expect('hints', hints, []);
  expect('outbox', outbox, []);
  expect('named', head.named, []);
  expect('counts', head.counts, { records, remotes: 0, hints: 0, outbox: 0, bad: 0 });
  for (const cursor of cursors) {
    const held = await recordsOf(mailbox, cursor.stream);
    expect(`records of ${cursor.label}`, cursor.records, held.length);
    faults.push(...held.flatMap(unsettled));
    expect(`round of ${cursor.label}`, [cursor.phase, cursor.midRound, cursor.failures], ['delta', false, 0]);
  }
  return faults;
}

/** One more poll: what it tells, and what it costs besides one request for each stream. */
export async function silenceFaults(mailbox: FuzzMailbox, performer: Performer): Promise<string[]> {
  const { world } = mailbox;
  const before = (await headOf(mailbox)).head.lastSeq;
  const streams = (await world.app.store.readCursors(mailbox.scope)).length;
  world.clock.move(60_000);
  world.graph.forget();
  await performer.poll();
  // Late jobs of other mailboxes may run meanwhile: a token tells whose request it is.
  const own = world.graph.requests[0]?.headers.authorization;
  const sent = world.graph.requests.filter(({ headers }) => headers.authorization === own);
  const requests = sent.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`);
  const others = requests.filter(
    (request) => !/^GET \/v1\.0\/me\/mailFolders(\/[^/]+\/messages)?\/delta$/.test(request),
  );
  const after = (await headOf(mailbox)).head.lastSeq;
  return [
    ...(after === before ? [] : [`a poll of the tenant at rest told ${after - before} changes`]),
    // A retry that waited in the queue may run beside the poll: it costs the same once more.
    ...(requests.length > 0 && requests.length % streams === 0
      ? []
      : [`an idle poll of ${streams} streams sent ${requests.length} requests`]),
    ...others,
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
