import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Connection, Subscription, Ticket } from '../../../shared/engine/connection.ts';
import { DUE_SHARDS, shardOf } from '../../../shared/engine/directory-ports.ts';
import { FenceLostError, StorageError } from '../../../shared/errors.ts';
import { plus } from '../../../shared/lib/clock.ts';
import type { Stores } from '../../../shared/store/open.ts';
import { allOf } from '../../support/sample-rows.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

const connection = (id: string, more: Partial<Connection> = {}): Connection => ({
  id,
  userId: 'user',
  workspaceId: null,
  account: { tenantId: 't', objectId: 'o', username: 'u@example.com', displayName: null, kind: 'work' },
  source: 'graph',
  domains: ['mail'],
  settings: {},
  status: 'connected',
  reason: null,
  scopes: [],
  secret: null,
  refresh: null,
  copies: {},
  warnings: [],
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  lastErrorAt: null,
  ...more,
});

const subscription = (resource: string): Subscription => ({
  tenantId: 't',
  objectId: 'o',
  domain: 'mail',
  resource,
  id: null,
  keyHash: null,
  stateHash: null,
  connections: ['c1'],
  createdAt: null,
  expiresAt: null,
  renewAt: null,
  lastNotificationAt: null,
  replaced: [],
  failures: 0,
  trouble: null,
  nextProbeAt: null,
  distrusted: false,
});

