import { connectionSchema, type Connection, type VersionedConnection } from '../engine/connection.ts';
import type { ConnectionStore, LookupStore } from '../engine/directory-ports.ts';
import { FenceLostError } from '../errors.ts';
import { mapLimit } from '../lib/map-limit.ts';
import type { Random } from '../lib/random.ts';
import { checkColumns, literal, pack, type Columns } from './columns.ts';
import { decodeRow, textOf } from './decode.ts';
import { key } from './keys.ts';
import { cursorText, readCursor } from './list-cursor.ts';
import { swapRow } from './swap.ts';
import { rowVersion, type Row, type Table } from './table.ts';

type Query = Parameters<ConnectionStore['list']>[0];
type Page = Awaited<ReturnType<ConnectionStore['list']>>;

const ROW = 'connection';
/** The kind of look-up that leads from an application's user to connections; kept here. */
const USER = 'user';
const READS = 16;
/** Pages of the service that one page of a list may cost. */
const MOST_PAGES = 5;
/** Azure takes 15 comparisons in a filter; beyond this many workspaces are told apart here. */
const MOST_COMPARED = 10;

/** Connections in table `connections`, a partition each. */
export class TableConnectionStore implements ConnectionStore {
  readonly #table: Table;
  readonly #lookups: LookupStore;
  readonly #random: Random;

  constructor(table: Table, lookups: LookupStore, random: Random) {
    this.#table = table;
    this.#lookups = lookups;
    this.#random = random;
  }

  async read(id: string): Promise<VersionedConnection | null> {
    const row = await this.#table.get(partition(id), ROW);
    return row === null ? null : { version: rowVersion(row), connection: decodeConnection(row) };
  }

  async create(connection: Connection): Promise<boolean> {
    // Before the row: a look-up that leads nowhere is harmless, a connection that no user finds is not.
    await this.#lookups.add(USER, connection.userId, connection.id);
    return (await this.swap(connection, null)) !== null;
  }

  async replace(connection: Connection, version: string): Promise<string> {
    const next = await this.swap(connection, version);
    if (next === null) throw new FenceLostError('Another writer changed the connection first');
    return next;
  }

  async remove(id: string): Promise<void> {
    const stands = await this.read(id);
    await this.#table.remove(partition(id), ROW);
    if (stands !== null) await this.#lookups.remove(USER, stands.connection.userId, id);
  }

  list(query: Query): Promise<Page> {
    return query.userId === undefined ? this.listAll(query) : this.listOfUser(query, query.userId);
  }

  private async listOfUser(query: Query, userId: string): Promise<Page> {
    const [after] = query.after === null ? [''] : readCursor(query.after);
    const ids = (await this.#lookups.find(USER, userId)).map((id) => ({ id, sort: partition(id) }));
    const wanted = ids.filter(({ sort }) => sort > after).toSorted((a, b) => (a.sort < b.sort ? -1 : 1));
    const found: Connection[] = [];
    // Pages are made of what fits alone: a cursor holds an id, which must be of something that the asker may see.
    for (let at = 0; at < wanted.length && found.length <= query.limit; at += READS) {
      const rows = await mapLimit(wanted.slice(at, at + READS), READS, ({ id }) => this.read(id));
      const connections = rows.flatMap((row) => (row === null ? [] : [row.connection]));
      found.push(...connections.filter((one) => one.userId === userId && fits(query, one)));
    }
    const connections = found.slice(0, query.limit);
    const last = connections.at(-1);
    const more = last !== undefined && found.length > connections.length;
    return { connections, next: more ? cursorText([partition(last.id), null]) : null };
  }

  private async listAll(query: Query): Promise<Page> {
    const [after, within] = query.after === null ? [PREFIX, null] : readCursor(query.after);
    const filter = filterOf(query, after < PREFIX ? PREFIX : after);
    const rows: Row[] = [];
    let token = within ?? undefined;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await this.#table.page(filter, { size: Math.min(query.limit + 1 - rows.length, 1000), token });
      rows.push(...page.rows);
      token = page.token;
      if (token === undefined || rows.length > query.limit) break;
    }
    const shown = rows.slice(0, query.limit);
    const last = shown.at(-1);
    const more = rows.length > shown.length || token !== undefined;
    const next =
      last === undefined ? cursorText([after, token ?? null]) : cursorText([textOf(last, 'partitionKey'), null]);
    return {
      connections: shown.map(decodeConnection).filter((connection) => fits(query, connection)),
      next: more ? next : null,
    };
  }

  private swap(connection: Connection, version: string | null): Promise<string | null> {
    const { id, status, workspaceId } = connection;
    const workspace: Columns = workspaceId === null ? {} : { workspaceId };
    const columns = { status, ...workspace, ...pack(connection) };
    checkColumns(columns);
    return swapRow(this.#table, this.#random, { partitionKey: partition(id), rowKey: ROW, ...columns }, version);
  }
}

/** Subscriptions stand in the same table, before them. */
const PREFIX = 'connection|';
const partition = (id: string): string => key('connection', id);
const decodeConnection = (row: Row): Connection => decodeRow(connectionSchema, 'connection', row);

function filterOf({ status, workspaces }: Query, after: string): string {
  const conditions = [`PartitionKey gt ${literal(after)}`, `PartitionKey lt 'connection}'`];
  if (status !== undefined) conditions.push(`status eq ${literal(status)}`);
  if (workspaces !== undefined && workspaces.length > 0 && workspaces.length <= MOST_COMPARED) {
    const either = workspaces.map((workspace) => `workspaceId eq ${literal(workspace)}`).join(' or ');
    conditions.push(`(${either})`);
  }
  return conditions.join(' and ');
}

function fits({ status, workspaces }: Query, connection: Connection): boolean {
  if (status !== undefined && connection.status !== status) return false;
  if (workspaces === undefined) return true;
  return connection.workspaceId !== null && workspaces.includes(connection.workspaceId);
}
