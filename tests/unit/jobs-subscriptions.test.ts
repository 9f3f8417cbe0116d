import { describe, expect, it } from 'vitest';
import type { Connection } from '../../shared/engine/connection.ts';
import { ConnectionError, RejectedError, ThrottledError, TransientError } from '../../shared/errors.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { distrustSubscriptions, hasTrustedSubscriptions } from '../../shared/jobs/subscriptions/health.ts';
import { ensureSubscriptions } from '../../shared/jobs/subscriptions/ensure.ts';
import { leaveAll } from '../../shared/jobs/subscriptions/leave.ts';
import { pairsOf, secretHash } from '../../shared/jobs/subscriptions/pairs.ts';
import { requestSubscriptionWork } from '../../shared/jobs/subscriptions/request.ts';
import { ACCOUNT, addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const minutesBetween = (from: Date, to: string | null): number => (Date.parse(to ?? '') - from.getTime()) / MINUTE;
const refusal = (status: number, remoteCode: string): RejectedError =>
  new RejectedError('refused', { status, remoteCode, requestId: null });

/** All dispatch messages that wait, and then those that they made. */
async function drain(world: JobWorld): Promise<void> {
  for (let next = world.queues.dispatches.shift(); next !== undefined; next = world.queues.dispatches.shift())
    await runDispatch(next, world.ports);
}

describe('making a subscription', () => {
  it('stores the hashes of key and clientState before Graph is asked, and never the values', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    let stored: unknown = null;
    world.hook = (call, when) => {
      if (call === 'graph.create' && when === 'before') stored = JSON.stringify([...world.lookups.rows]);
    };
    await ensureSubscriptions(world.ports, connection);
    const [asked] = world.graph.asked;
    const key = new URL(asked?.notificationUrl ?? '').searchParams.get('k') ?? '';
    expect(key.length).toBeGreaterThan(30);
    expect(stored).toContain(secretHash(key));
    const row = await world.row();
    expect(row).toMatchObject({ keyHash: secretHash(key), stateHash: secretHash(asked?.clientState ?? '') });
    expect(JSON.stringify(row)).not.toContain(key);
    expect(asked?.lifecycleUrl).toBe(`https://sync.example/api/webhooks/graph/lifecycle?k=${key}`);
  });

  it('is followed by a round of each connection that it serves', async () => {
    const world = openJobWorld();
    const first = await addConnection(world, 'c1');
    const second = await addConnection(world, 'c2');
    await ensureSubscriptions(world.ports, first);
    await ensureSubscriptions(world.ports, second);
    expect(world.graph.live.size).toBe(1);
    expect((await world.row())?.connections).toEqual(['c1', 'c2']);
    expect(world.queues.syncs.map((job) => job.connectionId)).toEqual(['c1']);
    expect(world.due.of('mail').map((row) => row.connectionId)).toEqual(['c1']);
  });

  it('asks for the longest life, for the shorter one after a 400, and learns what was granted', async () => {
    const world = openJobWorld();
    world.graph.longest = 4_230;
    const connection = await addConnection(world, 'c1');
    const next = await ensureSubscriptions(world.ports, connection);
    const row = await world.row();
    expect(world.graph.asked).toHaveLength(2);
    expect(minutesBetween(world.clock.now(), row?.expiresAt ?? null)).toBe(4_225);
    expect(minutesBetween(world.clock.now(), row?.renewAt ?? null)).toBe(4_225 / 2);
    expect(next?.toISOString()).toBe(row?.renewAt);
  });

  it.each(['before', 'after'] as const)(
    'is met again and adopted when the worker dies %s its answer is recorded',
    async (moment) => {
      const world = openJobWorld();
      const connection = await addConnection(world, 'c1');
      let died = false;
      world.hook = (call, when) => {
        const dies =
          moment === 'before' ? call === 'graph.create' && when === 'after' : call === 'due.addOwn' && when === 'after';
        if (!dies || died) return;
        died = true;
        throw new Error('killed');
      };
      await expect(ensureSubscriptions(world.ports, connection)).rejects.toThrow('killed');
      const [orphan] = world.graph.live.keys();
      await ensureSubscriptions(world.ports, connection);
      expect([...world.graph.live.keys()]).toEqual([orphan]);
      const row = await world.row();
      expect(row?.id).toBe(orphan);
      const key = new URL(world.graph.asked[0]?.notificationUrl ?? '').searchParams.get('k') ?? '';
      expect(row?.keyHash).toBe(secretHash(key));
      expect(world.queues.syncs).toHaveLength(1);
    },
  );

  it('deletes one whose key is not known, and makes its own', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    world.graph.live.set('foreign', {
      id: 'foreign',
      resource: '/me/messages',
      changeType: 'deleted,updated,created',
      notificationUrl: 'https://sync.example/api/webhooks/graph?k=not-ours',
      expiresAt: '2026-03-04T00:00:00Z',
    });
    world.graph.live.set('same', {
      id: 'same',
      resource: 'me/messages',
      changeType: 'created,updated,deleted',
      notificationUrl: null,
      expiresAt: '2026-03-04T00:00:00Z',
    });
    await ensureSubscriptions(world.ports, connection);
    expect([...world.graph.live.keys()]).toEqual([(await world.row())?.id]);
  });

  it('ends with one live subscription known to the row when two workers make it at once', async () => {
    const world = openJobWorld();
    const first = await addConnection(world, 'c1');
    const second = await addConnection(world, 'c2');
    await Promise.all([ensureSubscriptions(world.ports, first), ensureSubscriptions(world.ports, second)]);
    const row = await world.row();
    expect([...world.graph.live.keys()]).toEqual([row?.id]);
    const [live] = world.graph.live.values();
    const key = new URL(live?.notificationUrl ?? '').searchParams.get('k') ?? '';
    expect(row?.keyHash).toBe(secretHash(key));
    expect(row?.connections.toSorted()).toEqual(['c1', 'c2']);
  });
});

