import { app } from '@azure/functions';
import { job } from '../job.ts';

app.storageQueue('deliveriesPoison', {
  queueName: 'deliveries-poison',
  connection: 'AzureWebJobsStorage',
  handler: job(async () => {
    const { runDeliveryPoison } = await import('../../shared/jobs/deliveries/poison.ts');
    return (ports, message: unknown) => runDeliveryPoison(message, ports);
  }),
});
