import { RestError } from '@azure/data-tables';
import { unpack } from '../../../shared/store/columns.ts';
import { decodeChange, decodeCursor, decodeHead, decodeRecord } from '../../../shared/store/decode.ts';
import { changeKey, partitionOf } from '../../../shared/store/rows.ts';
import type { Head } from '../../../shared/engine/head.ts';
import type { Change, Cursor, EngineRecord } from '../../../shared/engine/model.ts';
import type { FaultRig } from './rig.ts';

export type RawRow = Readonly<Record<string, unknown>> & { readonly rowKey: string };

/** A partition as it stands in the table, row by row. */
export interface Partition {
  readonly head: Head;
  readonly cursors: readonly Cursor[];
  readonly records: readonly EngineRecord[];
  /** Those after `changesAfter`. */
  readonly changes: readonly Change[];
  /** The sequence up to which changes were left out. */
  readonly changesAfter: number;
  /** Rows by the first part of their keys. */
  readonly rows: (sort: string) => readonly RawRow[];
}

/** All rows of a table, or of one partition of it; `more` are further conditions. */
export async function readRows(rig: FaultRig, table: string, partitionKey?: string, more = ''): Promise<RawRow[]> {
  const filter = partitionKey === undefined ? {} : { filter: `PartitionKey eq '${partitionKey}'${more}` };
  const rows: RawRow[] = [];
  for await (const row of rig.table(table).listEntities({ queryOptions: filter })) {
    rows.push({ ...row, rowKey: String(row.rowKey), partitionKey: row.partitionKey });
  }
  return rows;
}

/**
 * Reads one domain's partition in one go (no page can come between two commits of a small mailbox). Whoever reads the same
 * one again and again leaves out the changes that were looked at already: `changesAfter`.
 */
export async function readPartition(
  rig: FaultRig,
  connectionId: string,
  domain = 'mail',
  changesAfter = 0,
): Promise<Partition> {
  const more = changesAfter === 0 ? '' : ` and (RowKey lt 'change|' or RowKey gt '${changeKey(changesAfter)}')`;
  const rows = await readRows(rig, 'sync', partitionOf({ connectionId, domain }), more);
  const sorts = Map.groupBy(rows, (row) => row.rowKey.split('|', 1)[0] ?? '');
  const of = (sort: string): readonly RawRow[] => sorts.get(sort) ?? [];
  const head = of('head')[0];
  if (head === undefined) throw new Error('there is no head');
  return {
    head: decodeHead(head).head,
    cursors: of('head.cursor').map(decodeCursor),
    records: of('record').map(decodeRecord),
    changes: of('change').map(decodeChange),
    changesAfter,
    rows: of,
  };
}

/** What a row packs, as JSON. */
export const packed = (row: RawRow): unknown => unpack(row);

/** Removes a row; one that is gone already is no error. */
export async function removeRow(
  rig: FaultRig,
  table: string,
  row: Pick<RawRow, 'rowKey'> & { readonly partitionKey?: unknown },
): Promise<void> {
  try {
    await rig.table(table).deleteEntity(String(row.partitionKey), row.rowKey);
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
  }
}

/** The time in the key of a row of `due`. */
export const dueAt = ({ rowKey }: RawRow): string =>
  rowKey.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3}).*$/, '$1-$2-$3T$4:$5:$6.$7Z');
