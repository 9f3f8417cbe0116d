import { auditEntrySchema, auditTime, type AuditEntry, type AuditQuery, type AuditStore } from '../engine/audit.ts';
import { mapLimit } from '../lib/map-limit.ts';
import { checkColumns, literal, pack } from './columns.ts';
import { decodeRow, textOf } from './decode.ts';
import { cursorText, readCursor } from './list-cursor.ts';
import { dropKeys } from './partition-lists.ts';
import type { NewRow, Row, Table } from './table.ts';

const DAY_MS = 86_400_000;
/** Pages of the service that one page of a list may cost. */
const MOST_PAGES = 5;
/** Rows removed by one call: the rest is for the next one. */
const MOST_DROPPED = 20_000;
const PARTITIONS = 4;
/** Azure takes 15 comparisons in a filter, and 6 are taken by the rest of it: more workspaces are told apart here. */
const MOST_COMPARED = 9;

/**
 * Table `audit`: a partition a day, days and rows with the newest first, so that any span of time is one range of keys.
 * Both keys count down with the time.
 */
export class TableAuditStore implements AuditStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async write(entry: AuditEntry): Promise<void> {
    await this.#table.upsert(rowOf(entry));
  }

  async list(query: AuditQuery): Promise<{ entries: AuditEntry[]; next: string | null }> {
    const [after, within] = query.after === null ? ['', null] : readCursor(query.after);
    const filter = filterOf(query, after);
    if (filter === null) return { entries: [], next: null };
    const rows: Row[] = [];
    let token = within ?? undefined;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      // One row more than asked for tells whether there is more.
      const page = await this.#table.page(filter, { size: query.limit + 1 - rows.length, token });
      rows.push(...page.rows);
      token = page.token;
      if (token === undefined || rows.length > query.limit) break;
    }
    const shown = rows.slice(0, query.limit);
    const last = shown.at(-1);
    const more = rows.length > shown.length || token !== undefined;
    const next = last === undefined ? cursorText([after, token ?? null]) : cursorText([textOf(last, 'rowKey'), null]);
    return { entries: shown.map(decodeEntry).filter((entry) => isOf(query, entry)), next: more ? next : null };
  }

  async dropBefore(time: Date): Promise<number> {
    // The newest of those that go has the lowest key of them.
    const from = auditTime(time);
    const filter = `PartitionKey ge ${literal(dayOf(from))} and RowKey gt ${literal(`${from}~`)}`;
    let dropped = 0;
    for await (const page of this.#table.pages(filter, ['PartitionKey', 'RowKey'])) {
      const days = Map.groupBy(page, (row) => textOf(row, 'partitionKey'));
      await mapLimit([...days], PARTITIONS, ([day, rows]) =>
        dropKeys(
          this.#table,
          day,
          rows.map((row) => textOf(row, 'rowKey')),
        ),
      );
      dropped += page.length;
      if (dropped >= MOST_DROPPED) break;
    }
    return dropped;
  }
}

/** The partition of a time that counts down: its day, counted down as well. */
const dayOf = (time: string): string => String(Math.floor(Number(time.slice(0, 13)) / DAY_MS)).padStart(6, '0');

/** The range of keys and the columns asked for; null where nothing can be in it. */
function filterOf(query: AuditQuery, after: string): string | null {
  const { since, until, connectionId, key, workspaces } = query;
  if (workspaces?.length === 0) return null;
  // `until` itself is not in the span: the first row is a millisecond before it.
  const first = until === undefined ? '' : auditTime(new Date(until.getTime() - 1));
  const last = since === undefined ? '~' : `${auditTime(since)}~`;
  const from = after < first ? first : after;
  if (from >= last) return null;
  const compared = workspaces !== undefined && workspaces.length <= MOST_COMPARED ? workspaces : [];
  const places = compared.map((workspace) => `workspaceId eq ${literal(workspace)}`);
  return [
    ...(from === '' ? [] : [`PartitionKey ge ${literal(dayOf(from))}`, `RowKey gt ${literal(from)}`]),
    ...(since === undefined ? [] : [`PartitionKey le ${literal(dayOf(last))}`]),
    `RowKey lt ${literal(last)}`,
    ...(connectionId === undefined ? [] : [`connectionId eq ${literal(connectionId)}`]),
    ...(key === undefined ? [] : [`apiKey eq ${literal(key)}`]),
    ...(places.length === 0 ? [] : [`(${places.join(' or ')})`]),
  ].join(' and ');
}

const isOf = ({ workspaces }: AuditQuery, { workspaceId }: AuditEntry): boolean =>
  workspaces === undefined || (workspaceId !== null && workspaces.includes(workspaceId));

function rowOf(entry: AuditEntry): NewRow {
  const { actor, on, workspaceId } = entry;
  const columns = {
    ...(actor.kind === 'key' && actor.name !== null ? { apiKey: actor.name } : {}),
    ...(on['connectionId'] === undefined ? {} : { connectionId: on['connectionId'] }),
    ...(workspaceId === null ? {} : { workspaceId }),
    ...pack(entry),
  };
  checkColumns(columns);
  return { partitionKey: dayOf(entry.id), rowKey: entry.id, ...columns };
}

const decodeEntry = (row: Row): AuditEntry => decodeRow(auditEntrySchema, 'audit', row);
