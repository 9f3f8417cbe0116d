import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../shared/config.ts';
import { newHead } from '../../shared/engine/head.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { recordAct } from '../../shared/jobs/record-act.ts';
import { countStatistics } from '../../shared/jobs/statistics.ts';
import { ensureSubscriptions } from '../../shared/jobs/subscriptions/ensure.ts';
import { newSubscription } from '../../shared/jobs/subscriptions/pairs.ts';
import { ACCOUNT, addConnection, openJobWorld, TestClock, type JobWorld } from '../support/job-world.ts';
import type { NewChange, Scope } from '../../shared/engine/model.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MAIL: Scope = { connectionId: 'c1', domain: 'mail' };
const change: NewChange = {
  type: 'message.created',
  id: 'm1',
  graphId: 'g1',
  cause: 'poll',
  changed: [],
  before: null,
  after: null,
};

async function housekeep(world: JobWorld): Promise<number> {
  let messages = 1;
  await runDispatch({ kinds: ['housekeeping'], shards: [] }, world.ports);
  for (let next = world.queues.dispatches.shift(); next !== undefined; next = world.queues.dispatches.shift()) {
    if (next.kinds[0] === 'housekeeping') messages++;
    await runDispatch(next, world.ports);
  }
  return messages;
}

describe('housekeeping', () => {
  it('raises the oldest number first, and then drops the rows beyond the retention', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await world.ports.appendChanges(MAIL, [change, change]);
    world.clock.advance(31 * DAY);
    await world.ports.appendChanges(MAIL, [change]);
    const order: string[] = [];
    world.hook = (call, when) => {
      if (when === 'after' && /commit|dropChanges/.test(call)) order.push(call);
    };
    await housekeep(world);
    expect(order.slice(0, 3)).toEqual(['store.dropChanges', 'store.commit', 'store.dropChanges']);
    expect((await world.partitions.readHead(MAIL))?.head).toMatchObject({ oldestSeq: 3, lastSeq: 3 });
    expect((await world.partitions.readChanges(MAIL, 0, 10)).map((row) => row.seq)).toEqual([3]);
  });

  it('drops what a crash between the two steps left', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await world.ports.appendChanges(MAIL, [change, change]);
    world.clock.advance(31 * DAY);
    world.hook = (call, when) => {
      if (call === 'store.dropChanges' && when === 'before') throw new Error('killed');
    };
    await housekeep(world);
    expect(await world.partitions.readChanges(MAIL, 0, 10)).toHaveLength(2);
    world.hook = () => undefined;
    await housekeep(world);
    expect(await world.partitions.readChanges(MAIL, 0, 10)).toEqual([]);
    expect((await world.partitions.readHead(MAIL))?.head.oldestSeq).toBe(3);
  });

  it('keeps a row that is committed while it looks', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await world.ports.appendChanges(MAIL, [change]);
    world.clock.advance(31 * DAY);
    let looks = 0;
    world.hook = (call, when) => {
      // The second partition that is looked at is that of mail.
      if (call === 'store.firstChangeSince' && when === 'after' && ++looks === 2)
        world.partitions.appendNow(MAIL, [change], world.clock);
    };
    await housekeep(world);
    expect(await world.partitions.readChanges(MAIL, 0, 10)).toMatchObject([{ seq: 2 }]);
  });

  it('walks all connections, a bounded page a message', async () => {
    const world = openJobWorld();
    for (let n = 0; n < 230; n++) await addConnection(world, `c${String(n).padStart(3, '0')}`);
    // The fourth walks over the subscriptions.
    expect(await housekeep(world)).toBe(4);
  });

  it('forgets a connection once the retention of its feed is over, but for its closed head', async () => {
    const world = openJobWorld();
    const own = { ...MAIL, domain: 'connection' };
    await addConnection(world, 'c1', { status: 'disconnected', updatedAt: world.clock.now().toISOString() });
    await world.ports.appendChanges(own, [change]);
    await housekeep(world);
    expect(await world.connections.read('c1')).not.toBeNull();
    world.clock.advance(31 * DAY);
    await housekeep(world);
    expect(await world.connections.read('c1')).toBeNull();
    expect((await world.partitions.readHead(own))?.head.closed).toBe(true);
    expect(await world.partitions.readChanges(own, 0, 10)).toEqual([]);
  });

  it('removes answers and audit beyond their time, and a failure there keeps no connection waiting', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await world.ports.appendChanges(MAIL, [change]);
    const entry = { operation: 'x', on: {}, workspaceId: null };
    await recordAct(world.ports, entry);
    world.clock.advance(364 * DAY);
    await recordAct(world.ports, entry);
    world.clock.advance(2 * DAY);
    world.hook = (call, when) => {
      if (call === 'idempotency.dropExpired' && when === 'before') throw new Error('down');
    };
    await housekeep(world);
    expect(world.idempotency.dropped).toBeNull();
    expect(world.audit.rows.size).toBe(1);
    expect(await world.partitions.readChanges(MAIL, 0, 10)).toEqual([]);
    world.hook = () => undefined;
    await housekeep(world);
    expect(world.idempotency.dropped).toEqual(world.clock.now());
  });

  it('takes connections that vanished out of subscriptions', async () => {
    const world = openJobWorld();
    await ensureSubscriptions(world.ports, await addConnection(world, 'c1'));
    await ensureSubscriptions(world.ports, await addConnection(world, 'c2'));
    await world.connections.remove('c2');
    await housekeep(world);
    expect((await world.row())?.connections).toEqual(['c1']);
  });

  it('drops a subscription that serves nobody once it has lapsed, and its look-ups', async () => {
    const world = openJobWorld();
    await ensureSubscriptions(world.ports, await addConnection(world, 'c1'));
    await world.connections.remove('c1');
    await housekeep(world);
    expect((await world.row())?.id).not.toBeNull();
    world.clock.advance(8 * DAY);
    await housekeep(world);
    expect(await world.row()).toBeNull();
    expect([...world.lookups.rows].filter((row) => row.includes('subscription-'))).toEqual([]);
  });

  it('looks once an hour, by its usual schedule, and drops a lapsed subscription of calendars within one', async () => {
    const runs = new Cron(scheduleOf('housekeeping', {}), { timezone: 'UTC' }).nextRuns(4);
    expect(runs.slice(1).map((run, n) => run.getTime() - (runs[n]?.getTime() ?? 0))).toEqual([HOUR, HOUR, HOUR]);
    const world = openJobWorld();
    const calendars = { domains: ['calendar'], scopes: ['calendars.readwrite'] };
    await ensureSubscriptions(world.ports, await addConnection(world, 'c1', calendars));
    await world.connections.remove('c1');
    const row = async () => (await world.subscriptions.read(ACCOUNT, 'me/events'))?.subscription ?? null;
    const lapses = Date.parse((await row())?.expiresAt ?? '');
    world.clock.advance(lapses - world.clock.now().getTime() - 1);
    await housekeep(world);
    expect(await row()).not.toBeNull();
    world.clock.advance(HOUR);
    await housekeep(world);
    expect(await row()).toBeNull();
    expect([...world.lookups.rows].filter((one) => one.includes('subscription-'))).toEqual([]);
  });

  it('has a subscription made anew that sends to a former public address', async () => {
    const clock = new TestClock();
    const former = openJobWorld({ publicBaseUrl: 'https://former.example', clock });
    await ensureSubscriptions(former.ports, await addConnection(former, 'c1'));
    const before = (await former.row())?.id;
    const ports = { ...former.ports, config: { ...former.ports.config, publicBaseUrl: 'https://sync.example' } };
    await runDispatch({ kinds: ['housekeeping'], shards: [] }, ports);
    for (let next = former.queues.dispatches.shift(); next !== undefined; next = former.queues.dispatches.shift())
      await runDispatch(next, ports);
    const row = await former.row();
    expect(row).toMatchObject({ sentTo: 'https://sync.example' });
    expect(row?.id).not.toBe(before);
    expect([...former.graph.live.values()].map((one) => new URL(one.notificationUrl ?? '').origin)).toEqual([
      'https://sync.example',
    ]);
  });
});

