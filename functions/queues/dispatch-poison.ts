import { app } from '@azure/functions';
import { job } from '../job.ts';

app.storageQueue('dispatchPoison', {
  queueName: 'dispatch-poison',
  connection: 'AzureWebJobsStorage',
  handler: job(async () => {
    const { runPoison } = await import('../../shared/jobs/poison.ts');
    return (ports, message: unknown) => runPoison(message, ports, 'dispatch');
  }),
});
