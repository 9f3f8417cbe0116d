import { z } from 'zod';
import { headSchema, type VersionedHead } from '../engine/head.ts';
import {
  changeSchema,
  cursorSchema,
  hintSchema,
  outboxSchema,
  ownWriteSchema,
  refusalSchema,
  type EngineRecord,
  type IndexEntry,
  type Listing,
  type Quarantined,
  type StoredAnswer,
} from '../engine/model.ts';
import { StorageError } from '../errors.ts';
import type { Fields } from '../lib/json.ts';
import { unpack } from './columns.ts';
import { partText } from './keys.ts';
import { FILTER_PREFIX } from './rows.ts';
import { rowVersion, type Row } from './table.ts';

/** An object that JSON.parse made: its members are JSON by that, so they are not walked again. */
const parsedFields = z.custom<Fields>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const recordSchema: z.ZodType<EngineRecord> = z.object({
  id: z.string(),
  kind: z.string(),
  graphId: z.string().nullable(),
  etag: z.string().nullable(),
  stream: z.string(),
  generation: z.number(),
  modifiedAt: z.string().nullable(),
  fields: parsedFields,
  base: parsedFields.nullable(),
  own: z.array(ownWriteSchema),
  truncated: z.boolean(),
  told: z.boolean().optional(),
  ownEtag: z.string().optional(),
  unshown: z.boolean().optional(),
  leaving: z.string().optional(),
  refused: refusalSchema.optional(),
  undo: z.object({ fields: parsedFields, at: z.string() }).optional(),
});

export const answerSchema: z.ZodType<StoredAnswer> = z.object({
  key: z.string(),
  bodyHash: z.string(),
  status: z.number(),
  body: z.string(),
  at: z.string(),
});

const quarantinedSchema: z.ZodType<Quarantined> = z.object({
  stream: z.string(),
  id: z.string(),
  raw: z.string(),
  error: z.string(),
  at: z.string(),
  generation: z.number().optional(),
});

/** Reads a row's packed value by a schema; a row that does not fit it is a failure, never "absent". */
function decoder<T>(schema: z.ZodType<T>, what: string): (row: Row) => T {
  return (row) => decodeRow(schema, what, row);
}

/** As above, for other tables. */
export function decodeRow<T>(schema: z.ZodType<T>, what: string, row: Row): T {
  const result = schema.safeParse(unpackRow(what, row));
  if (result.success) return result.data;
  const where = result.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new StorageError('store.unavailable', `A ${what} row cannot be read: ${where}`);
}

function unpackRow(what: string, row: Row): unknown {
  try {
    return unpack(row);
  } catch (error) {
    throw new StorageError('store.unavailable', `A ${what} row cannot be read`, { cause: error });
  }
}

const listingSchema: z.ZodType<Listing> = z.object({
  id: z.string(),
  entries: z.record(
    z.string(),
    z.array(
      z.object({
        order: z.string(),
        id: z.string(),
        item: parsedFields,
        columns: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      }),
    ),
  ),
});

export const decodeListing = decoder(listingSchema, 'listing');
export const decodeRecord = decoder(recordSchema, 'record');
export const decodeCursor = decoder(cursorSchema, 'cursor');
export const decodeChange = decoder(changeSchema, 'change');
export const decodeHint = decoder(hintSchema, 'removal');
export const decodeOutbox = decoder(outboxSchema, 'outbox');
export const decodeAnswer = decoder(answerSchema, 'idem');
export const decodeQuarantined = decoder(quarantinedSchema, 'quarantine');

/** The head with the version that a commit must name. */
export const decodeHead = (row: Row): VersionedHead => ({
  version: rowVersion(row),
  head: decodeRow(headSchema, 'head', row),
});

/** A text that a row must have. */
export function textOf(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw new StorageError('store.unavailable', `A row lacks its ${name}`);
  return value;
}

/** An index row, with order and id out of its key. */
export function decodeIndex(row: Row): IndexEntry {
  const [, order = '', id = ''] = textOf(row, 'rowKey').split('|');
  const columns: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(row)) {
    if (!name.startsWith(FILTER_PREFIX)) continue;
    const plain = typeof value === 'bigint' ? Number(value) : value;
    if (typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean') {
      columns[name.slice(FILTER_PREFIX.length)] = plain;
    }
  }
  const orderText = partText(order);
  const idText = partText(id);
  const whole = orderText === null || idText === null;
  return {
    order: whole ? textOf(row, 'order') : orderText,
    id: whole ? textOf(row, 'id') : idText,
    item: decodeRow(parsedFields, 'index', row),
    columns,
  };
}
