import type { DeliveryPlace } from '../engine/delivery-id.ts';
import {
  deliveryAgainSchema,
  deliveryCursorSchema,
  deliverySchema,
  type Delivery,
  type DeliveryAgain,
  type DeliveryCursor,
} from '../engine/delivery-ports.ts';
import { pack, serialize, textColumn, type Columns } from './columns.ts';
import { decodeRow, textOf } from './decode.ts';
import { below, key } from './keys.ts';
import type { Row } from './table.ts';
import type { RowAction } from './transaction.ts';

/** What names a feed: a scope, or a row that carries one. */
type Feed = Pick<DeliveryCursor, 'connectionId' | 'domain' | 'part'>;

/** The partition of an endpoint. */
export const deliveryPartition = (endpointId: string): string => key('endpoint', endpointId);

const FEED = 'feed';
const RECORD = 'sent';
const LATEST = 9_999_999_999_999;

/** Above every number of a change. */
const LAST_SEQ = Number.MAX_SAFE_INTEGER;

const padded = (number: number, digits: number): string => String(number).padStart(digits, '0');

/** Sorts the newest first. A time that thirteen digits do not hold, before 1970 or after 2286, counts as the end that is nearer. */
const backwards = (at: Date): string => padded(Math.min(LATEST, Math.max(0, LATEST - at.getTime())), 13);

/**
 * Cursor and requests of a feed stand side by side, so that one query reads both: the cursor first, then the requests in the
 * order of their next attempts.
 */
const feedParts = ({ connectionId, domain, part = '' }: Feed): [string, string, string, string] => [
  FEED,
  connectionId,
  domain,
  part,
];
const CURSOR = '|a';
export const cursorKey = (feed: Feed): string => key(...feedParts(feed)) + CURSOR;
export function againKey(feed: Feed, { seq, nextAttemptAt }: Pick<DeliveryAgain, 'seq' | 'nextAttemptAt'>): string {
  return `${key(...feedParts(feed))}|t${padded(Date.parse(nextAttemptAt), 13)}|${padded(seq, 16)}`;
}
/** Of changes made in one moment the last one first, too. */
export function recordKey({ connectionId, domain, part = '', seq, at }: DeliveryPlace): string {
  const feed = key(connectionId, domain, part);
  return `${key(RECORD, backwards(new Date(at)))}|${feed}|${padded(LAST_SEQ - seq, 16)}`;
}

interface KeyRange {
  readonly from: string;
  readonly to: string;
}
export const feedRange = (feed: Feed): KeyRange => below(...feedParts(feed));
export const feedsRange = (connectionId?: string, domain?: string): KeyRange =>
  below(...[FEED, connectionId, domain].filter((part) => part !== undefined));

/** Records of changes made at or after `since` and before `until`. */
export function recordRange(since: Date | undefined, until: Date | undefined): KeyRange {
  const all = below(RECORD);
  return {
    // The later a change, the lower its key.
    from: until === undefined ? all.from : `${key(RECORD, backwards(new Date(until.getTime() - 1)))}|`,
    to: since === undefined ? all.to : `${key(RECORD, backwards(since))}}`,
  };
}

/** A cursor's columns; `behind` is what resuming asks for. */
export const cursorColumns = (cursor: DeliveryCursor): Columns => ({ behind: cursor.behind, ...pack(cursor) });

export const recordAction = (record: Delivery): RowAction => ({
  rowKey: recordKey(record),
  members: serialize({
    connectionId: textColumn(record.connectionId),
    status: record.status,
    type: textColumn(record.type),
    ...pack(record),
  }),
});

export const againAction = (feed: Feed, again: DeliveryAgain): RowAction => ({
  rowKey: againKey(feed, again),
  members: serialize(pack(again)),
});

export const decodeDelivery = (row: Row): Delivery => decodeRow(deliverySchema, 'delivery', row);
export const decodeDeliveryCursor = (row: Row): DeliveryCursor =>
  decodeRow(deliveryCursorSchema, 'delivery cursor', row);
export const decodeAgain = (row: Row): DeliveryAgain => decodeRow(deliveryAgainSchema, 'delivery request', row);

/** The id of the delivery that waits by a cursor or by a request; null = none, or one that the row does not name. */
export const waitingIn = (row: Row): string | null =>
  textOf(row, 'rowKey').endsWith(CURSOR)
    ? (decodeDeliveryCursor(row).waiting?.deliveryId ?? null)
    : decodeAgain(row).deliveryId;
