import { describe, expect, it } from 'vitest';
import { StorageError } from '../../shared/errors.ts';
import { takeLifecycle } from '../../shared/jobs/notifications/take-lifecycle.ts';
import { takeNotifications, type Notification } from '../../shared/jobs/notifications/take-notifications.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { ensureSubscriptions } from '../../shared/jobs/subscriptions/ensure.ts';
import { ACCOUNT, addConnection, type JobWorld } from '../support/job-world.ts';
import { item, MAIL, subscribed, type Subscribed } from '../support/subscribed.ts';

const DAY = 24 * 3_600_000;
const storageDown = (): never => {
  throw new StorageError('queue.unavailable', 'down');
};

describe('a notification', () => {
  it('writes the due row, then the wake with the id that it names, then one message', async () => {
    const of = await subscribed();
    const order: string[] = [];
    of.world.hook = (call, when) => {
      if (when === 'after') order.push(call);
    };
    expect(await takeNotifications(of.world.ports, of.key, [item(of)])).toEqual({
      accepted: 1,
      unknown: 0,
      wrongState: 0,
    });
    const steps = order.filter((call) => ['due.addOwn', 'wake.raise', 'queues.sync'].includes(call));
    expect(steps).toEqual(['due.addOwn', 'wake.raise', 'queues.sync']);
    expect((await of.world.wake.read(MAIL))?.ids).toEqual(['message-1']);
    const [job] = of.world.queues.syncs;
    const [due] = of.world.due.of('mail');
    expect(job).toMatchObject({ ...MAIL, why: 'notification', due: { kind: 'mail', at: due?.dueAt.toISOString() } });
    const covered = (due?.dueAt.getTime() ?? 0) - of.world.clock.now().getTime();
    expect(covered).toBeGreaterThanOrEqual(60_000);
    expect(covered).toBeLessThan(75_000);
  });

  it('wakes each connection of the mailbox once, whatever the number of items', async () => {
    const of = await subscribed();
    await ensureSubscriptions(of.world.ports, await addConnection(of.world, 'c2'));
    const items = Array.from({ length: 5 }, (_, n) => item(of, { itemId: `message-${n}` }));
    await takeNotifications(of.world.ports, of.key, items);
    expect(of.world.queues.syncs.map((job) => job.connectionId).toSorted()).toEqual(['c1', 'c2']);
    expect((await of.world.wake.read(MAIL))?.ids).toHaveLength(5);
  });

  it.each([
    ['more than 20 items', Array.from({ length: 21 }, (_, n) => `message-${n}`)],
    ['one that names no item', ['message-1', null]],
  ])('of %s stands for all', async (_, ids) => {
    const of = await subscribed();
    await takeNotifications(
      of.world.ports,
      of.key,
      ids.map((itemId) => item(of, { itemId })),
    );
    expect((await of.world.wake.read(MAIL))?.ids).toBe('all');
  });

  it('costs at most two jobs when ten come during one round (P3)', async () => {
    const of = await subscribed();
    // Chance has all of them ask for one and the same due row.
    const ports = { ...of.world.ports, random: { ...of.world.ports.random, fraction: () => 0.5 } };
    await takeNotifications(ports, of.key, [item(of)]);
    // The job takes its lease and with it the wake row; the others come while it runs.
    await of.world.wake.clear(MAIL);
    for (let n = 0; n < 10; n++) {
      await takeNotifications(ports, of.key, [item(of, { itemId: `message-${n}` })]);
    }
    expect(of.world.queues.syncs).toHaveLength(2);
    expect(of.world.due.of('mail')).toHaveLength(2);
    expect((await of.world.wake.read(MAIL))?.ids).toHaveLength(10);
  });

  it('is taken without the key by its subscription id, and by the key before the id is known', async () => {
    const of = await subscribed();
    expect(await takeNotifications(of.world.ports, null, [item(of)])).toMatchObject({ accepted: 1 });
    await of.world.lookups.remove('subscription-id', of.id, `${ACCOUNT.tenantId}/${ACCOUNT.objectId}/me/messages`);
    const row = await of.world.subscriptions.read(ACCOUNT, 'me/messages');
    if (row !== null) await of.world.subscriptions.write({ ...row.subscription, id: null }, row.version);
    expect(await takeNotifications(of.world.ports, of.key, [item(of)])).toMatchObject({ accepted: 1 });
  });

  it.each<[string, Partial<Notification>, string | null, object]>([
    ['a wrong clientState', { clientState: 'guessed' }, 'key', { wrongState: 1 }],
    ['no clientState', { clientState: undefined }, 'key', { wrongState: 1 }],
    ['an unknown subscription and key', { subscriptionId: 'other' }, null, { unknown: 1 }],
    ['another subscription id under our key', { subscriptionId: 'other' }, 'key', { unknown: 1 }],
  ])('with %s is dropped, counted, and wakes nobody', async (_, changes, key, counted) => {
    const of = await subscribed();
    const taken = await takeNotifications(of.world.ports, key === 'key' ? of.key : 'none-of-ours', [item(of, changes)]);
    expect(taken).toMatchObject({ accepted: 0, ...counted });
    expect(of.world.queues.syncs).toEqual([]);
    expect(of.world.due.rows.size).toBe(0);
  });

  it('is taken with its subscription id in capitals, by the key', async () => {
    const of = await subscribed();
    const taken = { accepted: 1, unknown: 0, wrongState: 0 };
    const upper = item(of, { subscriptionId: of.id.toUpperCase() });
    for (let n = 0; n < 2; n++) expect(await takeNotifications(of.world.ports, of.key, [upper])).toEqual(taken);
    expect((await of.world.wake.read(MAIL))?.ids).toEqual(['message-1']);
  });

  it('drops wrong items alone: the others of the same request are taken', async () => {
    const of = await subscribed();
    const taken = await takeNotifications(of.world.ports, of.key, [
      item(of, { clientState: 'guessed' }),
      item(of, { subscriptionId: 'other' }),
      item(of),
    ]);
    expect(taken).toEqual({ accepted: 1, unknown: 1, wrongState: 1 });
    expect(of.world.queues.syncs).toHaveLength(1);
  });

  it('of a replaced subscription is still taken, and says nothing about the live one', async () => {
    const of = await subscribed();
    of.world.graph.live.clear();
    of.world.clock.advance(4 * DAY);
    const { connection } = (await of.world.connections.read('c1')) ?? expect.fail('no connection');
    await ensureSubscriptions(of.world.ports, connection);
    await of.settle();
    expect((await of.world.row())?.id).not.toBe(of.id);
    expect(await takeNotifications(of.world.ports, of.key, [item(of)])).toMatchObject({ accepted: 1 });
    expect(of.world.queues.syncs).toHaveLength(1);
    expect((await of.world.row())?.lastNotificationAt).toBeNull();
  });

  it('is recorded once a minute at most, and clears distrust', async () => {
    const of = await subscribed();
    let writes = 0;
    of.world.hook = (call, when) => {
      if (call === 'subscriptions.write' && when === 'after') writes++;
    };
    for (let n = 0; n < 5; n++) await takeNotifications(of.world.ports, of.key, [item(of)]);
    expect(writes).toBe(1);
    of.world.clock.advance(60_000);
    await takeNotifications(of.world.ports, of.key, [item(of)]);
    expect(writes).toBe(2);
    const row = await of.world.subscriptions.read(ACCOUNT, 'me/messages');
    if (row !== null) await of.world.subscriptions.write({ ...row.subscription, distrusted: true }, row.version);
    await takeNotifications(of.world.ports, of.key, [item(of)]);
    expect((await of.world.row())?.distrusted).toBe(false);
  });
});

