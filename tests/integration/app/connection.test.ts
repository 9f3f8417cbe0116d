import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { StackWorld, type User } from '../../support/stack-world.ts';

let world: StackWorld;
let ada: User;
beforeAll(async () => {
  world = await StackWorld.start();
  ada = await world.user('ada', { messages: 1_200, folders: 6 });
  for (const name of ['one', 'two']) await world.connect(await world.user(name), { userId: name });
});
afterAll(() => world.close());

const outcome = (response: Response): URLSearchParams => new URL(response.headers.get('location') ?? '').searchParams;

const connection = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  userId: z.string(),
  workspaceId: z.string().nullable(),
  account: z.looseObject({ username: z.string(), tenantId: z.string(), objectId: z.string() }),
  source: z.literal('graph'),
  status: z.string(),
  reason: z.string().nullable(),
  domains: z.strictObject({
    mail: z.looseObject({
      status: z.string(),
      reason: z.string().nullable(),
      lastSyncedAt: z.string().nullable(),
      lastErrorAt: z.string().nullable(),
      lastError: z.string().nullable(),
      progress: z
        .object({ done: z.number(), total: z.number().nullable(), streams: z.number(), streamsDone: z.number() })
        .nullable(),
      nextDueAt: z.string().nullable(),
      subscription: z.looseObject({ id: z.string(), resource: z.string(), expiresAt: z.string() }).nullable(),
      subscriptions: z.array(z.looseObject({ id: z.string() })),
    }),
  }),
  settings: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

describe('a connection', () => {
  it('shows its progress while a bigger mailbox syncs, and then that it is in step', async () => {
    await world.control('PATCH', '/settings', { pageSize: 50, latencyMs: 15 });
    const back = await world.follow(
      await world.link({ userId: 'ada', workspaceId: 'ws-1', settings: { mail: { folders: 'all' } } }),
      ada,
    );
    const id = outcome(back).get('connectionId') ?? '';
    const read = async () => world.get(connection, `/connections/${id}`);
    const seen = new Map<string, number[]>();
    for (let shown = await read(); shown.domains.mail.status !== 'ok'; shown = await read()) {
      const { status, progress } = shown.domains.mail;
      seen.set(status, [...(seen.get(status) ?? []), ...(progress === null ? [] : [progress.done])]);
      if (progress !== null && progress.total !== null) expect(progress.done).toBeLessThanOrEqual(progress.total);
      expect(['pending', 'syncing']).toContain(status);
    }
    await world.control('PATCH', '/settings', { pageSize: 200, latencyMs: 0 });
    const counted = seen.get('syncing') ?? [];
    expect(new Set(counted).size).toBeGreaterThan(3);
    expect(counted).toEqual(counted.toSorted((a, b) => a - b));

    await world.ready(id);
    const shown = await read();
    expect(shown).toMatchObject({ id, userId: 'ada', workspaceId: 'ws-1', status: 'connected', reason: null });
    expect(shown.account.username).toBe(ada.upn);
    expect(shown.settings).toEqual({ mail: { source: 'graph', folders: 'all' } });
    expect(shown.warnings).toEqual([]);
    const { subscription, subscriptions, lastSyncedAt } = shown.domains.mail;
    expect(subscription?.resource).toBe('me/messages');
    expect(subscriptions).toEqual([subscription]);
    expect(Date.parse(subscription?.expiresAt ?? '')).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    expect(Date.parse(lastSyncedAt ?? '')).toBeLessThanOrEqual(Date.now());
    // With a live subscription a poll is a safety net: twelve hours from now.
    await world.run('emailSync');
    const due = async (): Promise<number> => Date.parse((await read()).domains.mail.nextDueAt ?? '');
    await until('a distant safety poll', async () => (await due()) > Date.now() + 11 * 3_600_000, 10_000);
  });

  it('tells the first sync in the feed with counts, and no row per record', async () => {
    const { items } = await world.get(z.object({ items: z.array(connection) }), '/connections?userId=ada');
    const id = items[0]?.id ?? '';
    const rows = await new FeedReader(world, id).rest();
    expect(rows.map((row) => row.type)).toEqual(['connection.connected', 'sync.baseline_completed']);
    const snapshot = z
      .object({ messages: z.array(z.unknown()) })
      .parse(await world.mailbox(ada, 'GET', '/snapshot?fields=ids'));
    expect(rows[1]?.domain).toBe('mail');
    const counts = z.record(z.string(), z.number()).parse(rows[1]?.['counts']);
    expect(counts['message']).toBeLessThanOrEqual(snapshot.messages.length);
    expect(counts['message']).toBeGreaterThan(1_000);
  });

  it('is found by user and status, page by page', async () => {
    const ids = async (query: string): Promise<string[]> => {
      const all: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { items: { id: string }[]; nextCursor: string | null } = await world.get(
          z.object({ items: z.array(z.object({ id: z.string() })), nextCursor: z.string().nullable() }),
          `/connections?${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        );
        all.push(...page.items.map((one) => one.id));
        cursor = page.nextCursor;
      }
      return all;
    };
    const every = await ids('limit=200');
    expect(await ids('limit=1')).toEqual(every);
    expect(await ids('status=connected&limit=2')).toEqual(every);
    expect(await ids('status=error')).toEqual([]);
    expect(await ids('userId=ada')).toHaveLength(1);
    expect(await ids('userId=nobody')).toEqual([]);
    expect(await world.refused('GET', '/connections?status=asleep&limit=0&cursor=x')).toMatchObject({
      status: 400,
      at: ['query.limit', 'query.status'],
    });
  });

  it('says that its user must sign in again, and is mended by that', async () => {
    const user = await world.user('revoked', { messages: 3 });
    const id = await world.connect(user, { userId: 'revoked' });
    const feed = await FeedReader.latest(world, id);
    await world.mailbox(user, 'POST', '/revoke', { error: '50173' });
    // Until its access token ends nobody hears of it.
    await world.control('POST', '/clock', { advanceSeconds: 3_700 });
    await world.send(z.unknown(), 'POST', `/connections/${id}/sync`, {});
    const { found } = await feed.until('connection.reauth_required');
    expect(found).toMatchObject({ domain: 'connection', cause: 'system' });
    expect(await world.get(connection, `/connections/${id}`)).toMatchObject({ status: 'reauth_required' });
    expect(outcome(await world.follow(await world.link({ userId: 'revoked' }), user)).get('connectionId')).toBe(id);
    await feed.until('connection.recovered');
    await world.ready(id);
    expect(await world.get(connection, `/connections/${id}`)).toMatchObject({ status: 'connected', reason: null });
  });
});