describe('the directory on real tables', () => {
  let rig: StoreRig;
  let stores: Stores;
  beforeAll(async () => {
    rig = await startStoreRig();
    stores = rig.worker();
  });
  afterAll(() => rig.close());
  afterEach(() => {
    rig.heal();
  });

  const listed = async (query: Partial<Parameters<Stores['connections']['list']>[0]>): Promise<string[]> => {
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<Stores['connections']['list']>> = await stores.connections.list({
        limit: 2,
        ...query,
        after,
      });
      expect(page.connections.length).toBeLessThanOrEqual(query.limit ?? 2);
      ids.push(...page.connections.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    return ids;
  };

  it('creates a connection once, replaces it by version, and removes it', async () => {
    const made = connection('c-swap', { userId: 'swapper' });
    expect(await stores.connections.create(made)).toBe(true);
    expect(await stores.connections.create({ ...made, userId: 'thief' })).toBe(false);
    const read = await stores.connections.read('c-swap');
    expect(read?.connection).toEqual(made);
    const version = await stores.connections.replace({ ...made, status: 'error' }, read?.version ?? '');
    await expect(stores.connections.replace(made, read?.version ?? '')).rejects.toThrow(FenceLostError);
    expect(await stores.connections.read('c-swap')).toEqual({ version, connection: { ...made, status: 'error' } });
    await stores.connections.remove('c-swap');
    await stores.connections.remove('c-swap');
    expect(await stores.connections.read('c-swap')).toBeNull();
    expect(await listed({ userId: 'swapper' })).toEqual([]);
    expect(await listed({ userId: 'thief' })).toEqual([]);
  });

  it('knows its own write of a connection after a lost answer', async () => {
    rig.tables.plan({ method: 'POST', path: /\/connections/, fault: { applied: 'reset' } });
    expect(await stores.connections.create(connection('c-lost', { userId: 'lost' }))).toBe(true);
    const read = await stores.connections.read('c-lost');
    rig.tables.plan({ method: 'PUT', fault: { applied: { status: 503 } } });
    const next = await stores.connections.replace(connection('c-lost', { userId: 'lost' }), read?.version ?? '');
    expect((await stores.connections.read('c-lost'))?.version).toBe(next);
    await stores.connections.remove('c-lost');
  });

  it('lists connections in order of id, by user, status and workspaces, page by page', async () => {
    const workspaces = ['w1', 'w2', null, 'w1', 'w3'];
    for (const [index, workspaceId] of workspaces.entries()) {
      const status = index === 3 ? 'error' : 'connected';
      await stores.connections.create(
        connection(`l${index}`, { workspaceId, status, userId: index < 4 ? 'u/1' : 'u/2' }),
      );
    }
    await stores.subscriptions.write(subscription('me/messages'), null);
    expect(await listed({})).toEqual(['l0', 'l1', 'l2', 'l3', 'l4']);
    expect(await listed({ userId: 'u/1' })).toEqual(['l0', 'l1', 'l2', 'l3']);
    expect(await listed({ userId: 'u/1', status: 'error' })).toEqual(['l3']);
    expect(await listed({ status: 'connected', workspaces: ['w1', 'w3'] })).toEqual(['l0', 'l4']);
    const many = ['w1', ...Array.from({ length: 20 }, (_, index) => `other-${index}`)];
    expect(await listed({ workspaces: many })).toEqual(['l0', 'l3']);
    expect(await listed({ workspaces: [] })).toEqual([]);
  });

  it('pages what a user has in the workspaces asked for, and names nothing else in its cursors', async () => {
    for (const [index, workspaceId] of ['a', 'a', 'b', 'a', 'b'].entries())
      await stores.connections.create(connection(`p${index}`, { workspaceId, userId: 'pager' }));
    const query = { userId: 'pager', workspaces: ['b'], limit: 1 };
    const first = await stores.connections.list({ ...query, after: null });
    expect(first.connections.map(({ id }) => id)).toEqual(['p2']);
    expect(Buffer.from(first.next ?? '', 'base64url').toString()).toContain('p2');
    const second = await stores.connections.list({ ...query, after: first.next });
    expect([second.connections.map(({ id }) => id), second.next]).toEqual([['p4'], null]);
  });

  it('keeps subscriptions by mailbox and resource, each change by version', async () => {
    const mailbox = { tenantId: 't', objectId: 'o2' };
    const events = { ...subscription('me/calendars/AA=/events'), objectId: 'o2' };
    const version = await stores.subscriptions.write(events, null);
    await expect(stores.subscriptions.write(events, null)).rejects.toThrow(FenceLostError);
    const next = await stores.subscriptions.write({ ...events, id: 's1' }, version);
    expect(await stores.subscriptions.read(mailbox, events.resource)).toEqual({
      version: next,
      subscription: { ...events, id: 's1' },
    });
    expect(await stores.subscriptions.list(mailbox)).toHaveLength(1);
    await expect(stores.subscriptions.remove(mailbox, events.resource, version)).rejects.toThrow(FenceLostError);
    await stores.subscriptions.remove(mailbox, events.resource, next);
    expect(await stores.subscriptions.list(mailbox)).toEqual([]);
  });

  it('looks up many to many, and repeats without harm', async () => {
    const long = 'x'.repeat(900);
    for (const value of ['c1', 'c2', 'c1', long]) await stores.lookups.add('account', 't|o#1', value);
    await stores.lookups.add('account', 't', 'o#1');
    expect(new Set(await stores.lookups.find('account', 't|o#1'))).toEqual(new Set(['c1', 'c2', long]));
    await stores.lookups.remove('account', 't|o#1', 'c1');
    await stores.lookups.remove('account', 't|o#1', 'c1');
    expect(new Set(await stores.lookups.find('account', 't|o#1'))).toEqual(new Set(['c2', long]));
    expect(await stores.lookups.find('other', 't|o#1')).toEqual([]);
  });

  it('lets exactly one caller use a ticket, even when its answer is lost', async () => {
    const now = rig.clock.now();
    const ticket: Ticket = {
      purpose: 'link',
      payload: { userId: 'u' },
      expiresAt: plus(now, 60_000).toISOString(),
      usedAt: null,
    };
    await stores.tickets.put('hash-1', ticket);
    expect(await stores.tickets.read('hash-1')).toEqual(ticket);
    rig.tables.plan({ method: 'PUT', fault: { applied: 'reset' } });
    const uses = await Promise.all(Array.from({ length: 5 }, () => stores.tickets.use('hash-1', now)));
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect((await stores.tickets.read('hash-1'))?.usedAt).toBe(now.toISOString());
    expect(await stores.tickets.use('unknown', now)).toBe(false);
    await stores.tickets.put('hash-2', ticket);
    expect(await stores.tickets.use('hash-2', plus(now, 60_000))).toBe(false);
    expect(await stores.tickets.dropExpired(plus(now, 60_000))).toBe(0);
    expect(await stores.tickets.dropExpired(plus(now, 60_001))).toBe(2);
    expect(await stores.tickets.read('hash-1')).toBeNull();
  });

  it('tells due work in order of time, only what is due, and moves it without ever losing it', async () => {
    const now = rig.clock.now();
    const at = (ms: number) => ({ kind: 'mail.push', connectionId: 'c/1', dueAt: plus(now, ms) });
    const shard = shardOf('c/1');
    expect(shard).toBeLessThan(DUE_SHARDS);
    for (const ms of [5, -1, 0, -90_000_000]) await stores.due.add(at(ms));
    const dueNow = async (): Promise<number[]> =>
      (await allOf(stores.due.due('mail.push', shard, now))).map(({ dueAt }) => dueAt.getTime() - now.getTime());
    expect(await dueNow()).toEqual([-90_000_000, -1, 0]);
    expect(await allOf(stores.due.due('mail', shard, now))).toEqual([]);
    expect(await stores.due.oldest('mail.push')).toEqual(at(-90_000_000));
    await stores.due.move(at(-1), at(-2));
    await stores.due.move(at(-3), at(-4));
    await stores.due.move(at(0), null);
    await stores.due.move(at(0), null);
    await stores.due.move(at(-2), at(-2));
    expect(await dueNow()).toEqual([-90_000_000, -4, -2]);
    rig.tables.plan({ method: 'POST', path: /batch/, fault: { applied: 'reset' } });
    await stores.due.move(at(-4), at(-5));
    rig.tables.plan({ method: 'POST', path: /batch/, fault: { before: 'reset' } });
    await stores.due.move(at(-2), at(-3));
    expect(await dueNow()).toEqual([-90_000_000, -5, -3]);
    expect(await stores.due.oldest('nothing')).toBeNull();
  });

  it('gives each a row of its own, though they ask for one time at once, and answers are lost', async () => {
    const row = { kind: 'mail.push', connectionId: 'c-own', dueAt: rig.clock.now() };
    rig.tables.plan({ method: 'POST', fault: { applied: 'reset' } });
    const own = await Promise.all(Array.from({ length: 5 }, () => stores.due.addOwn(row)));
    const times = own.map(({ dueAt }) => dueAt.getTime() - row.dueAt.getTime());
    expect(new Set(times).size).toBe(5);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...times)).toBeLessThanOrEqual(5);
    const standing = await allOf(stores.due.due('mail.push', shardOf('c-own'), plus(row.dueAt, 10)));
    for (const one of own) expect(standing).toContainEqual(one);
  });

  it('keeps the last statistics', async () => {
    expect(await stores.statistics.read()).toBeNull();
    const figures = {
      at: '2026-01-01T00:00:00.000Z',
      connections: { connected: 2 },
      domains: {},
      warnings: {},
      queues: {},
      subscriptions: { live: 2, overdue: 0, missing: 1 },
      endpoints: { active: 2, failing: 0, paused: 1 },
      tokens: { dead: 0, aging: 1 },
      lastFailure: { connectionId: 'c', domain: 'mail', at: '2026-01-01T00:00:00.000Z', error: null },
    };
    await stores.statistics.write(figures);
    expect(await stores.statistics.read()).toEqual(figures);
  });

  it('takes no failure for "not there"', async () => {
    rig.tables.plan({ times: Infinity, fault: { before: { status: 404, body: 'not the table service' } } });
    await expect(stores.connections.read('l0')).rejects.toThrow(StorageError);
    await expect(stores.tickets.use('hash', rig.clock.now())).rejects.toThrow(StorageError);
    await expect(stores.lookups.find('user', 'u')).rejects.toThrow(StorageError);
  });
});
