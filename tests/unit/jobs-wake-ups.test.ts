import { describe, expect, it } from 'vitest';
import { StorageError } from '../../shared/errors.ts';
import { KnownSubscriptions } from '../../shared/jobs/notifications/known-subscriptions.ts';
import { newMemory, takeNotifications, type Notification } from '../../shared/jobs/notifications/take-notifications.ts';
import { ensureSubscriptions } from '../../shared/jobs/subscriptions/ensure.ts';
import { ACCOUNT, addConnection } from '../support/job-world.ts';
import { item, MAIL, subscribed, type Subscribed } from '../support/subscribed.ts';

/** A worker that has taken a notification of the subscription before. */
async function worker(of: Subscribed): Promise<(changes?: Partial<Notification>) => Promise<unknown>> {
  const memory = newMemory();
  const take = (changes: Partial<Notification> = {}): Promise<unknown> =>
    takeNotifications(of.world.ports, of.key, [item(of, changes)], memory);
  await take();
  await of.settle();
  return take;
}

/** Calls of the ports from now on. */
function watch(of: Subscribed): string[] {
  const calls: string[] = [];
  of.world.hook = (call, when) => calls.push(`${when} ${call}`);
  return calls;
}

describe('a worker that knows the subscription', () => {
  it('looks nothing up, and writes the due row while it reads the subscription; wake and message come after both', async () => {
    const of = await subscribed();
    const take = await worker(of);
    const calls = watch(of);
    expect(await take()).toMatchObject({ accepted: 1 });
    expect(calls.filter((call) => call.includes('lookups.'))).toEqual([]);
    expect(calls.indexOf('before due.addOwn')).toBeLessThan(calls.indexOf('after subscriptions.read'));
    for (const done of ['after due.addOwn', 'after subscriptions.read'])
      expect(calls.indexOf(done)).toBeLessThan(calls.indexOf('before wake.raise'));
    expect(calls.indexOf('after wake.raise')).toBeLessThan(calls.indexOf('before queues.sync'));
    expect(of.world.queues.syncs).toHaveLength(1);
  });

  it('wakes who is served now, not who was served then, and takes the due row of that one away', async () => {
    const of = await subscribed();
    await ensureSubscriptions(of.world.ports, await addConnection(of.world, 'c2'));
    await of.settle();
    await of.world.wake.clear({ ...MAIL, connectionId: 'c2' });
    const take = await worker(of);
    await of.world.wake.clear({ ...MAIL, connectionId: 'c2' });
    const row = await of.world.subscriptions.read(ACCOUNT, 'me/messages');
    if (row === null) return expect.fail('no row');
    await of.world.subscriptions.write({ ...row.subscription, connections: ['c2', 'c3'] }, row.version);
    await take();
    expect(of.world.queues.syncs.map((job) => job.connectionId).toSorted()).toEqual(['c2', 'c3']);
    expect(
      of.world.due
        .of('mail')
        .map((due) => due.connectionId)
        .toSorted(),
    ).toEqual(['c2', 'c3']);
  });

  it('writes nothing for a stranger who has learnt its id', async () => {
    const of = await subscribed();
    const take = await worker(of);
    const calls = watch(of);
    expect(await take({ clientState: 'guessed' })).toMatchObject({ wrongState: 1 });
    expect(calls.filter((call) => call.includes('due.'))).toEqual([]);
  });

  it('records a notification over the row as it knows it, which tells as much as reading it', async () => {
    const of = await subscribed();
    const take = await worker(of);
    for (let minute = 1; minute <= 2; minute++) {
      await of.settle();
      of.world.clock.advance(60_000);
      const calls = watch(of);
      expect(await take()).toMatchObject({ accepted: 1 });
      expect(calls.filter((call) => call.startsWith('before subscriptions.'))).toEqual(['before subscriptions.write']);
      expect(calls.indexOf('before due.addOwn')).toBeLessThan(calls.indexOf('after subscriptions.write'));
      expect(calls.indexOf('after subscriptions.write')).toBeLessThan(calls.indexOf('before wake.raise'));
      expect((await of.world.row())?.lastNotificationAt).toBe(of.world.clock.now().toISOString());
    }
  });

  it('reads the row where it stands otherwise, or nobody knows, and records the notification then', async () => {
    const of = await subscribed();
    const take = await worker(of);
    const row = await of.world.subscriptions.read(ACCOUNT, 'me/messages');
    if (row === null) return expect.fail('no row');
    await of.world.subscriptions.write({ ...row.subscription, connections: ['c2'] }, row.version);
    of.world.clock.advance(60_000);
    await take();
    expect(of.world.queues.syncs.map((job) => job.connectionId)).toEqual(['c2']);
    expect((await of.world.row())?.connections).toEqual(['c2']);
    expect((await of.world.row())?.lastNotificationAt).toBe(of.world.clock.now().toISOString());
    of.world.clock.advance(60_000);
    let failed = false;
    of.world.hook = (call, when) => {
      if (call !== 'subscriptions.write' || when !== 'before' || failed) return;
      failed = true;
      throw new StorageError('store.unavailable', 'down');
    };
    expect(await take()).toMatchObject({ accepted: 1 });
    expect((await of.world.row())?.lastNotificationAt).toBe(of.world.clock.now().toISOString());
  });

  it('records nothing for a stranger who has learnt its id', async () => {
    const of = await subscribed();
    const take = await worker(of);
    of.world.clock.advance(60_000);
    const calls = watch(of);
    expect(await take({ clientState: 'guessed' })).toMatchObject({ wrongState: 1 });
    expect(calls.filter((call) => call.includes('write'))).toEqual([]);
  });

  it('stops writing over rows where others mostly have written them, but for some tries', () => {
    const known = new KnownSubscriptions();
    expect(known.expectsToStand(0.9)).toBe(true);
    for (let n = 0; n < 7; n++) known.noteStood(false);
    expect(known.expectsToStand(0.9)).toBe(false);
    expect(known.expectsToStand(0.01)).toBe(true);
    for (let n = 0; n < 7; n++) known.noteStood(true);
    expect(known.expectsToStand(0.9)).toBe(true);
  });

  it('looks it up where the row it knew is another one by now', async () => {
    const of = await subscribed();
    const take = await worker(of);
    const row = await of.world.subscriptions.read(ACCOUNT, 'me/messages');
    if (row === null) return expect.fail('no row');
    await of.world.subscriptions.remove(ACCOUNT, 'me/messages', row.version);
    const moved = { ...row.subscription, objectId: 'object-2' };
    await of.world.subscriptions.write(moved, null);
    await of.world.lookups.add('subscription-id', of.id, `${ACCOUNT.tenantId}/object-2/me/messages`);
    expect(await take()).toMatchObject({ accepted: 1 });
  });

  it('leaves no due row where the subscription cannot be read', async () => {
    const of = await subscribed();
    const take = await worker(of);
    of.world.hook = (call, when) => {
      if (call === 'subscriptions.read' && when === 'before') throw new StorageError('store.unavailable', 'down');
    };
    await expect(take()).rejects.toThrow(StorageError);
    expect(of.world.due.rows.size).toBe(0);
  });
});

