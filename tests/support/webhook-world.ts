import { expect } from 'vitest';
import type { NewChange } from '../../shared/engine/model.ts';
import { runDeliverJob } from '../../shared/jobs/deliveries/deliver-job.ts';
import { KEYS, openApiWorld, type ApiWorld } from './api-world.ts';
import { startWebhookSite, type WebhookSite } from './webhook-site.ts';

/** The API with two connections (workspaces `ws-1` and `ws-2`), and a receiver of webhooks. */
export interface WebhookWorld extends ApiWorld {
  readonly site: WebhookSite;
  readonly connections: readonly [first: string, second: string];
  /** A row for the feed of a connection, sent at once. */
  readonly happen: (connectionId: string, type: string) => Promise<void>;
  /** Sends what a feed has for endpoints, whatever waits. */
  readonly deliver: (connectionId: string) => Promise<void>;
  /** Removes all endpoints, and makes one at the receiver, which gets its secret. Answers its id. */
  readonly anew: () => Promise<string>;
}

const change = (type: string): NewChange => ({
  ...{ type, id: null, graphId: null, cause: 'system', changed: [], before: null, after: null },
});

export async function openWebhookWorld(): Promise<WebhookWorld> {
  const world = await openApiWorld({ DELIVERY_ALLOW_PRIVATE_TARGETS: 'true' });
  const site = await startWebhookSite();
  const deliver = async (connectionId: string): Promise<void> => {
    for (const { endpoint } of await world.app.endpoints.list())
      await runDeliverJob({ connectionId, domain: 'connection', now: endpoint.id, due: null }, world.app);
  };
  return {
    ...world,
    site,
    connections: [await connect(world, 'ws-1'), await connect(world, 'ws-2')],
    deliver,
    happen: async (connectionId, type) => {
      await world.app.appendChanges({ connectionId, domain: 'connection' }, [change(type)]);
      await deliver(connectionId);
    },
    anew: async () => {
      for (const { endpoint } of await world.app.endpoints.list()) await world.app.endpoints.remove(endpoint.id);
      const { body } = await world.call('POST', '/endpoints', { key: KEYS.admin, body: { url: site.url } });
      site.secrets = [String(body['secret'])];
      return String(body['id']);
    },
    close: async () => {
      await site.close();
      await world.close();
    },
  };
}

async function connect(world: ApiWorld, workspaceId: string): Promise<string> {
  const body = { userId: 'u-1', workspaceId, domains: ['mail'], returnUrl: 'https://app.example.com/connected' };
  const made = await world.call('POST', '/connect-links', { body });
  const back = await world.follow(String(made.body['url']));
  const id = new URL(back.headers.get('location') ?? '').searchParams.get('connectionId');
  return id ?? expect.fail('the account was not connected');
}
