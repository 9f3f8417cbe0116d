import type { App } from '../../../shared/app.ts';
import { shardOf } from '../../../shared/engine/directory-ports.ts';
import { runDispatch } from '../../../shared/jobs/dispatch.ts';
import { removeLoose } from '../../../shared/jobs/loose-secrets.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { partitionOf } from '../../../shared/store/rows.ts';
import { connect } from '../../support/sync-world.ts';
import { liveSubscriptions, readAccount, vaultNames, wrongLookups, wrongSubscription } from './account.ts';
import type { Caller } from './caller.ts';
import { dueAt, readPartition, readRows } from './partition.ts';
import { API_KEY, type FaultRig, type Mailbox } from './rig.ts';
import { arrive, sendRound, type Prepared, type Scenario } from './scenarios.ts';
import { standing } from './scenarios-connect.ts';

const HOUR_MS = 3_600_000;

interface Leaving {
  readonly rig: FaultRig;
  readonly mailbox: Mailbox;
  /** Sets work going before it is asked to leave. */
  readonly first?: (call: Caller) => Promise<unknown>;
  /** Parts that cannot be reached whatever happens. */
  readonly unreached?: readonly string[];
  /** Another connection of the same mailbox. */
  readonly other?: string;
  readonly turnMs?: number;
  /** Ends what was out of reach. */
  readonly mend?: () => Promise<void>;
}

async function leave(call: Caller, { connectionId }: Mailbox): Promise<boolean> {
  const headers = { authorization: `Bearer ${API_KEY}` };
  return (await call(`/api/connections/${connectionId}`, { method: 'DELETE', headers })).status === 202;
}

function prepared(leaving: Leaving): Prepared {
  const { rig, mailbox, first, turnMs } = leaving;
  return {
    ...{ rig, mailbox, expected: { told: {}, effects: {} }, request: null },
    life: {
      begin: async (call) => {
        await first?.(call);
        return leave(call, mailbox);
      },
      rest: async () => {
        const { connections, due } = await readAccount(rig, mailbox.objectId);
        const own = connections.find((one) => one.id === mailbox.connectionId);
        // Other rows stand until their time comes, and then find the connection gone.
        const left = due.filter((row) => String(row['partitionKey']).startsWith('disconnect|'));
        return [
          ...(own?.status === 'disconnected' ? [] : [`the connection is ${own?.status ?? 'not there'}`]),
          ...left.map((row) => `due is ${String(row['partitionKey'])}`),
        ];
      },
      end: (app) => wrongEnd(leaving, app),
      busy: first !== undefined,
      ...(turnMs === undefined ? {} : { turnMs }),
    },
  };
}

async function wrongEnd(leaving: Leaving, app: App): Promise<string[]> {
  const { rig, mailbox, other, mend } = leaving;
  await mend?.();
  // Before the days go by: where the other is of the same shard, they go by for it alone, and not for Graph.
  const left = other === undefined ? [] : await wrongOther(leaving, { app, other });
  await removeLoose({ ...app, clock: { now: () => new Date(app.clock.now().getTime() + 2 * HOUR_MS) } });
  const scope = { connectionId: mailbox.connectionId, domain: 'mail' };
  const later = { ...app, clock: { now: () => new Date(app.clock.now().getTime() + 8 * 24 * HOUR_MS) } };
  await runDispatch({ kinds: ['mail', 'subscriptions', 'disconnect'], shards: [shardOf(mailbox.connectionId)] }, later);
  for (const row of (await readAccount(rig, mailbox.objectId)).due)
    if (row['connectionId'] === mailbox.connectionId && String(row['partitionKey']).startsWith('mail.'))
      await runPushJob({ ...scope, due: { kind: 'mail.push', at: dueAt(row) } }, later);
  const account = await readAccount(rig, mailbox.objectId);
  const own = account.connections.find((one) => one.id === mailbox.connectionId);
  const due = account.due.filter((row) => row['connectionId'] === mailbox.connectionId);
  const names = await vaultNames(rig);
  return [
    ...(await wrongRows(rig, mailbox)),
    ...due.map((row) => `due stays ${String(row['partitionKey'])}`),
    ...(own?.secret === null ? [] : ['the row names a secret']),
    ...(names.has(secretOf.get(mailbox) ?? '') ? ['the secret is in the vault'] : []),
    ...(await wrongFeed(leaving)),
    ...wrongLookups(account),
    ...left,
  ];
}

/** The secret of a mailbox's connection before it left. */
const secretOf = new WeakMap<Mailbox, string>();

async function wrongRows(rig: FaultRig, { connectionId, objectId }: Mailbox): Promise<string[]> {
  const rows = await readRows(rig, 'sync', partitionOf({ connectionId, domain: 'mail' }));
  const { subscriptions } = await readAccount(rig, objectId);
  return [
    ...rows.map((row) => `a row of mail stands: ${row.rowKey}`),
    ...(subscriptions.some((row) => row.connections.includes(connectionId)) ? ['a subscription serves it'] : []),
  ];
}

