import type { App } from '../../../shared/app.ts';
import type { Subscription } from '../../../shared/engine/connection.ts';
import { shardOf } from '../../../shared/engine/directory-ports.ts';
import { withoutLive } from '../../../shared/jobs/subscriptions/pairs.ts';
import { requestSubscriptionWork } from '../../../shared/jobs/subscriptions/request.ts';
import { changeRow, dropLookups } from '../../../shared/jobs/subscriptions/rows.ts';
import { readAccount, liveSubscriptions, wrongLookups, wrongSubscription } from './account.ts';
import type { Caller } from './caller.ts';
import { checkRest, tenantDifferences } from './check.ts';
import { readPartition } from './partition.ts';
import type { FaultRig, Mailbox } from './rig.ts';
import { arrive, type Prepared, type Scenario } from './scenarios.ts';
import { standing } from './scenarios-connect.ts';

const HOUR_MS = 3_600_000;

/** What happened to a subscription while nobody looked, and what is to come of it. */
interface Situation {
  readonly name: string;
  /** Does it; the subscription is live and known before. */
  happen(app: App, at: { readonly rig: FaultRig; readonly mailbox: Mailbox; readonly id: string }): Promise<void>;
  /** Whether a subscription of another id is wanted in the end. */
  readonly replaced: boolean;
  /** Whether a round has to follow. */
  readonly round: boolean;
  /** What Graph tells; without it a timer finds the work. */
  readonly event?: 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';
}

const past = (app: App): string => new Date(app.clock.now().getTime() - 60_000).toISOString();

/** Changes the row of the mailbox's subscription. */
async function change(
  app: App,
  { mailbox }: { readonly mailbox: Mailbox },
  to: (row: Subscription) => Subscription,
): Promise<void> {
  const account = (await app.connections.read(mailbox.connectionId))?.connection.account;
  if (account === undefined) throw new Error('there is no connection');
  await changeRow(app, { ...account, resource: 'me/messages' }, to);
}

const expire = (rig: FaultRig, id: string): Promise<unknown> => rig.control('POST', `/subscriptions/${id}/expire`);

const situations: readonly Situation[] = [
  {
    name: 'renew',
    happen: (app, at) => change(app, at, (row) => ({ ...row, renewAt: past(app) })),
    replaced: false,
    round: false,
  },
  {
    name: 'renew-gone',
    happen: async (app, at) => {
      await expire(at.rig, at.id);
      await change(app, at, (row) => ({ ...row, renewAt: past(app), expiresAt: past(app) }));
    },
    replaced: true,
    round: true,
  },
  {
    name: 'renew-distrusted',
    happen: (app, at) => change(app, at, (row) => ({ ...row, renewAt: past(app), distrusted: true })),
    replaced: true,
    round: true,
  },
  {
    name: 'renew-moved-address',
    happen: (app, at) => change(app, at, (row) => ({ ...row, sentTo: 'https://former.example' })),
    replaced: true,
    round: true,
  },
  {
    name: 'create-known',
    happen: (app, at) => change(app, at, (row) => withoutLive(row, app.clock.now())),
    replaced: false,
    round: true,
  },
  {
    name: 'create-foreign',
    happen: async (app, { mailbox }) => {
      const account = (await app.connections.read(mailbox.connectionId))?.connection.account;
      const found = account === undefined ? null : await app.subscriptions.read(account, 'me/messages');
      if (found === null) throw new Error('there is no row');
      await app.subscriptions.remove(found.subscription, 'me/messages', found.version);
      await dropLookups(app, found.subscription, null);
    },
    replaced: true,
    round: true,
  },
  { name: 'told-to-renew', happen: nothing, replaced: false, round: false, event: 'reauthorizationRequired' },
  { name: 'told-removed', happen: nothing, replaced: true, round: true, event: 'subscriptionRemoved' },
  { name: 'told-missed', happen: nothing, replaced: false, round: true, event: 'missed' },
];

function nothing(): Promise<void> {
  return Promise.resolve();
}

/** What Graph sent to the front, caught there before the app saw it. */
interface Caught {
  readonly path: string;
  readonly body: string;
}

/** Lets Graph tell; the front keeps what it sends, for the case to bring to the app itself, as often as it takes. */
async function caught(rig: FaultRig, id: string, event: string): Promise<Caught> {
  const path = /\/webhooks\/graph\/lifecycle/;
  const kept = rig.front.plan({ path, body: new RegExp(id), fault: { before: { status: 202 } } });
  await rig.control('POST', `/subscriptions/${id}/lifecycle`, { event });
  const request = await kept.met;
  kept.cancel();
  return { path: request.path, body: request.body.toString() };
}

