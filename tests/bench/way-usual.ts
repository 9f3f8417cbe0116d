import { TableClient } from '@azure/data-tables';
import {
  Client,
  HTTPMessageHandler,
  PageIterator,
  RedirectHandler,
  RetryHandler,
  type Context,
  type Middleware,
} from '@microsoft/microsoft-graph-client';
import { z } from 'zod';
import { messageSelect } from '../../shared/domains/mail/message-wire.ts';
import { timed, type Done, type Task } from './backfill-types.ts';
import { deltaPath } from './floor-pages.ts';

const itemSchema = z.looseObject({ id: z.string() });
type Item = z.output<typeof itemSchema>;
const pageSchema = z.looseObject({ value: z.array(itemSchema) });

/** As it is usually written: the SDK's page iterator with its own page handling, and one upsert after the other. */
export async function usual(task: Task): Promise<Done> {
  const graph = Client.initWithMiddleware({
    baseUrl: task.graph,
    middleware: chained(bearer(task.token), new RetryHandler(), new RedirectHandler(), new HTTPMessageHandler()),
  });
  const table = TableClient.fromConnectionString(task.storage, 'usual', { allowInsecureConnection: true });
  await table.createTable();
  const time = await timed(task.pids, async () => {
    for (const folder of task.folders) {
      for (const item of await readFolder(graph, folder)) {
        const { id: rowKey } = item;
        await table.upsertEntity({ partitionKey: 'mail', rowKey, json: JSON.stringify(item) }, 'Replace');
      }
    }
  });
  return { ...time, count: () => countRows(table, 1) };
}

/**
 * The SDK's own authentication sends no token over plain http, which is what the local Graph speaks; and of a nextLink
 * that begins with http:// it makes a path of its own.
 */
const bearer = (token: string): Middleware => {
  let next: Middleware | undefined;
  return {
    execute: async (context: Context) => {
      const headers = new Headers(context.options?.headers instanceof Headers ? context.options.headers : undefined);
      for (const [name, value] of Object.entries(context.options?.headers ?? {})) headers.set(name, String(value));
      headers.set('Authorization', `Bearer ${token}`);
      if (typeof context.request === 'string') context.request = context.request.replace(/^.*\/(?=https?:\/\/)/, '');
      context.options = { ...context.options, headers: Object.fromEntries(headers) };
      await next?.execute(context);
    },
    setNext: (middleware) => {
      next = middleware;
    },
  };
};

function chained(...middleware: readonly [Middleware, ...Middleware[]]): Middleware {
  for (const [index, one] of middleware.entries()) {
    const next = middleware[index + 1];
    if (next !== undefined) one.setNext?.(next);
  }
  return middleware[0];
}

async function readFolder(graph: Client, folder: string): Promise<Item[]> {
  const headers = { Prefer: 'IdType="ImmutableId"' };
  const first = pageSchema.parse(await graph.api(deltaPath(folder, messageSelect)).headers(headers).get());
  const items: Item[] = [];
  // Its callback is not awaited, so that the rows are written afterwards.
  const take = (item: unknown): boolean => items.push(itemSchema.parse(item)) > 0;
  await new PageIterator(graph, first, take, { headers }).iterate();
  return items;
}

export async function countRows(table: TableClient, rowsPerMessage: number): ReturnType<Done['count']> {
  let rows = 0;
  for await (const entity of table.listEntities({ queryOptions: { select: ['rowKey'] } })) if (entity.rowKey) rows++;
  return { rows, messages: rows / rowsPerMessage, sizes: { record: 0, index: 0 } };
}
