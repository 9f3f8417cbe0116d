import { TableClient } from '@azure/data-tables';
import { AccountSASPermissions, QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serialize, type Columns } from '../../../shared/store/columns.ts';
import { failureOf } from '../../../shared/store/failures.ts';
import { MessageSender } from '../../../shared/store/message-sender.ts';
import { RowSender } from '../../../shared/store/row-sender.ts';
import type { SeenRequest } from '../../support/fault-plan.ts';
import { throughProxies, type FaultProxy } from '../../support/fault-proxy.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

const keys = { partitionKey: "c|a'b$20é", rowKey: 'x|y !' };
const columns: Columns = {
  json: `{"a":"é😀"}`,
  n: 1,
  half: { type: 'Double', value: '0.5' },
  big: { type: 'Int64', value: '5000000000' },
  yes: true,
  data0: Buffer.from('hello'),
};
const sent = { ...keys, members: serialize(columns) };
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

const differing = new Set([
  ...['authorization', 'x-ms-date', 'x-ms-client-request-id', 'connection'],
  ...['user-agent', 'accept-encoding'],
]);

/** The last request without what differs each time, and what it says about who sends it. */
function last(proxy: FaultProxy): object {
  const request: SeenRequest | undefined = proxy.requests.at(-1);
  if (request === undefined) throw new Error('nothing was sent');
  const { method, path, headers, body } = request;
  for (const name of ['authorization', 'x-ms-date', 'x-ms-client-request-id', 'connection'])
    expect(headers[name], name).toBeDefined();
  const same = Object.fromEntries(Object.entries(headers).filter(([name]) => !differing.has(name)));
  return { method, path, headers: same, body: body.toString(), signedBy: headers.authorization?.split(':')[0] };
}

describe('single calls', () => {
  let rig: StoreRig;
  let connection: string;
  let client: TableClient;
  let rows: RowSender;
  beforeAll(async () => {
    rig = await startStoreRig();
    connection = throughProxies(rig.azurite.connectionString, { table: rig.tables.url, queue: rig.queues.url });
    const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
    client = TableClient.fromConnectionString(connection, 'sync', options);
    rows = new RowSender(client);
    await client.createTable();
  });
  afterAll(() => rig.close());

  /** What the client sends beside what the sender sends for the same. */
  async function compare(theirs: () => Promise<unknown>, ours: () => Promise<unknown>): Promise<void> {
    await theirs();
    const expected = last(rig.tables);
    await ours();
    expect(last(rig.tables)).toEqual(expected);
  }

  it('insert, put and read a row as the table client does', async () => {
    await compare(
      () => client.createEntity({ ...keys, ...columns }),
      async () => {
        await client.deleteEntity(keys.partitionKey, keys.rowKey);
        const version = await rows.insert(sent, signal());
        expect(version).toBe((await client.getEntity(keys.partitionKey, keys.rowKey)).etag);
        await client.deleteEntity(keys.partitionKey, keys.rowKey);
        await rows.insert(sent, signal());
      },
    );
    await compare(
      () => client.upsertEntity({ ...keys, ...columns }, 'Replace'),
      () => rows.put(sent, signal()),
    );
    await compare(
      () => client.getEntity(keys.partitionKey, keys.rowKey),
      () => rows.get(keys.partitionKey, keys.rowKey, signal()),
    );
    const options = { queryOptions: { select: ['n', 'json'] } };
    await compare(
      () => client.getEntity(keys.partitionKey, keys.rowKey, options),
      () => rows.get(keys.partitionKey, keys.rowKey, signal(), ['n', 'json']),
    );
    const read = await client.getEntity(keys.partitionKey, keys.rowKey);
    expect(await rows.get(keys.partitionKey, keys.rowKey, signal())).toEqual(read);
    expect(read).toMatchObject({ ...keys, n: 1, half: 0.5, big: 5_000_000_000n, yes: true, json: columns['json'] });
  });

  it('replace one version alone', async () => {
    const version = await rows.put(sent, signal());
    const ours = await rows.put({ ...sent, members: '"n":2' }, signal(), version);
    const request = last(rig.tables);
    await expect(rows.put(sent, signal(), version)).rejects.toMatchObject({ statusCode: 412 });
    await client.updateEntity({ ...keys, n: 2 }, 'Replace', { etag: ours });
    const theirs = last(rig.tables);
    const plain = (value: object): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll(/datetime'[^']*'/g, 'version'));
    expect(plain(request)).toEqual(plain(theirs));
  });

  it('fail with the status and code of the answer, and without a status where there is none', async () => {
    await rows.put(sent, signal());
    const failed = async (call: Promise<unknown>): Promise<object> =>
      failureOf(
        await call.then(
          () => 'done',
          (error: unknown) => error,
        ),
      );
    expect(await failed(rows.insert(sent, signal()))).toEqual({ status: 409, code: 'EntityAlreadyExists' });
    expect(await failed(rows.get('nobody', 'x', signal()))).toEqual({ status: 404, code: 'ResourceNotFound' });
    for (const fault of ['reset', 'hang'] as const) {
      rig.tables.plan({ fault: { before: fault } });
      expect(await failed(rows.get('nobody', 'x', AbortSignal.timeout(200)))).toMatchObject({ status: null });
    }
    rig.tables.plan({ fault: { before: { status: 200, body: 'no row' } } });
    await expect(rows.get('nobody', 'x', signal())).rejects.toThrow('no row');
    rig.heal();
  });

  it('put a message as the queue client does, and as often as it may be needed', async () => {
    const service = QueueServiceClient.fromConnectionString(connection);
    const queue = service.getQueueClient('sync-jobs');
    const sender = new MessageSender(service);
    const message = { text: 'aGVsbG8=', visibilityTimeout: 30, messageTimeToLive: -1 };
    const missing = sender.send('sync-jobs', message, signal());
    expect(failureOf(await missing.catch((error: unknown) => error))).toEqual({ status: 404, code: 'QueueNotFound' });
    await queue.create();
    await queue.sendMessage(message.text, { visibilityTimeout: 30, messageTimeToLive: -1 });
    const theirs = last(rig.queues);
    await sender.send('sync-jobs', message, signal());
    expect(last(rig.queues)).toEqual(theirs);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(2);
    rig.heal();
    rig.queues.plan({ method: 'POST', times: 2, fault: { before: { status: 503 } } });
    await sender.send('sync-jobs', message, signal());
    expect(rig.queues.seen({ method: 'POST' })).toHaveLength(3);
  });

  it('put a message by a signed address (SAS) too', async () => {
    const direct = QueueServiceClient.fromConnectionString(rig.azurite.connectionString);
    const rights = AccountSASPermissions.parse('a');
    const address = direct.generateAccountSasUrl(new Date(Date.now() + 3_600_000), rights, 'sco');
    const [endpoint = '', signature = ''] = address.split('?');
    const service = QueueServiceClient.fromConnectionString(
      `QueueEndpoint=${endpoint};SharedAccessSignature=${signature}`,
    );
    const message = { text: 'c2Fz', visibilityTimeout: 0, messageTimeToLive: -1 };
    await direct.getQueueClient('by-sas').create();
    await new MessageSender(service).send('by-sas', message, signal());
    const stored = await direct.getQueueClient('by-sas').peekMessages();
    expect(stored.peekedMessageItems.map(({ messageText }) => messageText)).toEqual([message.text]);
  });
});
