import { app } from '@azure/functions';
import { job } from '../job.ts';

app.storageQueue('syncJobs', {
  queueName: 'sync-jobs',
  connection: 'AzureWebJobsStorage',
  handler: job(async () => {
    const { runSyncJob } = await import('../../shared/jobs/sync-job.ts');
    return (ports, message: unknown) => runSyncJob(message, ports);
  }),
});
