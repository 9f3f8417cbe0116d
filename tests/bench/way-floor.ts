import { TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import type { Sizes, Steps, Task } from './backfill-types.ts';
import { countRows } from './count-rows.ts';
import { benchDomains, itemSchema, type BenchDomain, type Item } from './domains.ts';

const TRANSACTION = 100;
const PARTITION = 'bench';

const pageSchema = z.object({
  value: z.array(itemSchema),
  '@odata.nextLink': z.string().optional(),
  '@odata.deltaLink': z.string().optional(),
});
type Page = z.output<typeof pageSchema>;
const batchSchema = z.object({ responses: z.array(z.object({ status: z.literal(200), body: itemSchema })) });
/** Rows that are read at once. */
const READS = 16;
/** Requests of one batch, at most. */
const BATCH = 20;

/**
 * The same pages, and as many rows of the same size as the product writes, by the bare SDK: a page is read, then its rows
 * are written in full transactions, and nothing is looked up, compared, remembered or fetched ahead. What pages do not tell is
 * read by itself, as everybody must.
 */
export const floor = (task: Task): Promise<Steps> => bare(task, false);

/** As above, and each record is read before it is written: what is told with what was there before, and merged, cannot do without. */
export const promise = (task: Task): Promise<Steps> => bare(task, true);

async function bare(task: Task, looks: boolean): Promise<Steps> {
  const domain = benchDomains[task.domain];
  const table = TableClient.fromConnectionString(task.storage, 'floor', { allowInsecureConnection: true });
  await table.createTable();
  const rowsOf = rowMaker(domain, task.sizes);
  let links = task.folders.map((folder) => `${task.graph}/v1.0${domain.deltaPath(folder)}`);
  const read = async (isChange: boolean): Promise<void> => {
    const writer = newWriter(table);
    const ends: string[] = [];
    for (const [index, first] of links.entries()) {
      const folder = task.folders[index] ?? '';
      const apart: string[] = [];
      for (let link: string | undefined = first; link !== undefined;) {
        const page: Page = await readPage(task, link);
        const [whole, partly] = parted(domain, page.value, folder);
        apart.push(...partly);
        if (looks && isChange) await mapLimit(whole, READS, (item) => table.getEntity(PARTITION, `record|${item.id}`));
        await writer.write(whole.flatMap((item) => rowsOf(item, folder, isChange)));
        link = page['@odata.nextLink'];
        if (link === undefined) ends.push(page['@odata.deltaLink'] ?? first);
      }
      for (let at = 0; at < apart.length; at += BATCH) {
        const items = await readBatch(task, apart.slice(at, at + BATCH));
        await writer.write(items.flatMap((item) => rowsOf(item, folder, isChange)));
      }
    }
    await writer.end();
    links = ends;
  };
  return { first: () => read(false), changed: () => read(true), count: () => countRows(table, PARTITION, domain) };
}

/** The items of a page that it tells whole, and the paths of the others. */
function parted(domain: BenchDomain, items: readonly Item[], folder: string): [readonly Item[], readonly string[]] {
  const paths = items.map((item) => domain.ownPath?.(item, folder) ?? null);
  return [items.filter((_, index) => paths[index] === null), paths.filter((path) => path !== null)];
}

/** Writes rows in full transactions; what is left over waits for the next ones. */
function newWriter(table: TableClient): {
  readonly write: (rows: readonly TransactionAction[]) => Promise<void>;
  readonly end: () => Promise<void>;
} {
  let waiting: TransactionAction[] = [];
  const flush = async (least: number): Promise<void> => {
    while (waiting.length >= least) {
      await table.submitTransaction(waiting.slice(0, TRANSACTION));
      waiting = waiting.slice(TRANSACTION);
    }
  };
  return {
    write: (rows) => {
      waiting.push(...rows);
      return flush(TRANSACTION);
    },
    end: () => flush(1),
  };
}

async function readPage({ token, pageSize }: Task, link: string): Promise<Page> {
  const prefer = `IdType="ImmutableId", odata.maxpagesize=${pageSize}`;
  const response = await fetch(link, { headers: { authorization: `Bearer ${token}`, prefer } });
  if (!response.ok) throw new Error(`Graph answered ${response.status}`);
  return pageSchema.parse(await response.json());
}

/** Reads items by themselves, in one request. */
async function readBatch({ token, graph }: Task, paths: readonly string[]): Promise<readonly Item[]> {
  const headers = { Prefer: 'IdType="ImmutableId"' };
  const requests = paths.map((url, index) => ({ id: String(index), method: 'GET', url, headers }));
  const response = await fetch(`${graph}/v1.0/$batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
  });
  if (!response.ok) throw new Error(`Graph answered ${response.status}`);
  return batchSchema.parse(await response.json()).responses.map(({ body }) => body);
}

const sized = (text: string, size: number): string => text.slice(0, size).padEnd(size);

/** An item's rows: the same columns as the product's, and JSON of the same length; one more where it is told as a change. */
function rowMaker(
  domain: BenchDomain,
  sizes: Sizes,
): (item: Item, folder: string, isChange: boolean) => readonly TransactionAction[] {
  let seq = 0;
  return (item, folder, isChange) => {
    const text = JSON.stringify(item);
    const put = (rowKey: string, columns: object, size: number): TransactionAction => [
      'upsert',
      { partitionKey: PARTITION, rowKey, ...columns, json: sized(text, size) },
      'Replace',
    ];
    const at = new Date().toISOString();
    return [
      put(`record|${item.id}`, { stream: folder, generation: 1 }, sizes.record),
      ...domain
        .indexRows(item)
        .map((order) => put(`index|${order}|${item.id}`, domain.indexColumns(item, folder), sizes.index)),
      ...(isChange ? [put(`change|${String(++seq).padStart(16, '0')}`, { at }, sizes.change)] : []),
    ];
  };
}
