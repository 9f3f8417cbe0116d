import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readList } from '../../shared/api/read-list.ts';
import { systemRandom } from '../../shared/lib/random.ts';
import { TableConnectionStore } from '../../shared/store/connection-store.ts';
import { TableLookupStore } from '../../shared/store/lookup-store.ts';
import { TablePartitionStore } from '../../shared/store/partition-store.ts';
import { tablesOf } from '../../shared/store/tables.ts';

/** A table service that searches on and on: each page is empty, and goes on. */
const asked: URL[] = [];
const server: Server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method === 'POST') {
    response.writeHead(409, { 'content-type': 'application/json' });
    response.end('{"odata.error":{"code":"TableAlreadyExists","message":{"lang":"en","value":"x"}}}');
    return;
  }
  asked.push(url);
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-ms-continuation-nextpartitionkey': `1!8!${asked.length}`,
    'x-ms-continuation-nextrowkey': '1!4!x',
  });
  response.end('{"value":[]}');
});
let endpoint: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}/a`;
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => server.close());

const tables = () =>
  tablesOf(`DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=${endpoint}`, systemRandom);

it('a list of connections with a filter that fits none ends early, and goes on where it was', async () => {
  const table = tables();
  const store = new TableConnectionStore(table('connections'), new TableLookupStore(table('lookups')), systemRandom);
  const query = { status: 'error', workspaces: ['ws-1'], limit: 50 };

  const first = await store.list({ ...query, after: null });
  expect(first.connections).toEqual([]);
  expect(first.next).not.toBeNull();
  const pages = asked.length;
  expect(pages).toBeLessThanOrEqual(5);

  await store.list({ ...query, after: first.next });
  expect(asked[pages]?.searchParams.get('NextPartitionKey')).toBe(`1!8!${pages}`);
  expect(asked[pages]?.searchParams.get('$filter')).toBe(asked[0]?.searchParams.get('$filter'));
}, 20_000);

it('a list of messages does likewise', async () => {
  const store = new TablePartitionStore(tables()('sync'));
  const scope = { connectionId: 'c', domain: 'mail' };
  const plan = { query: { from: 'm:', to: 'm;', where: { unread: true } }, keep: () => true };
  const page = await readList({ store }, scope, plan, { limit: 50, after: null });
  expect(page.items).toEqual([]);
  expect(page.next).not.toBeNull();
  expect(asked.length).toBeLessThanOrEqual(5);
});
