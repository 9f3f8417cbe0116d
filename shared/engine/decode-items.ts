import { ZodError } from 'zod';
import type { TooLargeError } from '../errors.ts';
import { hash } from '../lib/hash.ts';
import type { Fields } from '../lib/json.ts';
import type { Decoded, Kind } from './domain.ts';

/** Most characters of a quarantined item that are kept. */
const QUARANTINE_CHARACTERS = 30_000;

/** An item that could not be read or kept. */
export interface BadItem {
  readonly type: 'bad';
  readonly id: string;
  readonly raw: string;
  readonly error: string;
}
/** A raw item, read or not. */
export type DecodedItem = Decoded | BadItem;

/** Reads raw items; of several entries for one item the later wins, and what comes in part adds to what came before it. */
export function decodeItems(kind: Kind, raw: readonly unknown[], whole: boolean): DecodedItem[] {
  const items = new Map<string, DecodedItem>();
  for (const entry of raw) {
    const item = decodeItem(kind, entry, whole);
    const key = item.type === 'bad' ? `bad:${item.id}` : item.graphId;
    const earlier = items.get(key);
    items.delete(key);
    items.set(key, earlier?.type === 'item' && item.type === 'item' && item.partial ? together(earlier, item) : item);
  }
  return [...items.values()];
}

type Item = Extract<Decoded, { type: 'item' }>;

const together = (earlier: Item, later: Item): Item => ({
  ...later,
  fields: { ...earlier.fields, ...later.fields },
  modifiedAt: later.modifiedAt ?? earlier.modifiedAt,
});

function decodeItem(kind: Kind, raw: unknown, whole: boolean): DecodedItem {
  try {
    return kind.decode(raw, whole);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    return badItem(raw, error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
}

/** An item to be kept aside: without its body, cut to a length that fits. */
function badItem(raw: unknown, error: string): DecodedItem {
  const whole = raw === undefined ? 'undefined' : JSON.stringify(raw);
  const isObject = typeof raw === 'object' && raw !== null;
  const id = isObject && 'id' in raw && typeof raw.id === 'string' ? raw.id : hash([whole]);
  const bare = isObject ? JSON.stringify({ ...raw, body: undefined, uniqueBody: undefined }) : whole;
  return { type: 'bad', id, raw: bare.slice(0, QUARANTINE_CHARACTERS), error: error.slice(0, 1000) };
}

/** An item that does not fit a row even after cutting is kept aside as well. */
export const unfit = (id: string, error: TooLargeError): BadItem => ({
  type: 'bad',
  id,
  raw: '',
  error: error.message,
});

/** A decoded item with what the place says of it where it was looked for. */
export const placedAt = <T extends { readonly fields: Fields }>(kind: Kind, stream: string, item: T): T => ({
  ...item,
  fields: { ...item.fields, ...kind.placed?.(stream) },
});