describe('statistics', () => {
  it('count connections, domains, warnings and queues: one row, one log event', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1', { warnings: ['notifications_unreachable'] });
    await addConnection(world, 'c2', { status: 'reauth_required' });
    await runDispatch({ kinds: ['statistics'], shards: [] }, world.ports);
    expect(await world.ports.statistics.read()).toMatchObject({
      connections: { connected: 1, reauth_required: 1 },
      warnings: { notifications_unreachable: 1 },
      queues: { 'sync-jobs': 0 },
    });
    expect(world.lines.filter((line) => line.includes('statistics.counted'))).toHaveLength(1);
  });

  it('count sign-ins that age where there is one to lose', async () => {
    const world = openJobWorld();
    const refreshedAt = new Date(world.clock.now().getTime() - 80 * DAY).toISOString();
    for (const status of ['connected', 'disconnecting', 'disconnected'] as const)
      await addConnection(world, status, { status, refreshedAt });
    expect((await countStatistics(world.ports)).tokens).toEqual({ dead: 0, aging: 1 });
  });

  it('count subscriptions as overdue once their timer has passed them over', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    const at = (time: string): string => `2026-03-02T${time}:00.000Z`;
    const stands = { connections: ['c1'], id: 's1', expiresAt: at('20:00'), renewAt: at('10:02') };
    const watched = { domain: 'mail', resource: 'me/messages' };
    await world.ports.subscriptions.write({ ...newSubscription(ACCOUNT, watched), ...stands }, null);
    world.clock.advance(9 * MINUTE);
    expect((await countStatistics(world.ports)).subscriptions).toEqual({ live: 1, overdue: 0, missing: 0 });
    world.clock.advance(13 * MINUTE);
    expect((await countStatistics(world.ports)).subscriptions).toEqual({ live: 0, overdue: 1, missing: 0 });
  });

  it('count domains that fail for so long that it was told, as warnings', async () => {
    const world = openJobWorld();
    const { status } = newHead();
    const failed = { ...status, status: 'error', failures: 1 } as const;
    const told = { ...failed, failures: 5, reported: true };
    await addConnection(world, 'c1', { copies: { mail: told, contacts: failed } });
    await addConnection(world, 'c2', { copies: { mail: told } });
    expect((await countStatistics(world.ports)).warnings).toEqual({ 'mail.sync_failed': 2 });
  });
});
