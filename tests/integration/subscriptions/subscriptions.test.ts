import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { runTimer } from '../../../shared/jobs/timers.ts';
import { hasTrustedSubscriptions } from '../../../shared/jobs/subscriptions/health.ts';
import { secretHash } from '../../../shared/jobs/subscriptions/pairs.ts';
import { requestSubscriptionWork } from '../../../shared/jobs/subscriptions/request.ts';
import type { Connection, Subscription } from '../../../shared/engine/connection.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

const DAY_MS = 86_400_000;
const remoteSchema = z.array(
  z.looseObject({
    id: z.string(),
    notificationUrl: z.string(),
    lifecycleNotificationUrl: z.string(),
    clientState: z.string(),
  }),
);
type Remote = z.output<typeof remoteSchema>[number];

let world: SyncWorld;
beforeAll(async () => {
  world = await startWorld({ messages: 5, folders: 1 });
  await world.drain();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const remotes = async (): Promise<Remote[]> => remoteSchema.parse(await world.control('GET', '/subscriptions'));
const connection = async (): Promise<Connection> =>
  (await world.app.connections.read(world.connectionId))?.connection ?? expect.fail('no connection');
async function row(): Promise<Subscription> {
  const { account } = await connection();
  return (await world.app.subscriptions.read(account, 'me/messages'))?.subscription ?? expect.fail('no row');
}
const fault = (match: object, action: object): Promise<unknown> => world.control('POST', '/faults', { match, action });
const posts = { method: 'POST', path: '/subscriptions$' };

async function work(): Promise<void> {
  await requestSubscriptionWork(world.app, world.connectionId);
  await world.drain();
}
/** Both clocks, and then the timer. */
async function later(ms: number): Promise<void> {
  world.clock.move(ms);
  await world.control('POST', '/clock', { advanceSeconds: ms / 1000 });
  await runTimer('subscriptionRenewal', world.app);
  await world.drain();
}
/** Makes ours go, silently, and starts from nothing. */
async function startAfresh(): Promise<void> {
  const known = await row();
  await world.control('DELETE', `/subscriptions/${known.id ?? ''}`);
  world.clock.move(4 * DAY_MS);
  await world.control('POST', '/clock', { advanceSeconds: (4 * DAY_MS) / 1000 });
}

describe('a connected mailbox', () => {
  it('has one live subscription whose secrets are stored as hashes alone', async () => {
    const [remote, ...others] = await remotes();
    expect(others).toEqual([]);
    const stored = await row();
    const url = new URL(remote?.notificationUrl ?? '');
    const key = url.searchParams.get('k') ?? '';
    expect(stored).toMatchObject({
      id: remote?.id,
      keyHash: secretHash(key),
      stateHash: secretHash(remote?.clientState ?? ''),
      connections: [world.connectionId],
    });
    expect(url.pathname).toBe('/api/webhooks/graph');
    expect(new URL(remote?.lifecycleNotificationUrl ?? '').pathname).toBe('/api/webhooks/graph/lifecycle');
    expect(world.lines.join()).not.toContain(key);
    expect(await hasTrustedSubscriptions(world.app, await connection(), 'mail')).toBe(true);
  });

  it('is told of a message, which is there one round later', async () => {
    const id = await world.arrive({ subject: 'Told' });
    await vi.waitFor(
      async () => {
        expect((await world.app.queues.lengths())['sync-jobs']).toBeGreaterThan(0);
      },
      { timeout: 8_000, interval: 20 },
    );
    await world.drain();
    expect((await world.messages()).map((message) => message.graphId)).toContain(id);
    expect((await row()).lastNotificationAt).not.toBeNull();
  });

  it('costs at most two jobs for ten notifications that come during one round (P3)', async () => {
    const { id } = await row();
    const [remote] = await remotes();
    const tell = async (name: string): Promise<number> => {
      const item = { subscriptionId: id, clientState: remote?.clientState, resourceData: { id: name } };
      const body = JSON.stringify({ value: [item] });
      return (await fetch(remote?.notificationUrl ?? '', { method: 'POST', body })).status;
    };
    await fault({ path: '.' }, { kind: 'slow', ms: 1_000 });
    expect(await tell('first')).toBe(202);
    const ran = world.drain();
    await vi.waitFor(
      async () => {
        expect((await world.head()).lease).not.toBeNull();
      },
      { timeout: 5_000, interval: 10 },
    );
    const told = await Promise.all(Array.from({ length: 10 }, (_, n) => tell(`m${n}`)));
    expect(new Set(told)).toEqual(new Set([202]));
    expect((await world.head()).lease).not.toBeNull();
    const { sync } = await ran;
    // The round itself, and then what the ten cost.
    expect(sync).toBeGreaterThanOrEqual(2);
    expect(sync).toBeLessThanOrEqual(3);
  });

  it.each(['guessed', undefined])('drops a notification with clientState %s, and answers 202', async (clientState) => {
    const { id } = await row();
    const [remote] = await remotes();
    const body = JSON.stringify({ value: [{ subscriptionId: id, clientState, resourceData: { id: 'm' } }] });
    expect((await fetch(remote?.notificationUrl ?? '', { method: 'POST', body })).status).toBe(202);
    expect((await world.drain()).sync).toBe(0);
  });
});

describe('renewal', () => {
  it('is done by the timer at half of the granted life', async () => {
    const before = await row();
    await later(Math.ceil((Date.parse(before.renewAt ?? '') - world.clock.now().getTime()) / 1000) * 1000);
    const after = await row();
    expect(after.id).toBe(before.id);
    expect(Date.parse(after.expiresAt ?? '')).toBeGreaterThan(Date.parse(before.expiresAt ?? '') + 3 * DAY_MS);
    expect(await remotes()).toHaveLength(1);
  });

  it('makes a new one where Graph has none any more, and a round follows', async () => {
    const before = await row();
    await startAfresh();
    await runTimer('subscriptionRenewal', world.app);
    expect((await world.drain()).sync).toBeGreaterThan(0);
    const after = await row();
    expect(after.id).not.toBe(before.id);
    expect(after.replaced.map((pair) => pair.id)).toContain(before.id);
    expect((await remotes()).map((one) => one.id)).toEqual([after.id]);
  });
});

describe('a conflict', () => {
  it('with one whose answer was lost adopts it', async () => {
    await startAfresh();
    await fault(posts, { kind: 'applied', status: 503 });
    await work();
    const [orphan] = await remotes();
    expect((await row()).id).toBeNull();
    await later(3 * 60_000);
    expect((await row()).id).toBe(orphan?.id);
    expect((await row()).keyHash).toBe(secretHash(new URL(orphan?.notificationUrl ?? '').searchParams.get('k') ?? ''));
    expect((await remotes()).map((one) => one.id)).toEqual([orphan?.id]);
  });

  it('with one that is not known deletes it and makes its own', async () => {
    await startAfresh();
    const [base = ''] = world.environment['PUBLIC_BASE_URL']?.split('?') ?? [];
    const foreign = await world.app.remoteSubscriptions.open(await connection()).create({
      resource: 'me/messages',
      changeType: 'created,updated,deleted',
      notificationUrl: `${base}/api/webhooks/graph?k=foreign`,
      lifecycleUrl: `${base}/api/webhooks/graph/lifecycle?k=foreign`,
      clientState: 'foreign',
      expiresAt: new Date(world.clock.now().getTime() + DAY_MS),
    });
    await work();
    const live = (await remotes()).map((one) => one.id);
    expect(live).toEqual([(await row()).id]);
    expect(live).not.toContain(foreign.id);
  });
});

describe('a refusal', () => {
  it('leaves the domain polling with a warning, and ends when Graph gives in', async () => {
    await startAfresh();
    await fault({ ...posts }, { kind: 'status', status: 403, code: 'Forbidden' });
    await work();
    expect(await row()).toMatchObject({ id: null, trouble: 'refused' });
    expect((await connection()).warnings).toEqual(['notifications_refused']);
    expect(await hasTrustedSubscriptions(world.app, await connection(), 'mail')).toBe(false);
    const [next] = [await world.app.due.oldest('mail')];
    expect(next?.dueAt.getTime()).toBeLessThanOrEqual(world.clock.now().getTime());
    await later(6 * 60_000);
    expect((await row()).trouble).toBeNull();
    expect((await connection()).warnings).toEqual([]);
  });

  it('of the longest life is answered with a shorter one', async () => {
    await startAfresh();
    await world.control('PATCH', '/settings', { maxSubscriptionMinutes: 4_230 });
    await work();
    const stored = await row();
    const minutes = (Date.parse(stored.expiresAt ?? '') - Date.parse(stored.createdAt ?? '')) / 60_000;
    expect(minutes).toBeGreaterThan(4_200);
    expect(minutes).toBeLessThanOrEqual(4_230);
  });
});

describe('a lifecycle notification', () => {
  const tell = async (event: string): Promise<void> => {
    const { id } = await row();
    const seen = world.lines.length;
    await world.control('POST', `/subscriptions/${id ?? ''}/lifecycle`, { event });
    await vi.waitFor(
      () => {
        expect(world.lines.slice(seen).join()).toContain('webhook.lifecycle');
      },
      { timeout: 8_000, interval: 20 },
    );
  };

  it('reauthorizationRequired renews', async () => {
    const before = await row();
    world.clock.move(60_000);
    await world.control('POST', '/clock', { advanceSeconds: 60 });
    await tell('reauthorizationRequired');
    await world.drain();
    const after = await row();
    expect(after.id).toBe(before.id);
    expect(Date.parse(after.expiresAt ?? '')).toBeGreaterThan(Date.parse(before.expiresAt ?? ''));
  });

  it('subscriptionRemoved makes a new one, and rounds follow', async () => {
    const before = await row();
    await tell('subscriptionRemoved');
    expect((await world.drain()).sync).toBeGreaterThan(0);
    const after = await row();
    expect(after.id).not.toBe(before.id);
    expect((await remotes()).map((one) => one.id)).toEqual([after.id]);
  });

  it('missed runs a round', async () => {
    await tell('missed');
    expect((await world.drain()).sync).toBe(1);
  });
});
