/** A function app with one function, which writes one message to a queue and answers: as little as a webhook can do. */
import { app } from '@azure/functions';
import { QueueServiceClient } from '@azure/storage-queue';

const service = QueueServiceClient.fromConnectionString(process.env['AzureWebJobsStorage'] ?? '');
const queue = service.getQueueClient('bare');
const created = queue.createIfNotExists();

app.setup({ enableHttpStream: true });
app.http('bare', {
  route: 'bare',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => {
    await created;
    await queue.sendMessage(Buffer.from(await request.text()).toString('base64'));
    return { status: 202 };
  },
});
