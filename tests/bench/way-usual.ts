import { RestError, TableClient } from '@azure/data-tables';
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
import { NO_SIZES, type Counted, type Steps, type Task } from './backfill-types.ts';
import { benchDomains, itemSchema, type Item } from './domains.ts';

const pageSchema = z.looseObject({ value: z.array(itemSchema) });

/** As it is usually written: the SDK's page iterator, and one item after the other into the table. */
export async function usual(task: Task): Promise<Steps> {
  const graph = Client.initWithMiddleware({
    baseUrl: task.graph,
    middleware: chained(bearer(task.token), new RetryHandler(), new RedirectHandler(), new HTTPMessageHandler()),
  });
  const table = TableClient.fromConnectionString(task.storage, 'usual', { allowInsecureConnection: true });
  await table.createTable();
  const domain = benchDomains[task.domain];
  const first = async (): Promise<void> => {
    for (const folder of task.folders) {
      for (const item of await readFolder(graph, domain.listPath(folder))) {
        const { id: rowKey } = item;
        if (domain.looksFirst) await lookFor(table, task.domain, rowKey);
        await table.upsertEntity({ partitionKey: task.domain, rowKey, json: JSON.stringify(item) }, 'Replace');
      }
    }
  };
  const changed = (): Promise<never> => Promise.reject(new Error('the usual way reads all again'));
  return { first, changed, count: () => countAll(table) };
}

/** Whether there is a row already. */
async function lookFor(table: TableClient, partitionKey: string, rowKey: string): Promise<boolean> {
  try {
    await table.getEntity(partitionKey, rowKey);
    return true;
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return false;
    throw error;
  }
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

async function readFolder(graph: Client, path: string): Promise<Item[]> {
  const headers = { Prefer: 'IdType="ImmutableId"' };
  const first = pageSchema.parse(await graph.api(path).headers(headers).get());
  const items: Item[] = [];
  // Its callback is not awaited, so that the rows are written afterwards.
  const take = (item: unknown): boolean => items.push(itemSchema.parse(item)) > 0;
  await new PageIterator(graph, first, take, { headers }).iterate();
  return items;
}

async function countAll(table: TableClient): Promise<Counted> {
  let rows = 0;
  for await (const entity of table.listEntities({ queryOptions: { select: ['rowKey'] } })) if (entity.rowKey) rows++;
  return { rows, items: rows, told: 0, sizes: NO_SIZES };
}
