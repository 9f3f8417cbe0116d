import { app } from '@azure/functions';
import { endpoint } from '../endpoint.ts';

app.http(
  'webhookPush',
  endpoint('webhooks/push', async () => {
    const [{ pushReceiver }, { takePushTrigger }, { getApp }] = await Promise.all([
      import('../../shared/api/webhooks/push-webhook.ts'),
      import('../../shared/jobs/push-trigger.ts'),
      import('../../shared/app.ts'),
    ]);
    const ports = await getApp();
    return pushReceiver({
      token: ports.config.pushToken,
      maxMessages: ports.config.sync.pushMaxMessages,
      take: (trigger) => takePushTrigger(ports, trigger),
    });
  }),
);