describe('a refusal', () => {
  it.each([
    ['a failed handshake', refusal(400, 'ValidationError'), 'unreachable', 'notifications_unreachable'],
    ['a 403', refusal(403, 'Forbidden'), 'refused', 'notifications_refused'],
    [
      'a refused right',
      new ConnectionError('access_denied', 'no', { status: 403, remoteCode: 'ErrorAccessDenied', requestId: null }),
      'refused',
      'notifications_refused',
    ],
  ])('of %s leaves the domain polling, with a warning', async (_, error, trouble, warning) => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    world.graph.failure = error;
    const next = await ensureSubscriptions(world.ports, connection);
    expect(await world.row()).toMatchObject({ id: null, keyHash: null, trouble, failures: 1 });
    expect((await world.connections.read('c1'))?.connection.warnings).toEqual([warning]);
    expect(await hasTrustedSubscriptions(world.ports, connection, 'mail')).toBe(false);
    expect(minutesBetween(world.clock.now(), next?.toISOString() ?? null)).toBe(5);
    expect(world.queues.syncs).toHaveLength(1);
  });

  it('is probed again with growing gaps up to a day, and the warning goes when it is over', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    world.graph.failure = refusal(403, 'Forbidden');
    const gaps: number[] = [];
    for (let probe = 0; probe < 7; probe++) {
      const next = await ensureSubscriptions(world.ports, connection);
      gaps.push(minutesBetween(world.clock.now(), next?.toISOString() ?? null));
      await ensureSubscriptions(world.ports, connection);
      world.clock.advance((gaps.at(-1) ?? 0) * MINUTE);
    }
    expect(gaps).toEqual([5, 20, 80, 320, 1280, 1440, 1440]);
    expect(world.graph.calls).toHaveLength(7);
    world.graph.failure = null;
    await ensureSubscriptions(world.ports, connection);
    expect(await world.row()).toMatchObject({ trouble: null, failures: 0 });
    expect((await world.connections.read('c1'))?.connection.warnings).toEqual([]);
    expect(await hasTrustedSubscriptions(world.ports, connection, 'mail')).toBe(true);
  });
});

describe('Graph that wants to be left alone (P13)', () => {
  /** A connection that watches its mail and its contacts. */
  async function watchingTwo(): Promise<{ readonly world: JobWorld; readonly connection: Connection }> {
    const world = openJobWorld();
    Object.assign(world.partitions, { list: () => Promise.resolve({ entries: [], next: null }) });
    const scopes = ['contacts.readwrite'];
    return { world, connection: await addConnection(world, 'c1', { domains: ['mail', 'contacts'], scopes }) };
  }

  it.each([
    ['asks for a wait', new ThrottledError(120_000)],
    ['refuses the grant', new ConnectionError('reauth_required', 'dead grant')],
  ])('is asked for no other subscription once it %s', async (_, failure) => {
    const { world, connection } = await watchingTwo();
    world.graph.failure = failure;
    await expect(ensureSubscriptions(world.ports, connection)).rejects.toBe(failure);
    expect(world.graph.calls).toEqual(['create']);
    world.graph.failure = null;
    await ensureSubscriptions(world.ports, connection);
    expect(world.graph.live.size).toBe(2);
  });

  it('is asked for none that is wanted once it would not have one deleted', async () => {
    const { world, connection } = await watchingTwo();
    await ensureSubscriptions(world.ports, { ...connection, domains: ['mail'] });
    world.graph.failure = new ThrottledError(120_000);
    await expect(ensureSubscriptions(world.ports, { ...connection, domains: ['contacts'] })).rejects.toThrow('wait');
    expect(world.graph.calls).toEqual(['create', 'remove']);
  });

  it('is told of no other end of a connection that leaves', async () => {
    const { world, connection } = await watchingTwo();
    await ensureSubscriptions(world.ports, connection);
    world.graph.failure = new ThrottledError(120_000);
    expect(await leaveAll(world.ports, { ...connection, status: 'disconnecting' })).toBe(false);
    expect(world.graph.calls).toEqual(['create', 'create', 'remove']);
    expect(await world.subscriptions.list(ACCOUNT)).toEqual([]);
  });
});

