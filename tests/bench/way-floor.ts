import { TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { messageSelect } from '../../shared/domains/mail/message-wire.ts';
import { timed, type Done, type Task } from './backfill-types.ts';
import { deltaPath } from './floor-pages.ts';
import { countRows } from './way-usual.ts';

const TRANSACTION = 100;

const pageSchema = z.object({
  value: z.array(z.looseObject({ id: z.string(), parentFolderId: z.string(), isRead: z.boolean() })),
  '@odata.nextLink': z.string().optional(),
});
type Page = z.output<typeof pageSchema>;
type Item = Page['value'][number];

/**
 * The same pages, and as many rows of the same size as the product writes, by the bare SDK: a page is read, then its rows
 * are written in full transactions, and nothing is looked up, compared, remembered or fetched ahead.
 */
export async function floor(task: Task): Promise<Done> {
  const table = TableClient.fromConnectionString(task.storage, 'floor', { allowInsecureConnection: true });
  await table.createTable();
  let waiting: TransactionAction[] = [];
  const flush = async (least: number): Promise<void> => {
    while (waiting.length >= least) {
      await table.submitTransaction(waiting.slice(0, TRANSACTION));
      waiting = waiting.slice(TRANSACTION);
    }
  };
  const time = await timed(task.pids, async () => {
    for (const folder of task.folders) {
      let link: string | undefined = `${task.graph}/v1.0${deltaPath(folder, messageSelect)}`;
      while (link !== undefined) {
        const page: Page = await readPage(task, link);
        for (const item of page.value) waiting.push(...rowsOf(item, task.sizes));
        await flush(TRANSACTION);
        link = page['@odata.nextLink'];
      }
    }
    await flush(1);
  });
  return { ...time, count: () => countRows(table, 2) };
}

async function readPage({ token, pageSize }: Task, link: string): Promise<Page> {
  const prefer = `IdType="ImmutableId", odata.maxpagesize=${pageSize}`;
  const response = await fetch(link, { headers: { authorization: `Bearer ${token}`, prefer } });
  if (!response.ok) throw new Error(`Graph answered ${response.status}`);
  return pageSchema.parse(await response.json());
}

const sized = (text: string, size: number): string => text.slice(0, size).padEnd(size);

/** A message's two rows: the same columns as the product's, and JSON of the same length. */
function rowsOf(item: Item, sizes: Task['sizes']): TransactionAction[] {
  const text = JSON.stringify(item);
  const partitionKey = 'mail';
  const stream = item.parentFolderId;
  return [
    [
      'upsert',
      { partitionKey, rowKey: `record|${item.id}`, stream, generation: 1, json: sized(text, sizes.record) },
      'Replace',
    ],
    [
      'upsert',
      {
        partitionKey,
        rowKey: `index|m:0000000000000|${item.id}`,
        ...{ c_stream: stream, c_unread: !item.isRead, c_flagged: false },
        json: sized(text, sizes.index),
      },
      'Replace',
    ],
  ];
}
