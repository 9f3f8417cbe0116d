import type { Scope } from '../engine/model.ts';
import type { Write } from '../engine/ports.ts';
import { TooLargeError } from '../errors.ts';
import { numberColumn, pack, serialize, textColumn, type Columns, type ColumnValue } from './columns.ts';
import { ACTION_BYTES, type RowAction } from './transaction.ts';
import { key, keyPart, orderedPart } from './keys.ts';

/** A write as a transaction takes it, and the bytes of its share of it, at most. */
export type EncodedWrite = RowAction & { readonly bytes: number };

/** Columns of index rows that lists filter by carry this before their name. */
export const FILTER_PREFIX = 'c_';

/** The partition of a scope. */
export const partitionOf = ({ connectionId, domain, part }: Scope): string =>
  part === undefined ? key(connectionId, domain) : key(connectionId, domain, part);

/** Sorts as the numbers do, up to the largest safe integer. */
export const changeKey = (seq: number): string => `change|${String(seq).padStart(16, '0')}`;

/**
 * The rows that a job begins with stand one after another, the head first, so that one query of a range reads them in that
 * order (P2): the `.` sorts below every letter and below the separator.
 */
export const FRONT = { from: 'head', to: 'head/' } as const;
export const HEAD_KEY = 'head';
export const LISTING_KEY = 'head.listing';
export const WAKE_KEY = 'head.wake';
/** What the keys of cursors begin with. */
export const CURSOR = 'head.cursor';

export const rowKeys = {
  cursor: (stream: string) => `${CURSOR}|${keyPart(stream)}`,
  record: (id: string) => `record|${keyPart(id)}`,
  remote: (graphId: string) => `remote|${keyPart(graphId)}`,
  index: (order: string, id: string) => `index|${orderedPart(order)}|${keyPart(id)}`,
  hint: (stream: string, id: string) => `gone|${keyPart(stream)}|${keyPart(id)}`,
  outbox: (op: string) => `outbox|${keyPart(op)}`,
  answer: (id: string) => `idem|${keyPart(id)}`,
  bad: (stream: string, id: string) => `bad|${keyPart(stream)}|${keyPart(id)}`,
} as const;

/** Keys stand twice in an action, in the address (where each character may take three bytes) and in the row. */
const KEY_BYTES = 4 * 500;
const encoded = new WeakMap<Write, EncodedWrite>();

/** Encodes a write, once: sizing it and committing it share the work. Throws TooLargeError where it fits no row. */
export function encodeWrite(write: Write): EncodedWrite {
  const known = encoded.get(write);
  if (known !== undefined) return known;
  const rowKey = rowKeyOf(write);
  const members = 'put' in write ? serialize(columnsOf(write)) : null;
  const version = write.row === 'wake' ? { version: write.remove } : {};
  const bytes = ACTION_BYTES + KEY_BYTES + 4 * rowKey.length + Buffer.byteLength(members ?? '');
  const action: RowAction = members === null ? { rowKey, members, ...version } : { rowKey, members };
  const result: EncodedWrite = { ...action, bytes };
  encoded.set(write, result);
  return result;
}

function rowKeyOf(write: Write): string {
  switch (write.row) {
    case 'change':
      return changeKey(write.put.seq);
    case 'listing':
      return LISTING_KEY;
    case 'wake':
      return WAKE_KEY;
    case 'index':
    case 'hint':
    case 'bad':
      return pairKeyOf(write);
    case 'cursor':
    case 'record':
    case 'remote':
    case 'outbox':
    case 'answer':
      return rowKeys[write.row](nameOf(write));
  }
}

/** What a row is found by that has one name. */
function nameOf(write: Extract<Write, { readonly row: 'cursor' | 'record' | 'remote' | 'outbox' | 'answer' }>): string {
  if ('remove' in write) return write.remove;
  switch (write.row) {
    case 'cursor':
      return write.put.stream;
    case 'record':
      return write.put.id;
    case 'remote':
      return write.put.graphId;
    case 'outbox':
      return write.put.op;
    case 'answer':
      return write.put.key;
  }
}

function pairKeyOf(write: Extract<Write, { readonly row: 'index' | 'hint' | 'bad' }>): string {
  if (write.row === 'index') {
    const { order, id } = 'put' in write ? write.put : write.remove;
    return rowKeys.index(order, id);
  }
  const { stream, id } = 'put' in write ? write.put : write.remove;
  return rowKeys[write.row](stream, id);
}

function columnsOf(write: Extract<Write, { readonly put: unknown }>): Columns {
  switch (write.row) {
    case 'record':
      // Two columns to select by; everything else is in the packed value.
      return { stream: keyPart(write.put.stream), generation: write.put.generation, ...pack(write.put) };
    case 'remote':
      return { id: write.put.id };
    case 'index': {
      const { order, id, item, columns } = write.put;
      const filters: Record<string, ColumnValue> = {};
      for (const [name, value] of Object.entries(columns)) {
        filters[FILTER_PREFIX + name] = filterColumn(value);
      }
      // Order and id stand in the key where they fit there.
      const whole = rowKeys.index(order, id).includes('~~') ? { order, id } : {};
      return { ...filters, ...pack(item), ...whole };
    }
    case 'change':
    case 'answer':
      // What goes after its time is chosen by the server.
      return { at: write.put.at, ...pack(write.put) };
    case 'cursor':
    case 'hint':
    case 'outbox':
    case 'bad':
    case 'listing':
      return pack(write.put);
  }
}

function filterColumn(value: string | number | boolean): ColumnValue {
  if (typeof value === 'number') return numberColumn(value);
  return typeof value === 'string' ? textColumn(value) : value;
}

/** The rows of a commit, each once: the last write to a row wins. Throws TooLargeError where they fit no transaction. */
export function collapse(
  writes: readonly Write[],
  limits: { readonly rows: number; readonly bytes: number },
): EncodedWrite[] {
  const byKey = new Map<string, EncodedWrite>();
  for (const write of writes) {
    const row = encodeWrite(write);
    byKey.set(row.rowKey, row);
  }
  const rows = [...byKey.values()];
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  if (rows.length > limits.rows) throw new TooLargeError(`A commit of ${rows.length} rows does not fit a transaction`);
  if (bytes > limits.bytes) throw new TooLargeError(`A commit of ${bytes} bytes does not fit a transaction`);
  return rows;
}