describe('dead storage', () => {
  it.each(['due.addOwn', 'wake.raise', 'queues.sync', 'lookups.find', 'subscriptions.read'])(
    'at %s fails the request and leaves no wake row behind',
    async (dead) => {
      const of = await subscribed();
      of.world.hook = (call, when) => {
        if (call === dead && when === (dead === 'wake.raise' ? 'after' : 'before')) storageDown();
      };
      await expect(takeNotifications(of.world.ports, of.key, [item(of)])).rejects.toThrow(StorageError);
      expect(await of.world.wake.read(MAIL)).toBeNull();
      of.world.hook = () => undefined;
      await takeNotifications(of.world.ports, of.key, [item(of)]);
      expect(of.world.queues.syncs).toHaveLength(1);
    },
  );

  it('at the recording of a notification alone is no failure: the round is promised', async () => {
    const of = await subscribed();
    of.world.hook = (call, when) => {
      if (call === 'subscriptions.write' && when === 'before') storageDown();
    };
    expect(await takeNotifications(of.world.ports, of.key, [item(of)])).toMatchObject({ accepted: 1 });
  });
});

describe('a lifecycle notification', () => {
  const drain = async (world: JobWorld): Promise<void> => {
    for (const message of world.queues.dispatches.splice(0)) await runDispatch(message, world.ports);
  };
  const tell = (of: Subscribed, event: string) =>
    takeLifecycle(of.world.ports, of.key, [{ subscriptionId: of.id, clientState: of.clientState, event }]);

  it('reauthorizationRequired renews by PATCH, outside the request', async () => {
    const of = await subscribed();
    of.world.graph.calls.length = 0;
    expect(await tell(of, 'reauthorizationRequired')).toMatchObject({ accepted: 1 });
    expect(of.world.graph.calls).toEqual([]);
    await drain(of.world);
    expect(of.world.graph.calls).toEqual(['renew']);
    expect((await of.world.row())?.id).toBe(of.id);
  });

  it('subscriptionRemoved makes a new one, and rounds follow', async () => {
    const of = await subscribed();
    of.world.graph.live.clear();
    await tell(of, 'subscriptionRemoved');
    expect(of.world.queues.syncs).toMatchObject([{ ...MAIL, why: 'lifecycle' }]);
    await of.world.wake.clear(MAIL);
    await drain(of.world);
    expect((await of.world.row())?.id).toBe([...of.world.graph.live.keys()][0]);
    expect(of.world.queues.syncs).toHaveLength(2);
  });

  it.each(['missed', 'somethingNew'])('%s runs a round of all', async (event) => {
    const of = await subscribed();
    await tell(of, event);
    expect(of.world.queues.syncs).toMatchObject([{ ...MAIL, why: 'lifecycle' }]);
    expect((await of.world.wake.read(MAIL))?.ids).toBe('all');
    expect(of.world.queues.dispatches).toEqual([]);
  });

  it('of a subscription that was replaced touches the live one no more', async () => {
    const of = await subscribed();
    of.world.graph.live.clear();
    of.world.clock.advance(4 * DAY);
    const { connection } = (await of.world.connections.read('c1')) ?? expect.fail('no connection');
    await ensureSubscriptions(of.world.ports, connection);
    const live = await of.world.row();
    await tell(of, 'subscriptionRemoved');
    await tell(of, 'reauthorizationRequired');
    expect(await of.world.row()).toEqual(live);
  });

  it('that comes a hundred times in one request is worked on once', async () => {
    const of = await subscribed();
    const writes: string[] = [];
    of.world.hook = (call, when) => {
      if (when === 'before' && ['due.addOwn', 'subscriptions.write', 'queues.sync'].includes(call)) writes.push(call);
    };
    await tell(of, 'subscriptionRemoved');
    const once = writes.splice(0).length;
    const again = await subscribed();
    again.world.hook = of.world.hook;
    const event = { subscriptionId: again.id, clientState: again.clientState, event: 'subscriptionRemoved' };
    const taken = await takeLifecycle(again.world.ports, again.key, Array(100).fill(event));
    expect(taken).toMatchObject({ accepted: 100 });
    expect(once).toBeGreaterThan(0);
    expect(writes).toHaveLength(once);
  });

  it('with a wrong clientState does nothing', async () => {
    const of = await subscribed();
    const event = { subscriptionId: of.id, clientState: 'guessed', event: 'subscriptionRemoved' };
    expect(await takeLifecycle(of.world.ports, of.key, [event])).toMatchObject({ wrongState: 1 });
    expect((await of.world.row())?.id).toBe(of.id);
    expect(of.world.due.rows.size).toBe(0);
  });
});
