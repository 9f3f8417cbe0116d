import { placeOfDelivery } from '../engine/delivery-id.ts';
import type {
  Delivery,
  DeliveryCommit,
  DeliveryCursor,
  DeliveryQuery,
  DeliveryStore,
} from '../engine/delivery-ports.ts';
import type { Scope } from '../engine/model.ts';
import { StorageError } from '../errors.ts';
import type { Random } from '../lib/random.ts';
import { literal } from './columns.ts';
import { textOf } from './decode.ts';
import { commitDeliveries } from './delivery-commit.ts';
import { leaveFeeds } from './delivery-leave.ts';
import * as rows from './delivery-rows.ts';
import { failureOf, isRefused, storageError } from './failures.ts';
import { cursorText, readCursor } from './list-cursor.ts';
import { dropRows } from './partition-lists.ts';
import { rowVersion, type Row, type Table } from './table.ts';
import type { RowAction } from './transaction.ts';

/** Requests to send again that one reading of a cursor brings. */
const AGAIN_READ = 100;
/** Records of one transaction: each has a request beside it. */
const AGAIN_CHUNK = 45;
const MOST_PAGES = 5;

/** Table `deliveries`: a partition for each endpoint, with its cursors (`feed|...`) and records (`sent|...`). */
export class TableDeliveryStore implements DeliveryStore {
  readonly #table: Table;
  readonly #random: Random;

  constructor(table: Table, random: Random) {
    this.#table = table;
    this.#random = random;
  }

  async readCursor(endpointId: string, scope: Scope): ReturnType<DeliveryStore['readCursor']> {
    const filter = rangeOf(endpointId, rows.feedRange(scope));
    const read: Row[] = [];
    for await (const page of this.#table.pages(filter, null, AGAIN_READ + 1)) {
      read.push(...page);
      if (read.length > AGAIN_READ) break;
    }
    const isCursor = (row: Row): boolean => textOf(row, 'rowKey') === rows.cursorKey(scope);
    const row = read.find(isCursor);
    return {
      found: row === undefined ? null : { cursor: rows.decodeDeliveryCursor(row), version: rowVersion(row) },
      again: read.filter((other) => !isCursor(other)).map(rows.decodeAgain),
    };
  }

  async isRequested(delivery: Delivery): Promise<boolean> {
    const { endpointId, seq, nextAttemptAt } = delivery;
    if (nextAttemptAt === null) return false;
    const rowKey = rows.againKey(delivery, { seq, nextAttemptAt });
    return (await this.#table.get(rows.deliveryPartition(endpointId), rowKey)) !== null;
  }

  commit(commit: DeliveryCommit): Promise<string> {
    return commitDeliveries(this.#table, this.#random, commit);
  }

  async read(id: string): Promise<Delivery | null> {
    const place = placeOfDelivery(id);
    if (place === null) return null;
    const row = await this.#table.get(rows.deliveryPartition(place.endpointId), rows.recordKey(place));
    return row === null ? null : rows.decodeDelivery(row);
  }

  async list(query: DeliveryQuery): ReturnType<DeliveryStore['list']> {
    const { from, to } = rows.recordRange(query.since, query.until);
    const [after, within] = query.after === null ? ['', null] : readCursor(query.after);
    const start = after < from ? from : `${after} `;
    if (start >= to) return { deliveries: [], next: null };
    const filter = `${rangeOf(query.endpointId, { from: start, to })}${conditionsOf(query)}`;
    const found: Row[] = [];
    let token = within ?? undefined;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const size = Math.min(query.limit + 1 - found.length, 1000);
      const page = await this.#table.page(filter, { size, token });
      found.push(...page.rows);
      token = page.token;
      if (token === undefined || found.length > query.limit) break;
    }
    const shown = found.slice(0, query.limit);
    const last = shown.at(-1);
    const next = last === undefined ? cursorText([after, token ?? null]) : cursorText([textOf(last, 'rowKey'), null]);
    const more = found.length > shown.length || token !== undefined;
    return { deliveries: shown.map(rows.decodeDelivery), next: more ? next : null };
  }

  async askAgain(deliveries: readonly Delivery[], now: Date): Promise<void> {
    const at = now.toISOString();
    for (let from = 0; from < deliveries.length; from += AGAIN_CHUNK) {
      const chunk = deliveries.slice(from, from + AGAIN_CHUNK);
      const actions = chunk.flatMap((delivery): RowAction[] => [
        rows.recordAction({ ...delivery, status: 'pending', nextAttemptAt: at }),
        rows.againAction(delivery, {
          deliveryId: delivery.id,
          seq: delivery.seq,
          attempts: 0,
          since: at,
          nextAttemptAt: at,
        }),
      ]);
      const [first] = chunk;
      if (first !== undefined) await this.putAll(rows.deliveryPartition(first.endpointId), actions);
    }
  }

  async *behind(endpointId: string): AsyncGenerator<readonly DeliveryCursor[]> {
    const filter = `${rangeOf(endpointId, rows.feedsRange())} and behind eq true`;
    for await (const page of this.#table.pages(filter, null)) yield page.map(rows.decodeDeliveryCursor);
  }

  removeCursors(endpointId: string, connectionId: string, domain?: string): Promise<number> {
    const filter = rangeOf(endpointId, rows.feedsRange(connectionId, domain));
    return leaveFeeds(this.#table, rows.deliveryPartition(endpointId), filter);
  }

  dropBefore(endpointId: string, at: Date): Promise<number> {
    const filter = rangeOf(endpointId, rows.recordRange(undefined, at));
    return dropRows(this.#table, rows.deliveryPartition(endpointId), filter);
  }

  async erase(endpointId: string): Promise<void> {
    const partitionKey = rows.deliveryPartition(endpointId);
    await dropRows(this.#table, partitionKey, `PartitionKey eq ${literal(partitionKey)}`);
  }

  /** Puts that may be repeated blindly. */
  private async putAll(partitionKey: string, actions: readonly RowAction[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#table.tryTransact(partitionKey, actions);
        return;
      } catch (error) {
        const failed = storageError('store.unavailable', 'Asking for deliveries again', error);
        if (!(failed instanceof StorageError) || isRefused(failureOf(error)) || attempt >= 4) throw failed;
        await this.#table.pause(attempt);
      }
    }
  }
}

function rangeOf(endpointId: string, { from, to }: { readonly from: string; readonly to: string }): string {
  const partition = literal(rows.deliveryPartition(endpointId));
  return `PartitionKey eq ${partition} and RowKey ge ${literal(from)} and RowKey lt ${literal(to)}`;
}

function conditionsOf({ connectionId, status, type }: DeliveryQuery): string {
  const wanted = Object.entries({ connectionId, status, type });
  return wanted.flatMap(([name, value]) => (value === undefined ? [] : [` and ${name} eq ${literal(value)}`])).join('');
}