function scenarioOf(situation: Situation): Scenario {
  return {
    name: situation.name,
    prepare: async (rig, app) => {
      const mailbox = await standing(rig, app);
      const [live] = await liveSubscriptions(rig, mailbox.objectId);
      if (live === undefined) throw new Error('there is no subscription');
      await rig.control('PATCH', '/settings', { notifications: { lose: 1 } });
      await arrive(rig, mailbox, 'Untold');
      await rig.control('PATCH', '/settings', { notifications: { lose: 0 } });
      await situation.happen(app, { rig, mailbox, id: live.id });
      const told = situation.event === undefined ? null : await caught(rig, live.id, situation.event);
      if (told === null) await requestSubscriptionWork(app, mailbox.connectionId);
      const { lastSyncedAt } = (await readPartition(rig, mailbox.connectionId)).head.status;
      return prepared(situation, { rig, mailbox, told, former: live.id, lastSyncedAt });
    },
  };
}

/** Where a case begins. */
interface Begun {
  readonly rig: FaultRig;
  readonly mailbox: Mailbox;
  readonly told: Caught | null;
  /** The subscription that was live before. */
  readonly former: string;
  readonly lastSyncedAt: string | null;
}

function prepared(situation: Situation, at: Begun): Prepared {
  const { rig, mailbox, told, former } = at;
  const base = { rig, mailbox, expected: { told: {}, effects: {} }, request: null };
  const began = Date.now();
  const synced = async (): Promise<boolean> =>
    (await readPartition(rig, mailbox.connectionId)).head.status.lastSyncedAt !== at.lastSyncedAt;
  return {
    ...base,
    life: {
      begin: (call) => (told === null ? timer(rig, mailbox) : tell(call, told)),
      timed: told === null,
      rest: async () => {
        const { subscriptions } = await readAccount(rig, mailbox.objectId);
        const [row] = subscriptions;
        const wanted = row !== undefined && row.id !== null && (row.id !== former || !situation.replaced);
        // One that is only claimed for a minute is not renewed yet.
        const done = wanted && Date.parse(row.renewAt ?? '') >= began + HOUR_MS;
        return [
          ...(done ? [] : ['the subscription is not done']),
          ...(situation.round && !(await synced()) ? ['no round followed'] : []),
          ...(await checkRest(base)),
        ];
      },
      end: () => wrongEnd(situation, at, base),
    },
  };
}

async function wrongEnd(situation: Situation, { rig, mailbox, former }: Begun, base: Prepared): Promise<string[]> {
  const account = await readAccount(rig, mailbox.objectId);
  const partition = await readPartition(rig, mailbox.connectionId);
  const kinds = new Set(account.due.map((row) => String(row['partitionKey']).split('|')[0]));
  const same = account.subscriptions[0]?.id === former;
  const told = partition.changes.filter((change) => change.type === 'message.created').length;
  return [
    ...(kinds.has('mail') ? [] : ['no poll is due']),
    ...(kinds.has('subscriptions') ? [] : ['no renewal is due']),
    ...(same === situation.replaced ? [`the subscription is ${same ? 'the former one' : 'another'}`] : []),
    ...(situation.round && told !== 1 ? [`what nobody told of was told ${told} times`] : []),
    ...(situation.round ? await tenantDifferences(base, partition) : []),
    ...wrongLookups(account),
    ...(await wrongSubscription(rig, account, { objectId: mailbox.objectId, serves: [mailbox.connectionId] })),
  ];
}

/** As the timer does, for all shards of these kinds in one message. */
async function timer(rig: FaultRig, { connectionId }: Mailbox): Promise<boolean> {
  const message = JSON.stringify({ kinds: ['subscriptions', 'disconnect'], shards: [shardOf(connectionId)] });
  const queue = rig.queues.getQueueClient('dispatch');
  await queue.createIfNotExists();
  await queue.sendMessage(Buffer.from(message).toString('base64'));
  return true;
}

async function tell(call: Caller, { path, body }: Caught): Promise<boolean> {
  const answer = await call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return answer.status === 202;
}

export const subscriptionScenarios: readonly Scenario[] = situations.map(scenarioOf);