/** Connected, disconnected, each once; and the last row names what Graph still holds. */
async function wrongFeed({ rig, mailbox, unreached = [], other }: Leaving): Promise<string[]> {
  const { changes } = await readPartition(rig, mailbox.connectionId, 'connection');
  const types = changes.map((change) => change.type).join();
  const said = JSON.stringify(changes.at(-1)?.details ?? null);
  const holds = other === undefined && (await liveSubscriptions(rig, mailbox.objectId)).length > 0;
  const names = [...unreached, ...(holds ? ['subscription'] : [])];
  return [
    ...(types === 'connection.connected,connection.disconnected' ? [] : [`the connection's feed says "${types}"`]),
    ...names
      .filter((name) => !said.includes(`"${name}"`))
      .map((name) => `the feed does not say that ${name} was out of reach: ${said}`),
    ...(said.includes('"vault"') && !unreached.includes('vault')
      ? ['the feed says that the vault was out of reach']
      : []),
  ];
}

/** The other connection of the mailbox has all its own, and goes on. */
async function wrongOther(
  { rig, mailbox }: Leaving,
  { app, other }: { readonly app: App; readonly other: string },
): Promise<string[]> {
  const account = await readAccount(rig, mailbox.objectId);
  const id = await arrive(rig, mailbox, 'For the other');
  await runSyncJob({ connectionId: other, domain: 'mail', why: 'manual', due: null }, app);
  const { changes, head } = await readPartition(rig, other);
  const kinds = new Set(account.due.map((row) => String(row['partitionKey']).split('|')[0]));
  const secret = account.connections.find((one) => one.id === other)?.secret ?? null;
  const there = secret !== null && (await vaultNames(rig)).has(secret.name);
  return [
    ...(head.status.status === 'ok' ? [] : [`the other is ${head.status.status}`]),
    ...(changes.some((change) => change.graphId === id) ? [] : ['the other does not sync']),
    ...(kinds.has('mail') && kinds.has('subscriptions') ? [] : ['nothing is due for the other']),
    ...(there ? [] : ['the other lost its secret']),
    ...(await wrongSubscription(rig, account, { objectId: mailbox.objectId, serves: [other] })),
  ];
}

async function standingWithSecret(rig: FaultRig, app: App): Promise<Mailbox> {
  const mailbox = await standing(rig, app);
  const secret = (await app.connections.read(mailbox.connectionId))?.connection.secret;
  if (secret !== null && secret !== undefined) secretOf.set(mailbox, secret.name);
  return mailbox;
}

/** A connection at rest leaves. */
export const disconnecting: Scenario = {
  name: 'disconnect',
  prepare: async (rig, app) => prepared({ rig, mailbox: await standingWithSecret(rig, app) }),
};

/** It leaves while it is being synced and a write of the application is on its way. */
export const disconnectingBusy: Scenario = {
  name: 'disconnect-busy',
  prepare: async (rig, app) => {
    const mailbox = await standingWithSecret(rig, app);
    const { records } = await readPartition(rig, mailbox.connectionId);
    const record = records.find((each) => each.kind === 'message');
    await arrive(rig, mailbox, 'While it leaves');
    const base = { rig, mailbox, expected: { told: {}, effects: {} }, request: null };
    const write = async (call: Caller): Promise<void> => {
      await sendRound(base);
      await call(`/api/connections/${mailbox.connectionId}/messages/${record?.id ?? ''}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ isRead: true }),
      });
    };
    return prepared({ rig, mailbox, first: write });
  },
};

/** It leaves while Graph refuses to end the subscription, and the vault cannot be reached for more than a day. */
export const disconnectingAlone: Scenario = {
  name: 'disconnect-alone',
  prepare: async (rig, app) => {
    const mailbox = await standingWithSecret(rig, app);
    await rig.control('POST', '/faults', {
      match: { method: 'DELETE', path: '/subscriptions/', upn: mailbox.upn },
      times: 0,
      action: { kind: 'status', status: 503 },
    });
    const name = secretOf.get(mailbox) ?? '';
    const down = async (body: unknown, method = 'POST'): Promise<void> => {
      await fetch(`${rig.vault.url}/control/faults`, {
        method,
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
    };
    await down({ match: { path: `/secrets/${name}` }, times: 0, action: { kind: 'status', status: 503 } });
    const mend = async (): Promise<void> => {
      await down(null, 'DELETE');
      await rig.control('DELETE', '/faults');
    };
    return prepared({ rig, mailbox, unreached: ['subscription', 'vault'], turnMs: 13 * HOUR_MS, mend });
  },
};

/** It leaves, and another connection of the same mailbox stays. */
export const disconnectingShared: Scenario = {
  name: 'disconnect-shared',
  prepare: async (rig, app) => {
    const mailbox = await standingWithSecret(rig, app);
    const account = { username: mailbox.upn, password: mailbox.password, folders: 'all' as const };
    const other = await connect(app, { ...account, userId: `other of ${mailbox.upn}` });
    await app.wake.clear({ connectionId: other, domain: 'mail' });
    await runDispatch({ kinds: ['subscriptions'], shards: [shardOf(other)] }, app);
    await runSyncJob({ connectionId: other, domain: 'mail', why: 'manual', due: null }, app);
    return prepared({ rig, mailbox, other });
  },
};
