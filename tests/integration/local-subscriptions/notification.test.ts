import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADELE } from '../local-entra/world.ts';
import { openSubscriptionWorld, type SubscriptionWorld } from './world.ts';

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await openSubscriptionWorld();
});
afterEach(() => world.close());

const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };
const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 8000, interval: 10 });
const settings = (notifications: Record<string, unknown>): Promise<unknown> =>
  world.control('PATCH', '/settings', { notifications });
const log = async (): Promise<string> => JSON.stringify(await world.control('GET', '/notifications'));

async function newSubscription(changes = {}, headers = {}): Promise<string> {
  const made = await world.subscribe(changes, headers);
  expect(made.status).toBe(201);
  return String(made.body['id']);
}

describe('a change', () => {
  it('is told with the id kind of the creation', async () => {
    const plain = await newSubscription({ changeType: 'created' });
    const immutable = await newSubscription(
      { changeType: 'created', resource: "me/mailFolders('inbox')/messages" },
      IMMUTABLE,
    );
    const id = await world.mail();
    await until(() => {
      expect(world.receiver.items()).toHaveLength(2);
    });
    const of = (subscription: string) => world.receiver.items().find((item) => item.subscriptionId === subscription);
    expect(of(immutable)?.resourceData?.id).toBe(id);
    expect(of(plain)?.resourceData?.id).not.toBe(id);
    expect(of(plain)?.clientState).toBe('secret-state');
    expect(of(plain)?.resource).toMatch(/^(Users\/|users\(')[0-9a-f-]{36}/);
    const read = await world.graph('GET', `/me/messages/${of(plain)?.resourceData?.id ?? ''}`);
    expect(read.body['subject']).toBe('Hi');
  });

  it('is told for the folder it is in, and for the kinds that were asked for', async () => {
    const inbox = await newSubscription({ resource: 'me/mailFolders/inbox/messages', changeType: 'created' });
    const archive = await newSubscription(
      { resource: `users/${ADELE.username}/mailFolders('archive')/messages` },
      IMMUTABLE,
    );
    const id = await world.mail();
    await world.control('PATCH', `/users/${ADELE.username}/messages/${id}`, { isRead: true });
    await world.control('POST', `/users/${ADELE.username}/messages/${id}/move`, { folder: 'archive' });
    await world.control('DELETE', `/users/${ADELE.username}/messages/${id}`);
    await until(() => {
      const kinds = world.receiver
        .items()
        .map((item) => `${item.subscriptionId === inbox ? 'inbox' : 'archive'} ${item.changeType ?? ''}`);
      expect(kinds.filter((kind) => kind !== 'archive updated')).toEqual([
        'inbox created',
        'archive created',
        'archive deleted',
      ]);
    });
    expect(
      world.receiver.items().every((item) => item.subscriptionId !== archive || item.resourceData?.id === id),
    ).toBe(true);
  });

  it('shares a POST with others that are ready at the same time', async () => {
    await newSubscription({ changeType: 'created' });
    await newSubscription({ changeType: 'created', resource: 'me/mailFolders/inbox/messages' });
    await world.control('POST', `/users/${ADELE.username}/messages`, { count: 40 });
    await until(() => {
      expect(world.receiver.items()).toHaveLength(80);
    });
    expect(world.receiver.posts.length).toBeLessThan(10);
  });

  it('of a seeded mailbox is not told', async () => {
    await newSubscription({ changeType: 'created' });
    await world.control('POST', '/users', { userPrincipalName: 'many@contoso.example', messages: 50 });
    await world.mail({ subject: 'marker' });
    await until(() => {
      expect(world.receiver.items().length).toBeGreaterThan(0);
    });
    expect(world.receiver.items()).toHaveLength(1);
  });
});

describe('delivery', () => {
  it('tries again with growing gaps until 2xx', async () => {
    await newSubscription({ changeType: 'created' });
    world.receiver.notify.status = 503;
    await world.mail();
    await until(() => {
      expect(world.receiver.posts).toHaveLength(1);
    });
    await until(async () => {
      expect(await log()).toContain('"status":503,"attempt":1');
    });
    await world.advance(11);
    await until(async () => {
      expect(await log()).toContain('"status":503,"attempt":2');
    });
    world.receiver.notify.status = 202;
    await world.advance(21);
    await until(async () => {
      expect(await log()).toContain('"status":202,"attempt":3');
    });
    const ids = world.receiver.items().map((item) => item['id']);
    expect(new Set(ids).size).toBe(1);
  });

  it('gives up four hours after the change', async () => {
    await newSubscription({ changeType: 'created' });
    world.receiver.notify.status = 500;
    await world.mail();
    await until(async () => {
      expect(await log()).toContain('"attempt":1');
    });
    await world.advance(4 * 3600 + 60);
    await until(async () => {
      expect(await log()).toContain('given up');
    });
    expect(world.receiver.posts).toHaveLength(1);
  });

  it('takes an answer after three seconds for none', async () => {
    await newSubscription({ changeType: 'created' });
    world.receiver.notify.delayMs = 3500;
    await world.mail();
    await until(async () => {
      expect(await log()).toContain('"status":null,"attempt":1,"outcome":"failed"');
    });
  });

  it('holds back what comes for an endpoint that has been slow', async () => {
    await newSubscription({ changeType: 'created' });
    world.receiver.notify.delayMs = 3200;
    for (let n = 0; n < 8; n += 1) {
      await world.mail();
      await until(() => {
        expect(world.receiver.posts).toHaveLength(n + 1);
      });
    }
    await until(async () => {
      expect((await log()).match(/"status":null/g)?.length).toBe(8);
    });
    world.receiver.notify.delayMs = 0;
    for (let n = 0; n < 2; n += 1) {
      await world.mail();
      await until(() => {
        expect(world.receiver.posts).toHaveLength(9 + n);
      });
    }
    await until(async () => {
      expect((await log()).match(/"status":202/g)?.length).toBe(2);
    });
    await world.mail({ subject: 'held back' });
    await world.control('GET', '/notifications');
    expect(world.receiver.posts).toHaveLength(10);
    await world.advance(601);
    await until(() => {
      expect(world.receiver.posts.length).toBeGreaterThan(10);
    });
  });

  it('loses, doubles, delays and pauses as it is told to', async () => {
    await newSubscription({ changeType: 'deleted' });
    const ids = [await world.mail(), await world.mail(), await world.mail(), await world.mail()];
    const remove = (id = '') => world.control('DELETE', `/users/${ADELE.username}/messages/${id}?permanent=true`);
    await settings({ lose: 1 });
    await remove(ids[0]);
    expect(await log()).toContain('"outcome":"lost"');
    await settings({ lose: 0, double: 1 });
    await remove(ids[1]);
    await until(() => {
      expect(world.receiver.items()).toHaveLength(2);
    });
    await settings({ double: 0, pause: true });
    await remove(ids[2]);
    await settings({ pause: false, delayMs: 1_800_000 });
    await until(() => {
      expect(world.receiver.items()).toHaveLength(3);
    });
    await remove(ids[3]);
    await world.advance(1801);
    await until(() => {
      expect(world.receiver.items()).toHaveLength(4);
    });
  });

  it('brings a burst out of order when told to, and all of it', async () => {
    await newSubscription({ changeType: 'created' }, IMMUTABLE);
    await settings({ reorder: true });
    const ids: string[] = [];
    for (let n = 0; n < 30; n += 1) ids.push(await world.mail());
    await until(() => {
      expect(world.receiver.items()).toHaveLength(30);
    });
    const came = world.receiver.items().map((item) => item.resourceData?.id ?? '');
    expect(came).not.toEqual(ids);
    expect(came.sort()).toEqual(ids.sort());
  });

  it('sends the last ones again on demand', async () => {
    const id = await newSubscription({ changeType: 'created' });
    await world.mail();
    await until(() => {
      expect(world.receiver.items()).toHaveLength(1);
    });
    expect(await world.control('POST', `/subscriptions/${id}/replay`, { count: 5 })).toEqual({ sent: 1 });
    await until(() => {
      expect(world.receiver.items()).toHaveLength(2);
    });
    expect(world.receiver.items()[1]).toEqual(world.receiver.items()[0]);
  });

  it('pauses when the token behind it ends, until it is reauthorized', async () => {
    const id = await newSubscription({ changeType: 'created' });
    await world.advance(3600);
    await world.mail();
    await world.useToken();
    expect(world.receiver.posts).toHaveLength(0);
    expect((await world.graph('POST', `/subscriptions/${id}/reauthorize`)).status).toBe(204);
    await until(() => {
      expect(world.receiver.items()).toHaveLength(1);
    });
  });
});