describe('renewal', () => {
  it('comes at half of the granted life, by PATCH, and not before', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    const due = await ensureSubscriptions(world.ports, connection);
    expect(minutesBetween(world.clock.now(), due?.toISOString() ?? null)).toBe(10_075 / 2);
    world.clock.advance((10_075 / 2) * MINUTE - 1);
    await ensureSubscriptions(world.ports, connection);
    expect(world.graph.calls).toEqual(['create']);
    world.clock.advance(1);
    await ensureSubscriptions(world.ports, connection);
    expect(world.graph.calls).toEqual(['create', 'renew']);
    expect(minutesBetween(world.clock.now(), (await world.row())?.expiresAt ?? null)).toBe(10_075);
  });

  it('of one that is gone makes a new one at once, and remembers the old id and its secrets', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    await ensureSubscriptions(world.ports, connection);
    const before = await world.row();
    world.graph.live.clear();
    world.queues.syncs.length = 0;
    await world.wake.clear({ connectionId: 'c1', domain: 'mail' });
    world.clock.advance(4 * DAY);
    await ensureSubscriptions(world.ports, connection);
    const after = await world.row();
    expect(after?.id).not.toBe(before?.id);
    expect(after?.id).toBe([...world.graph.live.keys()][0]);
    expect(pairsOf(after ?? expect.fail('no row')).map((pair) => pair.id)).toEqual([after?.id, before?.id]);
    expect(world.queues.syncs).toHaveLength(1);
  });

  it('that fails in passing leaves the subscription as it is, to be tried again in two minutes', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    await requestSubscriptionWork(world.ports, connection.id);
    await drain(world);
    const before = await world.row();
    world.clock.advance(4 * DAY);
    world.graph.failure = new TransientError('503');
    await requestSubscriptionWork(world.ports, connection.id);
    await drain(world);
    expect((await world.row())?.id).toBe(before?.id);
    expect(world.due.of('subscriptions')).toHaveLength(1);
    expect(minutesBetween(world.clock.now(), world.due.of('subscriptions')[0]?.dueAt.toISOString() ?? null)).toBe(2);
    world.graph.failure = null;
    world.clock.advance(2 * MINUTE);
    await runDispatch(
      { kinds: ['subscriptions'], shards: Array.from({ length: 64 }, (_, shard) => shard) },
      world.ports,
    );
    expect(world.graph.calls.filter((call) => call === 'renew')).toHaveLength(2);
  });

  it('is done once by the two connections of a mailbox', async () => {
    const world = openJobWorld();
    const first = await addConnection(world, 'c1');
    const second = await addConnection(world, 'c2');
    await ensureSubscriptions(world.ports, first);
    await ensureSubscriptions(world.ports, second);
    world.clock.advance(4 * DAY);
    await Promise.all([ensureSubscriptions(world.ports, first), ensureSubscriptions(world.ports, second)]);
    expect(world.graph.calls).toEqual(['create', 'renew']);
  });
});

describe('distrust', () => {
  it('makes the subscription anew, and lasts until a notification arrives', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    await ensureSubscriptions(world.ports, connection);
    const before = (await world.row())?.id;
    await distrustSubscriptions(world.ports, connection, 'mail');
    await drain(world);
    const row = await world.row();
    expect(row?.id).not.toBe(before);
    expect([...world.graph.live.keys()]).toEqual([row?.id]);
    expect(row?.distrusted).toBe(true);
    expect(await hasTrustedSubscriptions(world.ports, connection, 'mail')).toBe(false);
  });
});

describe('subscription work of a connection', () => {
  it('whose user has to act waits, after a round that tells why', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    world.graph.failure = new ConnectionError('reauth_required', 'dead grant');
    await requestSubscriptionWork(world.ports, 'c1');
    await drain(world);
    expect(world.queues.syncs).toMatchObject([{ connectionId: 'c1', domain: 'mail' }]);
    expect(minutesBetween(world.clock.now(), world.due.of('subscriptions')[0]?.dueAt.toISOString() ?? null)).toBe(60);
  });

  it('ends with the connection, whose due rows go', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1', { status: 'disconnected' });
    await requestSubscriptionWork(world.ports, 'c1');
    await drain(world);
    expect(world.due.rows.size).toBe(0);
    expect(world.graph.calls).toEqual([]);
  });

  it('leaves a domain that the connection gave up: the last to leave deletes the subscription', async () => {
    const world = openJobWorld();
    const first = await addConnection(world, 'c1');
    const second = await addConnection(world, 'c2');
    await ensureSubscriptions(world.ports, first);
    await ensureSubscriptions(world.ports, second);
    await ensureSubscriptions(world.ports, { ...first, domains: [] });
    expect((await world.row())?.connections).toEqual(['c2']);
    expect(world.graph.live.size).toBe(1);
    expect(await ensureSubscriptions(world.ports, { ...second, domains: [] })).toBeNull();
    expect(await world.row()).toBeNull();
    expect(world.graph.live.size).toBe(0);
    expect([...world.lookups.rows].filter((row) => row.includes('subscription'))).toEqual([]);
  });
});
