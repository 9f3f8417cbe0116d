import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader, type FeedItem } from '../../support/feed-reader.ts';
import { StackWorld, type User } from '../../support/stack-world.ts';

const anything = z.unknown();
const items = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item) });

let world: StackWorld;
let ada: User;
let id = '';
beforeAll(async () => {
  world = await StackWorld.start({ DELETE_GUARD_MINIMUM: '5', DELETE_GUARD_PERCENT: '30' });
  ada = await world.user('ada', { messages: 20, folders: 3 });
  id = await world.connect(ada, { settings: { mail: { folders: ['inbox', 'archive'] } } });
});
afterAll(() => world.close());

const control = (method: string, path: string, body?: unknown): Promise<unknown> =>
  world.mailbox(ada, method, path, body);
const sync = (body: unknown = {}): Promise<unknown> => world.send(anything, 'POST', `/connections/${id}/sync`, body);
const notifications = (pause: boolean): Promise<unknown> =>
  world.control('PATCH', '/settings', { notifications: { pause } });
const facts = (one: FeedItem): unknown[] => [one.type, one.cause];
const mailState = async () =>
  (
    await world.get(
      z.object({
        domains: z.object({
          mail: z.object({ status: z.string(), reason: z.string().nullable(), lastSyncedAt: z.string().nullable() }),
        }),
      }),
      `/connections/${id}`,
    )
  ).domains.mail;
const listed = async (query = ''): Promise<string[]> =>
  (
    await world.get(items(z.object({ graphId: z.string() })), `/connections/${id}/messages?limit=200${query}`)
  ).items.map((one) => one.graphId);

/** Messages that arrive while nobody is told, and then a round. */
async function unannounced(act: () => Promise<unknown>): Promise<void> {
  await notifications(true);
  await act();
  await sync();
}

describe('the feed', () => {
  it('brings what happens in Outlook as it is told of it, in order, with the cause push', async () => {
    const feed = await FeedReader.latest(world, id);
    const mail = await world.arrive(ada, { subject: 'Hello', isRead: false });
    const seen = [(await feed.until('message.created', mail)).found];
    const after = async (type: string, act: () => Promise<unknown>): Promise<void> => {
      await act();
      seen.push((await feed.until(type, mail)).found);
    };
    await after('message.updated', () => control('PATCH', `/messages/${mail}`, { isRead: true }));
    await after('message.moved', () => control('POST', `/messages/${mail}/move`, { folder: 'archive' }));
    await after('message.deleted', () => control('DELETE', `/messages/${mail}?permanent=true`));

    expect(seen.map(facts)).toEqual([['message.created', 'push'], ['message.updated', 'push'], ['message.moved', 'push'], ['message.deleted', 'push']]); // prettier-ignore
    expect(new Set(seen.map((one) => one.id)).size).toBe(1);
    expect(new Set(seen.map((one) => one.graphId))).toEqual(new Set([mail]));
    const numbers = seen.map((one) => one.seq);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const [created, updated, moved, deleted] = seen;
    expect(created).toMatchObject({ before: null, after: { subject: 'Hello', isRead: false }, domain: 'mail' });
    expect(updated).toMatchObject({ changed: ['isRead'], before: { isRead: false }, after: { isRead: true } });
    expect(moved?.changed).toEqual(['folderId']);
    expect(deleted).toMatchObject({ reason: 'gone', after: null });
  });

  it('says where a message went that left all synced folders', async () => {
    const feed = await FeedReader.latest(world, id);
    const mail = await world.arrive(ada, { subject: 'To the bin' });
    await feed.until('message.created', mail);
    await control('DELETE', `/messages/${mail}`);
    const { found } = await feed.until('message.deleted', mail);
    const { folders } = z
      .object({ folders: z.array(z.object({ id: z.string(), wellKnownName: z.string().nullable() })) })
      .parse(await control('GET', '/snapshot?fields=ids'));
    expect(found).toMatchObject({
      reason: 'left',
      folderId: folders.find((one) => one.wellKnownName === 'deleteditems')?.id,
    });
  });

  it('names the cause poll where no notification came, and own-write where the application wrote', async () => {
    const feed = await FeedReader.latest(world, id);
    let mail = '';
    await unannounced(async () => { mail = await world.arrive(ada, { subject: 'Polled', isRead: false }); }); // prettier-ignore
    const { found } = await feed.until('message.created', mail);
    expect(found.cause).toBe('poll');
    await world.send(anything, 'PATCH', `/connections/${id}/messages/${found.id ?? ''}`, { isRead: true });
    expect((await feed.until('message.updated', mail)).found).toMatchObject({
      cause: 'own-write',
      changed: ['isRead'],
      before: { isRead: false },
      after: { isRead: true },
    });
    await notifications(false);
  });

  it('is read with cursors of one domain and of all, page by page, and a bookmark at its end', async () => {
    const whole = await new FeedReader(world, id).rest();
    const mail = await new FeedReader(world, id, { domain: 'mail' }).rest();
    const own = await new FeedReader(world, id, { domain: 'connection' }).rest();
    expect(whole).toHaveLength(mail.length + own.length);
    expect(whole.filter((one) => one.domain === 'mail')).toEqual(mail);
    expect(whole.filter((one) => one.domain === 'connection')).toEqual(own);
    expect(mail.map((one) => one.seq)).toEqual(mail.map((_, index) => index + 1));
    expect(own[0]).toMatchObject({ type: 'connection.connected', cause: 'system' });

    const single: unknown[] = [];
    const page = z.object({ items: z.array(z.unknown()), nextCursor: z.string() });
    let after = '';
    for (;;) {
      const read = await world.get(page, `/connections/${id}/changes?limit=1${after}`);
      after = `&after=${encodeURIComponent(read.nextCursor)}`;
      if (read.items.length === 0) break;
      single.push(...read.items);
    }
    expect(single).toHaveLength(whole.length);
    // The bookmark stays, and the same one again brings the same.
    const end = await world.get(page, `/connections/${id}/changes?${after}`);
    const latest = await world.get(page, `/connections/${id}/changes?after=latest`);
    expect(end.items).toEqual([]);
    expect(latest).toEqual({ items: [], nextCursor: end.nextCursor });
    const arrived = await world.arrive(ada, { subject: 'After the bookmark' });
    const reader = new FeedReader(world, id, { after: end.nextCursor });
    const { items: fresh } = await reader.until('message.created', arrived);
    expect(await new FeedReader(world, id, { after: end.nextCursor }).rest()).toEqual(fresh);
  });

  it('refuses a cursor that is none, and a domain that the connection has not', async () => {
    const path = `/connections/${id}/changes`;
    for (const after of [
      'garbage',
      'e30x',
      Buffer.from('{"mail":"x"}').toString('base64url'),
      Buffer.from('{"mail":-1}').toString('base64url'),
    ])
      expect(await world.refused('GET', `${path}?after=${after}`)).toMatchObject({ status: 400, at: ['query.after'] });
    expect(await world.refused('GET', `${path}?domain=tasks`)).toMatchObject({ status: 400, at: ['query.domain'] });
    expect(await world.refused('GET', `${path}?limit=201`)).toMatchObject({ status: 400, at: ['query.limit'] });
    expect(await world.refused('POST', path, { body: {} })).toMatchObject({ status: 405 });
  });

  it('is whole and in order while a burst comes in: each message once', async () => {
    const feed = await FeedReader.latest(world, id, 'mail');
    const arrived = await Promise.all(
      Array.from({ length: 25 }, (_, n) => world.arrive(ada, { subject: `Burst ${n}` })),
    );
    const rows: FeedItem[] = [];
    await until('all of the burst', async () => {
      rows.push(...(await feed.page()).items);
      return rows.length >= arrived.length;
    }, 15_000); // prettier-ignore
    expect(rows.map((one) => one.graphId).toSorted()).toEqual(arrived.toSorted());
    expect(new Set(rows.map((one) => one.type))).toEqual(new Set(['message.created']));
  });
});

