import { describe, expect, it } from 'vitest';
import { respond } from '../../shared/api/http/respond.ts';
import { graphWebhook } from '../../shared/api/webhooks/graph-webhook.ts';
import { lifecycleReceiver, notificationReceiver } from '../../shared/api/webhooks/receive.ts';
import { takeLifecycle } from '../../shared/jobs/notifications/take-lifecycle.ts';
import { takeNotifications } from '../../shared/jobs/notifications/take-notifications.ts';
import { ensureSubscriptions } from '../../shared/jobs/subscriptions/ensure.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { addConnection, openJobWorld } from '../support/job-world.ts';

const bindings = { requestId: 'request-1', log: silentLog };
const take = () => Promise.resolve({ accepted: 0, unknown: 0, wrongState: 0 });
const receivers = { notifications: notificationReceiver(take), lifecycle: lifecycleReceiver(take) };

async function post(kind: keyof typeof receivers, body: string): Promise<{ status: number; text: string }> {
  const hook = graphWebhook(() => Promise.resolve((request, { log }) => receivers[kind](request, { log })));
  const request = new Request('https://sync.example/api/webhooks/graph', { method: 'POST', body });
  const response = await respond(async () => hook(request, bindings), bindings);
  return { status: response.status, text: await response.text() };
}

describe.each(['notifications', 'lifecycle'] as const)('a stranger who posts %s', (kind) => {
  it('gets an answer no larger than his request when it is full of faults', async () => {
    const body = `{"value":[${Array(500_000).fill('1').join(',')}]}`;
    const { status, text } = await post(kind, body);
    expect(status).toBe(400);
    expect(text.length).toBeLessThan(20_000);
  });

  it('is not told what he sent', async () => {
    const { text } = await post(kind, JSON.stringify({ value: [{ subscriptionId: 7, clientState: 's3cret' }] }));
    expect(text).not.toContain('s3cret');
  });

  it('is refused a body that nests without end', async () => {
    const depth = 200_000;
    const { status } = await post(kind, `{"value":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(status).toBe(400);
  });

  it('cannot make the service search for every id that he invents', async () => {
    const world = openJobWorld();
    await ensureSubscriptions(world.ports, await addConnection(world, 'c1'));
    let searches = 0;
    world.hook = (call, when) => {
      if (call === 'lookups.find' && when === 'before') searches++;
    };
    const items = Array.from({ length: 4_000 }, (_, index) => ({
      subscriptionId: `invented-${index}`,
      clientState: 'x',
      itemId: null,
      event: 'missed',
    }));
    for (const key of [null, 'invented']) {
      searches = 0;
      const taken = await (kind === 'lifecycle' ? takeLifecycle : takeNotifications)(world.ports, key, items);
      expect(taken).toEqual({ accepted: 0, unknown: 4_000, wrongState: 0 });
      expect(searches).toBeLessThan(60);
    }
  });
});

describe('Graph itself', () => {
  it('may name many subscriptions in one request with a key of ours', async () => {
    const world = openJobWorld();
    await ensureSubscriptions(world.ports, await addConnection(world, 'c1'));
    const [asked] = world.graph.asked;
    const key = new URL(asked?.notificationUrl ?? '').searchParams.get('k');
    const own = { subscriptionId: (await world.row())?.id ?? '', clientState: asked?.clientState, itemId: 'm1' };
    const others = Array.from({ length: 200 }, (_, index) => ({ ...own, subscriptionId: `other-${index}` }));
    const taken = await takeNotifications(world.ports, key, [...others, own]);
    expect(taken).toEqual({ accepted: 1, unknown: 200, wrongState: 0 });
  });

  it('may leave the key out of a request with few subscriptions', async () => {
    const world = openJobWorld();
    await ensureSubscriptions(world.ports, await addConnection(world, 'c1'));
    const own = {
      subscriptionId: (await world.row())?.id ?? '',
      clientState: world.graph.asked[0]?.clientState,
      itemId: 'm1',
    };
    expect(await takeNotifications(world.ports, null, Array(500).fill(own))).toMatchObject({ accepted: 500 });
  });
});
