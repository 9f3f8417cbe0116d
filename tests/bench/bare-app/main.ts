/** A function app with as little as a webhook can do: a queue write alone, and the calls that the promise of a round takes. */
import { TableClient } from '@azure/data-tables';
import { app } from '@azure/functions';
import { QueueServiceClient } from '@azure/storage-queue';
import { randomUUID } from 'node:crypto';

const storage = process.env['AzureWebJobsStorage'] ?? '';
const queue = QueueServiceClient.fromConnectionString(storage).getQueueClient('bare');
const rows = TableClient.fromConnectionString(storage, 'bare', { allowInsecureConnection: true });
const known = { partitionKey: 'subscription', rowKey: 'subscription', data: 'x'.repeat(800) };
const created = Promise.all([
  queue.createIfNotExists(),
  rows.createTable().then(() => rows.upsertEntity(known, 'Replace')),
]);

const send = (text: string): Promise<unknown> => queue.sendMessage(Buffer.from(text).toString('base64'));

app.setup({ enableHttpStream: true });
app.http('bare', {
  route: 'bare',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => {
    await created;
    await send(await request.text());
    return { status: 202 };
  },
});

/** Read the subscription while the due row is written, then the wake row, then the message: nothing else. */
app.http('promise', {
  route: 'promise',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => {
    await created;
    const text = await request.text();
    const id = randomUUID();
    await Promise.all([
      rows.getEntity(known.partitionKey, known.rowKey),
      rows.upsertEntity({ partitionKey: 'due', rowKey: id, connectionId: id }, 'Replace'),
    ]);
    await rows.createEntity({ partitionKey: id, rowKey: 'wake', ids: '[]', at: new Date().toISOString() });
    await send(text);
    return { status: 202 };
  },
});
