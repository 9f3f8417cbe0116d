import { z } from 'zod';
import {
  subscriptionSchema,
  connectionSchema,
  type Connection,
  type Subscription,
} from '../../../shared/engine/connection.ts';
import { lookupKinds, pairsOf, rowName } from '../../../shared/jobs/subscriptions/pairs.ts';
import { key } from '../../../shared/store/keys.ts';
import { packed, readRows, type RawRow } from './partition.ts';
import type { FaultRig } from './rig.ts';

/** All that stands outside of the partitions and belongs to one user of the tenant. */
export interface Account {
  readonly connections: readonly Connection[];
  readonly subscriptions: readonly Subscription[];
  /** Rows of `lookups` that lead to these connections or subscriptions, as `kind key value`. */
  readonly lookups: readonly string[];
  /** Rows of `due` for these connections. */
  readonly due: readonly RawRow[];
}

const live = z.object({ id: z.string(), userId: z.string(), notificationUrl: z.string(), resource: z.string() });
export type LiveSubscription = z.output<typeof live>;

/** The subscriptions that the tenant holds for one user. */
export async function liveSubscriptions(rig: FaultRig, objectId: string): Promise<LiveSubscription[]> {
  const all = z.array(live).parse(await rig.control('GET', '/subscriptions'));
  return all.filter((one) => one.userId === objectId);
}

/** Names of all secrets in the vault, deleted ones not among them. */
export async function vaultNames(rig: FaultRig): Promise<Set<string>> {
  const names = new Set<string>();
  let url: string | null = `${rig.vault.url}/secrets?api-version=7.5`;
  const page = z.object({ value: z.array(z.object({ id: z.string() })), nextLink: z.string().nullish() });
  while (url !== null) {
    const answer = await fetch(url, { headers: { authorization: 'Bearer local' } });
    const { value, nextLink } = page.parse(await answer.json());
    for (const { id } of value) names.add(new URL(id).pathname.split('/')[2] ?? '');
    // The stand-in names no host that it was not asked by.
    url = nextLink === null || nextLink === undefined ? null : new URL(nextLink, rig.vault.url).href;
  }
  return names;
}

/** Empties the vault: whatever the cases before left there. */
export async function emptyVault(rig: FaultRig): Promise<void> {
  for (const name of await vaultNames(rig)) {
    const url = `${rig.vault.url}/secrets/${name}?api-version=7.5`;
    await fetch(url, { method: 'DELETE', headers: { authorization: 'Bearer local' } });
  }
}

/** Reads what belongs to the Microsoft account with this object id. */
export async function readAccount(rig: FaultRig, objectId: string): Promise<Account> {
  const rows = await readRows(rig, 'connections');
  const ofKind = (kind: string): RawRow[] => rows.filter((row) => String(row['partitionKey']).startsWith(`${kind}|`));
  const connections = ofKind('connection')
    .map((row) => connectionSchema.parse(packed(row)))
    .filter((one) => one.account.objectId === objectId);
  const subscriptions = ofKind('subscription')
    .map((row) => subscriptionSchema.parse(packed(row)))
    .filter((one) => one.objectId === objectId);
  const ids = new Set(connections.map((one) => one.id));
  const lookups = (await readRows(rig, 'lookups'))
    .filter((row) => typeof row['value'] === 'string')
    .filter((row) => ids.has(String(row['value'])) || String(row['value']).includes(objectId))
    .map((row) => `${String(row['partitionKey']).replace(/^lookup\|/, '')} ${String(row['value'])}`);
  const due = (await readRows(rig, 'due')).filter((row) => ids.has(String(row['connectionId'])));
  return { connections, subscriptions, lookups: lookups.toSorted(), due };
}

/** Secrets by which something may be found that nobody names any more, and rows that name what is not there. */
export async function wrongSecrets(rig: FaultRig, account: Account, before: ReadonlySet<string>): Promise<string[]> {
  const names = await vaultNames(rig);
  const named = new Set(account.connections.flatMap((one) => (one.secret === null ? [] : [one.secret.name])));
  const orphans = [...names].filter((name) => !before.has(name) && !named.has(name));
  const missing = [...named].filter((name) => !names.has(name));
  return [
    ...orphans.map(() => 'a secret is in the vault that no row names'),
    ...missing.map(() => 'a row names a secret that is not there'),
  ];
}

/** Look-ups that are not exactly those of the connections and subscriptions that stand. */
export function wrongLookups({ connections, subscriptions, lookups }: Account): string[] {
  const staying = connections.filter((one) => one.status !== 'disconnected');
  const entry = (kind: string, name: string, value: string): string => `${key(kind, name)} ${value}`;
  const wanted = new Set([
    ...staying.flatMap(({ id, userId, account }) => [
      entry('user', userId, id),
      entry('account', `${account.tenantId}/${account.objectId}`, id),
      entry('address', account.username.toLowerCase(), id),
    ]),
    ...subscriptions.flatMap((row) =>
      pairsOf(row).flatMap((pair) => [
        entry(lookupKinds.key, pair.keyHash, rowName(row)),
        ...(pair.id === null ? [] : [entry(lookupKinds.id, pair.id, rowName(row))]),
      ]),
    ),
  ]);
  // Of a pair that Graph was never asked with, the look-up may be missing.
  const idle = new Set(
    subscriptions.flatMap((row) =>
      row.replaced.flatMap(({ id, keyHash }) => (id === '' ? [entry(lookupKinds.key, keyHash, rowName(row))] : [])),
    ),
  );
  const found = new Set(lookups);
  return [
    ...[...wanted].filter((one) => !found.has(one) && !idle.has(one)).map((one) => `look-up missing: ${one}`),
    ...[...found]
      .filter((one) => !wanted.has(one) && !isForgotten(one, subscriptions))
      .map((one) => `look-up too many: ${one}`),
  ];
}

/**
 * A crash between the row that forgets a pair and the removal of its look-up leaves the look-up: whoever comes by it finds a
 * row that does not know the pair, which is as good as none.
 */
const isForgotten = (one: string, subscriptions: readonly Subscription[]): boolean =>
  one.startsWith('subscription-') && subscriptions.some((row) => one.endsWith(` ${rowName(row)}`));

/** Anything but one live subscription of the tenant, known to us, that serves exactly these connections. */
export async function wrongSubscription(
  rig: FaultRig,
  account: Account,
  given: { readonly objectId: string; readonly serves: readonly string[] },
): Promise<string[]> {
  const lives = await liveSubscriptions(rig, given.objectId);
  const [row, ...others] = account.subscriptions;
  const wrong: string[] = [];
  if (lives.length !== 1) wrong.push(`Graph holds ${lives.length} subscriptions`);
  if (row === undefined || others.length > 0) return [...wrong, `${account.subscriptions.length} subscription rows`];
  if (row.id !== lives[0]?.id) wrong.push(`our row says ${row.id ?? 'none'}, Graph has ${lives[0]?.id ?? 'none'}`);
  if (!(lives[0]?.notificationUrl ?? '').startsWith(`${rig.front.url}/`)) wrong.push('it sends elsewhere');
  if (row.connections.toSorted().join() !== [...given.serves].toSorted().join()) wrong.push('it serves others');
  if (row.trouble !== null) wrong.push(`it has trouble: ${row.trouble}`);
  return wrong;
}
