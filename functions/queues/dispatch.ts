import { app } from '@azure/functions';
import { job } from '../job.ts';

app.storageQueue('dispatch', {
  queueName: 'dispatch',
  connection: 'AzureWebJobsStorage',
  handler: job(async () => {
    const { runDispatch } = await import('../../shared/jobs/dispatch.ts');
    return (ports, message: unknown) => runDispatch(message, ports);
  }),
});
