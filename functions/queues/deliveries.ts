import { app } from '@azure/functions';
import { job } from '../job.ts';

app.storageQueue('deliveries', {
  queueName: 'deliveries',
  connection: 'AzureWebJobsStorage',
  handler: job(async () => {
    const { runDeliverJob } = await import('../../shared/jobs/deliveries/deliver-job.ts');
    return (ports, message: unknown) => runDeliverJob(message, ports);
  }),
});
