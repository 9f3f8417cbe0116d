import type { TableClient } from '@azure/data-tables';
import { systemSleep } from '../lib/sleep.ts';
import { within } from '../lib/within.ts';
import { StorageError } from '../errors.ts';
import type { Columns } from './columns.ts';
import { failureOf, isMissing, isTaken, isUnmade, storageError } from './failures.ts';
import { TransactionSender, type RowAction } from './transaction.ts';

/** A row as it was read: its keys (`partitionKey`, `rowKey`), `etag`, `timestamp` and own columns. */
export type Row = Readonly<Record<string, unknown>>;

/** A row as it is written. */
export type NewRow = { readonly partitionKey: string; readonly rowKey: string } & Columns;

/** What a page of rows is asked by; `token` is where the page before ended. */
export interface PageOptions {
  readonly select?: readonly string[] | null;
  readonly size?: number;
  readonly token?: string | undefined;
}
export interface Page {
  readonly rows: readonly Row[];
  /** Undefined = the end. */
  readonly token: string | undefined;
}

/** How long calls may take and how often reads are tried. */
export interface Timing {
  /** One try of one call, in milliseconds. */
  readonly timeoutMs: number;
  /** Tries of a call that may be repeated blindly (reads, removals, upserts). */
  readonly tries: number;
  /** Before the second try; doubled for each further one, with jitter. */
  readonly backoffMs: number;
}
export const usualTiming: Timing = { timeoutMs: 20_000, tries: 4, backoffMs: 100 };

/**
 * One table, created when a call finds it missing. Methods named `try...` send one request and throw what the SDK throws: their
 * callers must find out what an unclear failure did. All others may be repeated, repeat themselves, and throw StorageError.
 */
export class Table {
  readonly #client: TableClient;
  readonly #transactions: TransactionSender;
  readonly #timing: Timing;
  readonly #fraction: () => number;
  #making: Promise<void> | undefined;

  constructor(client: TableClient, timing: Timing, fraction: () => number) {
    this.#client = client;
    this.#transactions = new TransactionSender(client);
    this.#timing = timing;
    this.#fraction = fraction;
  }

  /** The row, or null where there is none. */
  async get(partitionKey: string, rowKey: string, select?: readonly string[]): Promise<Row | null> {
    const options = select === undefined ? {} : { queryOptions: { select: [...select] } };
    return this.repeat('Reading a row', async (abortSignal) => {
      try {
        return await this.#client.getEntity(partitionKey, rowKey, { ...options, abortSignal });
      } catch (error) {
        if (isMissing(failureOf(error))) return null;
        throw error;
      }
    });
  }

  /** One page of the rows that a filter leaves, in order of their keys; the service may cut it short, even to nothing. */
  async page(filter: string, { select = null, size = 1000, token }: PageOptions = {}): Promise<Page> {
    const queryOptions = { filter, ...(select === null ? {} : { select: [...select] }) };
    return this.repeat('Reading rows', async (abortSignal) => {
      const settings = { maxPageSize: size, ...(token === undefined ? {} : { continuationToken: token }) };
      const next = await this.#client.listEntities({ queryOptions, abortSignal }).byPage(settings).next();
      if (next.done === true) return { rows: [], token: undefined };
      return { rows: next.value, token: next.value.continuationToken };
    });
  }

  /** All pages of the rows that a filter leaves. */
  async *pages(filter: string, select: readonly string[] | null, size = 1000): AsyncGenerator<readonly Row[]> {
    let token: string | undefined;
    do {
      const page = await this.page(filter, { select, size, token });
      yield page.rows;
      token = page.token;
    } while (token !== undefined);
  }

  /** All rows that a filter leaves. */
  async all(filter: string, select: readonly string[] | null = null): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const page of this.pages(filter, select)) rows.push(...page);
    return rows;
  }

  /** Puts the row in place of whatever stands there. */
  async upsert(row: NewRow): Promise<void> {
    await this.repeat('Writing a row', (abortSignal) => this.#client.upsertEntity(row, 'Replace', { abortSignal }));
  }

  /** Puts the row where none stands. False where one does, also one of this call whose answer was lost. */
  async insert(row: NewRow): Promise<boolean> {
    return this.repeat('Writing a row', async (abortSignal) => {
      try {
        await this.#client.createEntity(row, { abortSignal });
        return true;
      } catch (error) {
        if (isTaken(failureOf(error))) return false;
        throw error;
      }
    });
  }

  /** Removes the row whatever its version; one that is not there is no error. */
  async remove(partitionKey: string, rowKey: string): Promise<void> {
    await this.repeat('Removing a row', async (abortSignal) => {
      try {
        await this.#client.deleteEntity(partitionKey, rowKey, { abortSignal });
      } catch (error) {
        if (!isMissing(failureOf(error))) throw error;
      }
    });
  }

  /** One insert; answers the version. */
  async tryInsert(row: NewRow): Promise<string> {
    return versionOf(await this.once((abortSignal) => this.#client.createEntity(row, { abortSignal })));
  }

  /** One replacement of that very version; answers the new one. */
  async tryReplace(row: NewRow, version: string): Promise<string> {
    const answer = await this.once((abortSignal) =>
      this.#client.updateEntity(row, 'Replace', { etag: version, abortSignal }),
    );
    return versionOf(answer);
  }

  /** One removal of that very version. */
  async tryRemove(partitionKey: string, rowKey: string, version: string): Promise<void> {
    await this.once((abortSignal) => this.#client.deleteEntity(partitionKey, rowKey, { etag: version, abortSignal }));
  }

  /** One transaction; answers the rows' versions in order (undefined for removals). */
  tryTransact(partitionKey: string, actions: readonly RowAction[]): Promise<(string | undefined)[]> {
    return this.once((abortSignal) => this.#transactions.send(partitionKey, actions, abortSignal));
  }

  /** Repeats what may be repeated, with back-off; a failure that no repetition mends is thrown as StorageError. */
  async repeat<T>(doing: string, call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(call);
      } catch (error) {
        const { status } = failureOf(error);
        const lasting = status !== null && status < 500 && status !== 408 && status !== 429;
        if (lasting || attempt >= this.#timing.tries) throw storageError('store.unavailable', doing, error);
        await this.pause(attempt);
      }
    }
  }

  /** Waits before the next try. */
  async pause(attempt: number): Promise<void> {
    await systemSleep(this.#timing.backoffMs * 2 ** (attempt - 1) * (0.5 + this.#fraction()));
  }

  private async once<T>(call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const send = (): Promise<T> => within(this.#timing.timeoutMs, call);
    try {
      return await send();
    } catch (error) {
      if (!isUnmade(failureOf(error))) throw error;
    }
    // Mostly it stands, and a cold worker has an answer to give: nobody asks before it is found missing.
    await (this.#making ??= this.make());
    return send();
  }

  private async make(): Promise<void> {
    try {
      await within(this.#timing.timeoutMs, (abortSignal) => this.#client.createTable({ abortSignal }));
    } catch (error) {
      throw storageError('store.unavailable', 'Creating a table', error);
    } finally {
      this.#making = undefined;
    }
  }
}

function versionOf(answer: { readonly etag?: string }): string {
  if (answer.etag === undefined) throw new StorageError('store.unavailable', 'The answer to a write names no version');
  return answer.etag;
}

/** The version of a row that was read. */
export function rowVersion(row: Row): string {
  const version = row['etag'];
  if (typeof version !== 'string') throw new StorageError('store.unavailable', 'A row was read without its version');
  return version;
}
