import { app } from '@azure/functions';
import { job } from '../job.ts';

app.storageQueue('syncJobsPoison', {
  queueName: 'sync-jobs-poison',
  connection: 'AzureWebJobsStorage',
  handler: job(async () => {
    const { runPoison } = await import('../../shared/jobs/poison.ts');
    return (ports, message: unknown) => runPoison(message, ports, 'sync-jobs');
  }),
});
