import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import type { App } from '../../../shared/app.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import type { Caller } from './caller.ts';
import { planDomain, type PlanDomain } from './domains.ts';
import { dueAt, readPartition, readRows, type Partition } from './partition.ts';
import { API_KEY, type FaultRig, type Mailbox } from './rig.ts';

/** What the feed must say of each item in the end, and what must have reached the tenant; items go by the domain's names. */
export interface Expected {
  /** Types of the rows of each item, in order. Items that are not named have no row. */
  readonly told: Readonly<Record<string, readonly string[]>>;
  /** Writes of ours that the tenant's log must hold, for each item, in any order. */
  readonly effects: Readonly<Record<string, readonly string[]>>;
  /** Nobody else has done anything: whatever is told of single items is our own doing (P9). */
  readonly allOurs?: true;
  /** Items that may be told as made after the first sync: it does not wait for what cannot be read at first. */
  readonly late?: readonly string[];
  /** What items must hold in the end, field by field. */
  readonly holds?: Readonly<Record<string, Fields>>;
}

/** A write by the application. */
export interface Request {
  /** `PATCH` unless told. */
  readonly method?: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Its Idempotency-Key, where it is sent with one: then it is answered the same however often it is sent. */
  readonly key?: string;
}

/** A request as it goes over the wire. */
export const initOf = ({ method = 'PATCH', body, key }: Request): RequestInit => ({
  method,
  headers: {
    authorization: `Bearer ${API_KEY}`,
    'content-type': 'application/json',
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

/** What a case needs beside the rig. */
export interface Prepared {
  readonly rig: FaultRig;
  readonly mailbox: Mailbox;
  readonly expected: Expected;
  /** The request that begins the scenario; null where a message in the queue does. */
  readonly request: Request | null;
  /** What begins, ends and judges a scenario that is not about the records of one mailbox. */
  readonly life?: Life;
}

/** A scenario in the life of a connection: signing in, subscriptions, leaving. */
export interface Life {
  /** Sends what begins it, by the way that is given; false = it was not taken, and is to be sent again. */
  begin(call: Caller): Promise<boolean>;
  /** What is left to be done. */
  rest(): Promise<string[]>;
  /** What is wrong in the end. `app` is one that meets no fault any more, on the clock of the case. */
  end(app: App): Promise<string[]>;
  /** How far the clock moves between two turns of the timers. */
  readonly turnMs?: number;
  /** Work is under way while it begins: several queue messages at once. */
  readonly busy?: boolean;
  /** A timer's turn begins it. */
  readonly timed?: boolean;
}

export interface Scenario {
  readonly name: string;
  /** Brings the mailbox to where the scenario begins. The app's queues are deaf: nothing runs by itself. */
  prepare(rig: FaultRig, app: App): Promise<Prepared>;
}

/** The app with queues that take messages and drop them, so that a host beside it has nothing to do. */
export const deaf = (app: App): App => ({
  ...app,
  queues: {
    sync: () => Promise.resolve(),
    push: () => Promise.resolve(),
    dispatch: () => Promise.resolve(),
    deliver: () => Promise.resolve(),
    lengths: () => Promise.resolve({}),
  },
});

const SEED = { messages: 24, folders: 2 };
const made = z.array(z.object({ id: z.string() }));

/** The first sync of a mailbox of several folders and pages. */
export const firstSync: Scenario = {
  name: 'first-sync',
  prepare: async (rig, app) => ({
    rig,
    mailbox: await rig.mailbox(app, SEED),
    expected: { told: {}, effects: {} },
    request: null,
  }),
};

/** Puts a message into the mailbox; answers its id. */
export async function arrive(rig: FaultRig, { upn }: Mailbox, subject: string, folder = 'inbox'): Promise<string> {
  const [message] = made.parse(await rig.user(upn, 'POST', '/messages', { subject, folder, isRead: false }));
  if (message === undefined) throw new Error('the tenant made no message');
  return message.id;
}

/**
 * The first round, from the due row that connecting left, or another one. On a busy machine a worker may lose its lease by itself, or a
 * call may take longer than it waits: then there is one more, for what is prepared stands.
 */
export async function syncOnce(app: App, connectionId: string, domain = 'mail'): Promise<void> {
  const scope = { connectionId, domain };
  const statusNow = async () => (await app.store.readHead(scope))?.head.status ?? null;
  const before = await statusNow();
  await app.wake.clear(scope);
  const isDone = async (): Promise<boolean> => {
    await runSyncJob({ ...scope, why: 'manual', due: null }, app);
    const now = await statusNow();
    return now !== null && now.lastError === null && now.lastSyncedAt !== (before?.lastSyncedAt ?? null);
  };
  await until(`${domain} is synced`, isDone, 120_000, 500);
}

/** Our id of the item that has this one at Graph. Throws where it is not held. */
export async function heldId(rig: FaultRig, { connectionId, domain }: Mailbox, graphId: string): Promise<string> {
  const { records } = await readPartition(rig, connectionId, domain);
  const found = records.find((record) => record.graphId === graphId);
  if (found === undefined) throw new Error(`${graphId} is not held`);
  return found.id;
}

/** A round that finds a new, a changed, a moved and a deleted message, and one that left and came back. */
export const delta: Scenario = {
  name: 'delta',
  prepare: async (rig, app) => {
    const mailbox = await rig.mailbox(app, { ...SEED, messages: 6 });
    const at = (subject: string): Promise<string> => arrive(rig, mailbox, subject);
    const [changed, moved, deleted, back] = [
      await at('Changed'),
      await at('Moved'),
      await at('Deleted'),
      await at('Back'),
    ];
    await syncOnce(app, mailbox.connectionId);
    const user = (method: string, path: string, body?: unknown): Promise<unknown> =>
      rig.user(mailbox.upn, method, path, body);
    const created = await at('Created');
    await user('PATCH', `/messages/${changed}`, { isRead: true, flag: { flagStatus: 'flagged' } });
    await user('POST', `/messages/${moved}/move`, { folder: 'archive' });
    await user('DELETE', `/messages/${deleted}?permanent=true`);
    await user('POST', `/messages/${back}/move`, { folder: 'deleteditems' });
    await user('POST', `/messages/${back}/move`, { folder: 'inbox' });
    const told = {
      [created]: ['message.created'],
      [changed]: ['message.updated'],
      [moved]: ['message.moved'],
      [deleted]: ['message.deleted'],
    };
    return { rig, mailbox, expected: { told, effects: {} }, request: null };
  },
};

/** A write by the application: read state, categories and folder in one request. */
export const push: Scenario = {
  name: 'push',
  prepare: async (rig, app) => {
    const mailbox = await rig.mailbox(app, { ...SEED, messages: 3 });
    const id = await arrive(rig, mailbox, 'Ours');
    await syncOnce(app, mailbox.connectionId);
    const path = `/api/connections/${mailbox.connectionId}/messages/${await heldId(rig, mailbox, id)}`;
    const body = { isRead: true, categories: ['Blue category'], folder: 'archive' };
    return {
      rig,
      mailbox,
      expected: { told: { [id]: ['message.moved'] }, effects: { [id]: ['move', 'update'] } },
      request: { path, body },
    };
  },
};

export const scenarios: readonly Scenario[] = [firstSync, delta, push];

/** Sends the message that a round waits for, covered by the due row that stands, as its sender would. */
export async function sendRound({ rig, mailbox }: Prepared): Promise<void> {
  const { connectionId, domain } = mailbox;
  const rows = await readRows(rig, 'due');
  const row = rows.find(
    (each) => each['connectionId'] === connectionId && String(each['partitionKey']).startsWith(`${domain}|`),
  );
  const due = row === undefined ? null : { kind: domain, at: dueAt(row) };
  const message = JSON.stringify({ connectionId, domain, why: 'manual', due });
  const queue = rig.queues.getQueueClient('sync-jobs');
  await queue.createIfNotExists();
  await queue.sendMessage(Buffer.from(message).toString('base64'));
}

/** Rows of the feed that are not as they must be: each change once, nothing else. */
export function wrongFeed(
  { changes }: Partition,
  { told, allOurs, late = [] }: Expected,
  { nameOf }: Pick<PlanDomain, 'nameOf'>,
): string[] {
  const baselines = changes.filter((change) => change.type === 'sync.baseline_completed').length;
  const wrong = baselines === 1 ? [] : [`${baselines} baselines were told`];
  const rows = Map.groupBy(
    changes.filter((change) => change.type !== 'sync.baseline_completed'),
    nameOf,
  );
  for (const id of new Set([...rows.keys(), ...Object.keys(told)])) {
    const types = (rows.get(id) ?? []).map((change) => change.type).join();
    const wanted = (told[id] ?? []).join();
    const cameLate = late.includes(id) && /^\w+\.created$/.test(types);
    if (types !== wanted && !cameLate) wrong.push(`the feed says "${types}" of ${id}, not "${wanted}"`);
  }
  const others = changes.filter(({ id, cause }) => id !== null && cause !== 'own-write');
  if (allOurs === true) wrong.push(...others.map((row) => `${row.type} of ${nameOf(row)} is told by ${row.cause}`));
  return wrong;
}

/** Items that do not hold in the end what they must. */
export function wrongFields(partition: Partition, { holds = {} }: Expected, names: PlanDomain): string[] {
  return Object.entries(holds).flatMap(([name, wanted]) => {
    const graphId = names.idOf(partition, name);
    const fields = partition.records.find((record) => record.graphId === graphId)?.fields ?? {};
    return Object.entries(wanted)
      .filter(([field, value]) => !isDeepStrictEqual(fields[field], value))
      .map(([field, value]) => `${field} of ${name} is ${JSON.stringify(fields[field])}, not ${JSON.stringify(value)}`);
  });
}

const effectLog = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));

/** Writes of ours that reached the tenant otherwise than exactly once (P8). */
export async function wrongEffects({ rig, mailbox, expected }: Prepared, partition: Partition): Promise<string[]> {
  const log = effectLog.parse(await rig.user(mailbox.upn, 'GET', '/effects')).filter((effect) => effect.by === 'app');
  const found = Map.groupBy(log, (effect) => effect.id);
  const names = planDomain(mailbox.domain);
  const effects = new Map(
    Object.entries(expected.effects).map(([name, kinds]) => [names.idOf(partition, name), kinds]),
  );
  const ids = new Set([...found.keys(), ...effects.keys()]);
  return [...ids].flatMap((id) => {
    const kinds = (found.get(id) ?? [])
      .map((effect) => effect.kind)
      .toSorted()
      .join();
    const wanted = (effects.get(id) ?? []).toSorted().join();
    return kinds === wanted ? [] : [`the tenant was written "${kinds}", not "${wanted}"`];
  });
}
