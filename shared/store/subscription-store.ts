import { subscriptionSchema, type Mailbox, type Subscription } from '../engine/connection.ts';
import type { VersionedSubscription } from '../engine/connection.ts';
import type { SubscriptionStore } from '../engine/directory-ports.ts';
import { FenceLostError } from '../errors.ts';
import type { Random } from '../lib/random.ts';
import { checkColumns, literal, pack } from './columns.ts';
import { decodeRow } from './decode.ts';
import { key, keyPart } from './keys.ts';
import { cursorText, readCursor } from './list-cursor.ts';
import { removeVersion, swapRow } from './swap.ts';
import { rowVersion, type Row, type Table } from './table.ts';

/** Subscriptions in table `connections`: a partition for each mailbox, a row for each resource. */
export class TableSubscriptionStore implements SubscriptionStore {
  readonly #table: Table;
  readonly #random: Random;

  constructor(table: Table, random: Random) {
    this.#table = table;
    this.#random = random;
  }

  async read(mailbox: Mailbox, resource: string): Promise<VersionedSubscription | null> {
    const row = await this.#table.get(partition(mailbox), keyPart(resource));
    return row === null ? null : decodeSubscription(row);
  }

  async list(mailbox: Mailbox): Promise<VersionedSubscription[]> {
    const rows = await this.#table.all(`PartitionKey eq ${literal(partition(mailbox))}`);
    return rows.map(decodeSubscription);
  }

  async page({ limit, after }: { readonly limit: number; readonly after: string | null }): Promise<{
    readonly subscriptions: readonly Subscription[];
    readonly next: string | null;
  }> {
    const [, token] = after === null ? ['', null] : readCursor(after);
    const filter = `PartitionKey gt ${literal(PREFIX)} and PartitionKey lt 'subscription}'`;
    const page = await this.#table.page(filter, { size: limit, token: token ?? undefined });
    const subscriptions = page.rows.map((row) => decodeSubscription(row).subscription);
    return { subscriptions, next: page.token === undefined ? null : cursorText(['', page.token]) };
  }

  async write(subscription: Subscription, version: string | null): Promise<string> {
    const columns = pack(subscription);
    checkColumns(columns);
    const keys = { partitionKey: partition(subscription), rowKey: keyPart(subscription.resource) };
    const next = await swapRow(this.#table, this.#random, { ...keys, ...columns }, version);
    if (next === null) throw new FenceLostError('Another writer changed the subscription first');
    return next;
  }

  async remove(mailbox: Mailbox, resource: string, version: string): Promise<void> {
    const keys = { partitionKey: partition(mailbox), rowKey: keyPart(resource) };
    if (await removeVersion(this.#table, keys, version)) return;
    throw new FenceLostError('Another writer changed the subscription first');
  }
}

const PREFIX = 'subscription|';
const partition = ({ tenantId, objectId }: Mailbox): string => key('subscription', tenantId, objectId);

const decodeSubscription = (row: Row): VersionedSubscription => ({
  version: rowVersion(row),
  subscription: decodeRow(subscriptionSchema, 'subscription', row),
});
