import { z } from 'zod';
import type { Delivery } from './delivery-ports.ts';
import { parseJson } from '../lib/json.ts';

/** What tells a delivery from all others, and where its row stands. */
export type DeliveryPlace = Pick<Delivery, 'endpointId' | 'connectionId' | 'domain' | 'part' | 'seq' | 'at'>;

const PREFIX = 'dlv_';
const placeSchema = z.tuple([
  z.string(),
  z.number().int().min(0).max(9_999_999_999_999),
  z.string(),
  z.string(),
  z.string(),
  z.number().int().min(0),
]);

/**
 * The id of a delivery, which is its `webhook-id` too: the same for the same endpoint and change, however often it is sent. It
 * holds the place of the row, and no full stop (which parts what is signed).
 */
export function deliveryId(place: DeliveryPlace): string {
  const { endpointId, connectionId, domain, part = '', seq, at } = place;
  const text = JSON.stringify([endpointId, Date.parse(at), connectionId, domain, part, seq]);
  return PREFIX + Buffer.from(text).toString('base64url');
}

/** Null for a text that no delivery ever had as its id. */
export function placeOfDelivery(id: string): DeliveryPlace | null {
  if (!id.startsWith(PREFIX)) return null;
  const text = Buffer.from(id.slice(PREFIX.length), 'base64url').toString();
  const read = placeSchema.safeParse(parseJson(text));
  if (!read.success) return null;
  const [endpointId, time, connectionId, domain, part, seq] = read.data;
  const place = { endpointId, connectionId, domain, seq, at: new Date(time).toISOString() };
  const found = part === '' ? place : { ...place, part };
  return deliveryId(found) === id ? found : null;
}
