import { app } from '@azure/functions';
import { graphWebhook } from '../../shared/api/webhooks/graph-webhook.ts';
import { endpoint } from '../endpoint.ts';

const receive = graphWebhook(async () => {
  const [{ lifecycleReceiver }, { takeLifecycle }, { getApp }] = await Promise.all([
    import('../../shared/api/webhooks/receive.ts'),
    import('../../shared/jobs/notifications/take-lifecycle.ts'),
    import('../../shared/app.ts'),
  ]);
  const ports = await getApp();
  return lifecycleReceiver((key, items) => takeLifecycle(ports, key, items));
});

app.http(
  'webhookGraphLifecycle',
  endpoint('webhooks/graph/lifecycle', () => Promise.resolve(receive)),
);
