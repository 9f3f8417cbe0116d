import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSubscriptionWorld, type SubscriptionWorld } from './world.ts';

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await openSubscriptionWorld();
});
afterEach(() => world.close());

const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 8000, interval: 10 });

async function newSubscription(changes = {}): Promise<string> {
  const made = await world.subscribe(changes);
  expect(made.status).toBe(201);
  return String(made.body['id']);
}

describe('lifecycle events', () => {
  const lifecycle = () => world.receiver.items().flatMap((item) => item.lifecycleEvent ?? []);
  const own = () => ({ changeType: 'created', lifecycleNotificationUrl: `${world.receiver.url}/life` });

  it('come by control, and a removed subscription is gone', async () => {
    const id = await newSubscription(own());
    for (const event of ['missed', 'reauthorizationRequired', 'subscriptionRemoved']) {
      expect(await world.control('POST', `/subscriptions/${id}/lifecycle`, { event })).toEqual({ sent: true });
    }
    await until(() => {
      expect(lifecycle().sort()).toEqual(['missed', 'reauthorizationRequired', 'subscriptionRemoved']);
    });
    expect(world.receiver.items()[0]).not.toHaveProperty('resourceData');
    expect((await world.graph('GET', `/subscriptions/${id}`)).status).toBe(404);
  });

  it('ask for reauthorization before the token ends, every 15 minutes', async () => {
    await newSubscription(own());
    await world.advance(44 * 60);
    await world.control('GET', '/notifications');
    expect(lifecycle()).toEqual([]);
    for (let times = 1; times <= 2; times += 1) {
      await world.advance(15 * 60 + 30);
      await until(() => {
        expect(lifecycle()).toHaveLength(times);
      });
    }
  });
});

it('leaves nothing running when the server closes', async () => {
  await newSubscription({ changeType: 'created' });
  world.receiver.notify.delayMs = 60_000;
  await world.mail();
  await until(() => {
    expect(world.receiver.posts).toHaveLength(1);
  });
  const started = performance.now();
  await world.close();
  expect(performance.now() - started).toBeLessThan(1000);
  world = await openSubscriptionWorld();
});
