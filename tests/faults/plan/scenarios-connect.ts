import { z } from 'zod';
import type { App } from '../../../shared/app.ts';
import { changeConnection } from '../../../shared/jobs/change-connection.ts';
import { removeLoose } from '../../../shared/jobs/loose-secrets.ts';
import { runDispatch } from '../../../shared/jobs/dispatch.ts';
import { shardOf } from '../../../shared/engine/directory-ports.ts';
import { readAccount, vaultNames, wrongLookups, wrongSecrets, wrongSubscription } from './account.ts';
import { hash } from '../../../shared/lib/hash.ts';
import { TENANT_ID } from '../../../infra/local/graph/tenant.ts';
import { Person } from './browser.ts';
import type { Caller } from './caller.ts';
import { checkRest, tenantDifferences } from './check.ts';
import { readPartition } from './partition.ts';
import type { FaultRig, Mailbox } from './rig.ts';
import { syncOnce, type Prepared, type Scenario } from './scenarios.ts';

const SEED = { messages: 4, folders: 1 };
const HOUR_MS = 3_600_000;

interface Signing {
  readonly rig: FaultRig;
  readonly mailbox: Mailbox;
  readonly person: Person;
  readonly begin: (call: Caller) => Promise<boolean>;
  /** Whether these rows of the domain `connection` are right. */
  readonly told: (types: readonly string[]) => boolean;
}

/** What a sign-in must lead to. */
async function prepared(signing: Signing): Promise<Prepared> {
  const { rig, mailbox, begin } = signing;
  const before = await vaultNames(rig);
  const base = { rig, mailbox, expected: { told: {}, effects: {} }, request: null };
  return {
    ...base,
    life: {
      begin,
      rest: async () => {
        const { connections, subscriptions } = await readAccount(rig, mailbox.objectId);
        const [connection] = connections;
        if (connection === undefined) return ['there is no connection'];
        const untold = connection.untold ?? [];
        return [
          ...(untold.length === 0 ? [] : ['something is untold']),
          ...(subscriptions[0]?.id === null || subscriptions[0] === undefined ? ['there is no subscription'] : []),
          ...(await checkRest({ ...base, mailbox: { ...mailbox, connectionId: connection.id } })),
        ];
      },
      end: (app) => wrongEnd(signing, base, { app, before }),
    },
  };
}

async function wrongEnd(
  { rig, mailbox, told }: Signing,
  base: Omit<Prepared, 'life'>,
  { app, before }: { readonly app: App; readonly before: ReadonlySet<string> },
): Promise<string[]> {
  await removeLoose({ ...app, clock: { now: () => new Date(app.clock.now().getTime() + 2 * HOUR_MS) } });
  const account = await readAccount(rig, mailbox.objectId);
  const [connection, ...others] = account.connections;
  if (connection === undefined || others.length > 0) return [`there are ${account.connections.length} connections`];
  const own = { ...base, mailbox: { ...mailbox, connectionId: connection.id } };
  const partition = await readPartition(rig, connection.id);
  const { changes } = await readPartition(rig, connection.id, 'connection');
  const types = changes.map((change) => change.type);
  const kinds = new Set(account.due.map((row) => String(row['partitionKey']).split('|')[0]));
  return [
    ...(connection.status === 'connected' ? [] : [`the connection is ${connection.status}`]),
    ...(told(types) ? [] : [`the connection's feed says "${types.join()}"`]),
    ...(kinds.has('mail') ? [] : ['no poll is due']),
    ...(kinds.has('subscriptions') ? [] : ['no renewal is due']),
    ...(await tenantDifferences(own, partition)),
    ...(await wrongSecrets(rig, account, before)),
    ...wrongLookups(account),
    ...(await wrongSubscription(rig, account, { objectId: mailbox.objectId, serves: [connection.id] })),
  ];
}

/** Told once where the person signed in once. Whoever was told to sign in again, though all was done, is told of both. */
const once =
  (person: Person, first: readonly string[], type: string) =>
  (types: readonly string[]): boolean => {
    const rest = types.slice(first.length);
    const begins = first.every((each, index) => types[index] === each);
    return (
      begins && rest[0] === type && rest.length <= Math.max(1, person.finished) && rest.slice(1).every(isConnected)
    );
  };
const isConnected = (type: string): boolean => type === 'connection.connected';

/** The id that the first connection of this user to this account gets: some calls come before there is one. */
const idOfFirst = (upn: string, objectId: string): string => hash(['connection', '0', TENANT_ID, objectId, upn], 22);

async function stranger(rig: FaultRig): Promise<Mailbox> {
  const upn = await rig.newUser(SEED);
  const { id } = z.object({ id: z.string() }).parse(await rig.user(upn, 'GET', ''));
  return { upn, password: '', connectionId: idOfFirst(upn, id), objectId: id, domain: 'mail' };
}

/** A first sign-in by a link. */
export const connecting: Scenario = {
  name: 'connect',
  prepare: async (rig) => {
    const mailbox = await stranger(rig);
    const person = new Person(mailbox.upn, mailbox.upn);
    const begin = (call: Caller): Promise<boolean> => person.tries(call);
    return prepared({ rig, mailbox, person, begin, told: once(person, [], 'connection.connected') });
  },
};

/** One link in two windows at once. */
export const connectingTwice: Scenario = {
  name: 'connect-twice',
  prepare: async (rig) => {
    const mailbox = await stranger(rig);
    const person = new Person(mailbox.upn, mailbox.upn);
    const begin = (call: Caller): Promise<boolean> => person.triesTwice(call);
    return prepared({ rig, mailbox, person, begin, told: once(person, [], 'connection.connected') });
  },
};

/** A connection with its subscription and a first sync behind it. */
export async function standing(rig: FaultRig, app: App): Promise<Mailbox> {
  const mailbox = await rig.mailbox(app, SEED);
  await runDispatch({ kinds: ['subscriptions'], shards: [shardOf(mailbox.connectionId)] }, app);
  await syncOnce(app, mailbox.connectionId);
  return mailbox;
}

/** The person of a standing connection signs in once more; the connection is then told of by `told`, once. */
function signingInAgain(rig: FaultRig, mailbox: Mailbox, told: string): ReturnType<typeof prepared> {
  const person = new Person(mailbox.upn, mailbox.upn);
  const begin = (call: Caller): Promise<boolean> => person.tries(call);
  return prepared({ rig, mailbox, person, begin, told: once(person, ['connection.connected'], told) });
}

/** The same account again, while all is well. */
export const reconnecting: Scenario = {
  name: 'reconnect',
  prepare: async (rig, app) => {
    const mailbox = await standing(rig, app);
    return signingInAgain(rig, mailbox, 'connection.connected');
  },
};

/** The same account again, after its grant had died. */
export const recovering: Scenario = {
  name: 'recover',
  prepare: async (rig, app) => {
    const mailbox = await standing(rig, app);
    await changeConnection(app, mailbox.connectionId, (found) => ({
      ...found,
      status: 'reauth_required',
      reason: 'reauth_required',
    }));
    return signingInAgain(rig, mailbox, 'connection.recovered');
  },
};
