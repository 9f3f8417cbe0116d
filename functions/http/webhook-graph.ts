import { app } from '@azure/functions';
import { graphWebhook } from '../../shared/api/webhooks/graph-webhook.ts';
import { endpoint } from '../endpoint.ts';

const receive = graphWebhook(async () => {
  const [{ notificationReceiver }, { newMemory, takeNotifications }, { getApp }] = await Promise.all([
    import('../../shared/api/webhooks/receive.ts'),
    import('../../shared/jobs/notifications/take-notifications.ts'),
    import('../../shared/app.ts'),
  ]);
  const ports = await getApp();
  const memory = newMemory();
  return notificationReceiver((key, items) => takeNotifications(ports, key, items, memory));
});

app.http(
  'webhookGraph',
  endpoint('webhooks/graph', () => Promise.resolve(receive)),
);
