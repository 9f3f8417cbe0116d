import { app } from '@azure/functions';
import { job } from '../job.ts';

app.storageQueue('pushJobs', {
  queueName: 'push-jobs',
  connection: 'AzureWebJobsStorage',
  handler: job(async () => {
    const { runPushJob } = await import('../../shared/jobs/push-job.ts');
    return (ports, message: unknown) => runPushJob(message, ports);
  }),
});
