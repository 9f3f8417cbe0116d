import { TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
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

/**
 * The same pages, and as many rows of the same size as the product writes, by the bare SDK: a page is read, then its rows
 * are written in full transactions, and nothing is looked up, compared, remembered or fetched ahead.
 */
export async function floor(task: Task): Promise<Steps> {
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
      for (let link: string | undefined = first; link !== undefined;) {
        const page: Page = await readPage(task, link);
        await writer.write(page.value.flatMap((item) => rowsOf(item, folder, isChange)));
        link = page['@odata.nextLink'];
        if (link === undefined) ends.push(page['@odata.deltaLink'] ?? first);
      }
    }
    await writer.end();
    links = ends;
  };
  return { first: () => read(false), changed: () => read(true), count: () => countRows(table, PARTITION, domain) };
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