describe('notifications that come together', () => {
  it('share one due row, one wake row and one message, which name all of their items (P3)', async () => {
    const of = await subscribed();
    const take = await worker(of);
    const calls = watch(of);
    await Promise.all(Array.from({ length: 10 }, (_, n) => take({ itemId: `message-${n}` })));
    for (const call of ['due.addOwn', 'wake.raise', 'queues.sync'])
      expect(calls.filter((seen) => seen === `before ${call}`)).toHaveLength(1);
    expect((await of.world.wake.read(MAIL))?.ids).toHaveLength(10);
    expect(of.world.due.rows.size).toBe(1);
  });

  it('stand for all where one of them does', async () => {
    const of = await subscribed();
    const take = await worker(of);
    await Promise.all([take(), take({ itemId: null })]);
    expect((await of.world.wake.read(MAIL))?.ids).toBe('all');
  });

  it.each(['wake.raise', 'queues.sync'])(
    'share nothing with what was on its way before: at %s it is too late',
    async (step) => {
      const of = await subscribed();
      const take = await worker(of);
      const calls: string[] = [];
      const late: Promise<unknown>[] = [];
      of.world.hook = (call, when) => {
        calls.push(`${when} ${call}`);
        // A job takes the wake row at that very moment: only a wake-up of its own brings the late one's round.
        if (call === step && when === 'before' && late.length === 0)
          late.push(of.world.wake.clear(MAIL).then(() => take({ itemId: 'late' })));
      };
      await take();
      await Promise.all(late);
      expect(calls.filter((seen) => seen === 'before due.addOwn')).toHaveLength(2);
      expect(calls.filter((seen) => seen === 'before wake.raise')).toHaveLength(2);
      expect((await of.world.wake.read(MAIL))?.ids).toContain('late');
    },
  );

  it.each(['due.addOwn', 'wake.raise', 'queues.sync'])(
    'fail together at %s, and the next one begins anew',
    async (dead) => {
      const of = await subscribed();
      const take = await worker(of);
      let failed = false;
      of.world.hook = (call, when) => {
        if (call !== dead || when !== (dead === 'due.addOwn' ? 'after' : 'before') || failed) return;
        failed = true;
        throw new StorageError('queue.unavailable', 'down');
      };
      const answers = await Promise.allSettled([take(), take({ itemId: 'message-2' })]);
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await of.world.wake.read(MAIL)).toBeNull();
      await take();
      expect(of.world.queues.syncs).toHaveLength(1);
    },
  );
});