describe('a sync by hand', () => {
  it('that is full reads all anew, and tells nothing where nothing differs', async () => {
    const feed = await FeedReader.latest(world, id);
    const since = (await world.requests()).at(-1)?.n ?? 0;
    expect(await sync({ full: true, domains: ['mail'] })).toEqual({ connectionId: id, domains: ['mail'] });
    await until('a full round', async () => {
      const full = (await world.requests(since)).filter((one) => /messages\/delta\?\$select/.test(one.path));
      return full.length >= 2 && (await mailState()).status === 'ok';
    }, 15_000); // prettier-ignore
    const last = await world.arrive(ada, { subject: 'After the full round' });
    // The round may not have come to its end, and bring it.
    expect((await feed.until('message.created', last)).items.map(({ type }) => type)).toEqual(['message.created']);
  });

  it('lets many deletions at once pass only when they are approved', async () => {
    const feed = await FeedReader.latest(world, id);
    const before = await listed();
    const doomed = before.slice(0, Math.ceil(before.length * 0.6));
    await unannounced(async () => {
      for (const graphId of doomed) await control('DELETE', `/messages/${graphId}?permanent=true`);
    });
    await until('the guard', async () => (await mailState()).reason === 'delete_guard', 10_000);
    expect((await mailState()).status).toBe('degraded');
    expect((await listed()).length).toBe(before.length);
    await sync({ approveDeletes: true });
    await until('the deletions', async () => (await listed()).length === before.length - doomed.length, 10_000);
    await until('all is well again', async () => (await mailState()).status === 'ok', 10_000);
    const rows = (await feed.rest()).filter((one) => one.type === 'message.deleted');
    expect(rows.map((one) => one.graphId).toSorted()).toEqual(doomed.toSorted());
    await notifications(false);
  });

  it('is refused with every fault', async () => {
    const path = `/connections/${id}/sync`;
    expect(await world.refused('POST', path, { body: { full: 'yes', domains: [], colour: 1 } })).toMatchObject({
      status: 400,
      at: ['body.domains', 'body.full', 'body.colour'],
    });
    expect(await world.refused('POST', path, { body: { domains: ['mail', 'tasks'] } })).toMatchObject({
      status: 400,
      at: ['body.domains.1'],
    });
    expect(await world.refused('POST', '/connections/nobody/sync', { body: {} })).toMatchObject({ status: 404 });
    expect(await world.refused('GET', path)).toMatchObject({ status: 405 });
    expect((await world.call('POST', path)).status).toBe(202);
  });
});
