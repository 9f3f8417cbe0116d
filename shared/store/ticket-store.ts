import { ticketSchema, type Ticket } from '../engine/connection.ts';
import type { TicketStore } from '../engine/directory-ports.ts';
import { StorageError } from '../errors.ts';
import type { Random } from '../lib/random.ts';
import { checkColumns, literal, pack } from './columns.ts';
import { decodeRow, textOf } from './decode.ts';
import { keyPart } from './keys.ts';
import { swapRow } from './swap.ts';
import { rowVersion, type NewRow, type Row, type Table } from './table.ts';

const PARTITION = 'ticket';
const TRIES = 5;

/** Tickets in table `lookups`, in one partition: they are few and short-lived. */
export class TableTicketStore implements TicketStore {
  readonly #table: Table;
  readonly #random: Random;

  constructor(table: Table, random: Random) {
    this.#table = table;
    this.#random = random;
  }

  async put(ticketHash: string, ticket: Ticket): Promise<void> {
    await this.#table.upsert(rowOf(ticketHash, ticket));
  }

  async read(ticketHash: string): Promise<Ticket | null> {
    const row = await this.find(ticketHash);
    return row === null ? null : decodeTicket(row);
  }

  async use(ticketHash: string, now: Date): Promise<boolean> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const row = await this.find(ticketHash);
      if (row === null) return false;
      const ticket = decodeTicket(row);
      if (ticket.usedAt !== null || Date.parse(ticket.expiresAt) <= now.getTime()) return false;
      const used = rowOf(ticketHash, { ...ticket, usedAt: now.toISOString() });
      if ((await swapRow(this.#table, this.#random, used, rowVersion(row))) !== null) return true;
    }
    throw new StorageError('store.unavailable', 'A ticket met too many others');
  }

  async dropExpired(before: Date): Promise<number> {
    const filter = `PartitionKey eq ${literal(PARTITION)} and expiresAt lt ${literal(before.toISOString())}`;
    const expired = await this.#table.all(filter, ['RowKey']);
    for (const row of expired) await this.#table.remove(PARTITION, textOf(row, 'rowKey'));
    return expired.length;
  }

  private find(ticketHash: string): Promise<Row | null> {
    return this.#table.get(PARTITION, keyPart(ticketHash));
  }
}

function rowOf(ticketHash: string, ticket: Ticket): NewRow {
  const expiresAt = new Date(ticket.expiresAt).toISOString();
  const columns = { expiresAt, ...pack(ticket) };
  checkColumns(columns);
  return { partitionKey: PARTITION, rowKey: keyPart(ticketHash), ...columns };
}

const decodeTicket = (row: Row): Ticket => decodeRow(ticketSchema, 'ticket', row);
