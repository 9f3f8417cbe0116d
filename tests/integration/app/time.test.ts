import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { StackWorld, type User } from '../../support/stack-world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const subscriptions = z.array(z.object({ id: z.string(), expirationDateTime: z.string() }));

let folder = '';
let world: StackWorld;
let ada: User;
let id = '';
let movedBy = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clock-'));
  await writeFile(join(folder, 'moved-by'), '0');
  world = await StackWorld.start({
    NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, '../../support/host-clock.ts')).href}`,
    MOVED_CLOCK_FILE: join(folder, 'moved-by'),
    SAFETY_POLL_MINUTES: '30',
    FEED_RETENTION_DAYS: '60',
  });
  ada = await world.user('ada', { messages: 10 });
  id = await world.connect(ada);
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

/** Lets time pass for the app; for Microsoft too, unless it shall not. */
async function pass(ms: number, where: 'everywhere' | 'here' = 'everywhere'): Promise<void> {
  movedBy += ms;
  await writeFile(join(folder, 'moved-by'), String(movedBy));
  if (where === 'everywhere') await world.control('POST', '/clock', { advanceSeconds: ms / 1000 });
  const made = z.object({ expiresAt: z.string() });
  await until('the clock of the app', async () => {
    const { expiresAt } = await world.send(made, 'POST', '/connect-links', { userId: 'clock', domains: ['mail'] });
    return Math.abs(Date.parse(expiresAt) - 15 * MINUTE - (Date.now() + movedBy)) < 30_000;
  }, 5_000); // prettier-ignore
}
const remotes = async () => subscriptions.parse(await world.control('GET', '/subscriptions'));
const mail = async () =>
  (
    await world.get(
      z.object({
        domains: z.object({
          mail: z.object({
            nextDueAt: z.string().nullable(),
            lagSeconds: z.number().nullable(),
            subscription: z
              .object({ id: z.string(), expiresAt: z.string(), lastNotificationAt: z.string().nullable() })
              .nullable(),
          }),
        }),
      }),
      `/connections/${id}`,
    )
  ).domains.mail;

describe('a connect link', () => {
  it('dies after fifteen minutes, and so does a sign-in that was begun in time', async () => {
    const link = await world.link({ userId: 'late' });
    const { authorize, cookie } = await world.open(link);
    const { redirectTo } = await signIn(authorize, { username: ada.upn, password: ada.password });
    await pass(15 * MINUTE + 1_000);
    const late = await world.open(link);
    expect([late.status, late.text.includes('can no longer be used')]).toEqual([410, true]);
    expect((await fetch(redirectTo, { redirect: 'manual', headers: { cookie } })).status).toBe(410);
    expect((await world.get(z.object({ items: z.array(z.unknown()) }), '/connections?userId=late')).items).toEqual([]);
  });
});

describe('a subscription', () => {
  it('that is gone without a word is found out by the safety poll, and made anew', async () => {
    const feed = await FeedReader.latest(world, id);
    const [before] = await remotes();
    await world.control('DELETE', `/subscriptions/${before?.id ?? ''}`);
    const lost = await world.arrive(ada, { subject: 'Told to nobody' });
    // Before the safety poll is due the timer has nothing to do.
    const since = (await world.requests()).at(-1)?.n ?? 0;
    await pass(31 * MINUTE);
    await world.run('emailSync');
    expect((await feed.until('message.created', lost)).found.cause).toBe('poll');
    await until('another subscription', async () => (await remotes()).some((one) => one.id !== before?.id), 10_000);
    expect(
      (await world.requests(since))
        .filter((one) => one.method === 'POST' && one.path === '/v1.0/subscriptions')
        .map((one) => one.status),
    ).toEqual([201]);
    await until('it is shown', async () => (await mail()).subscription?.id === (await remotes())[0]?.id, 5_000);
    await world.settled();
    const told = await world.arrive(ada, { subject: 'Told again' });
    expect((await feed.until('message.created', told)).found.cause).toBe('push');
    await until('its notification is noted', async () => (await mail()).subscription?.lastNotificationAt, 5_000);
  });

  it('is renewed by its timer at half of its life', async () => {
    const [before] = await remotes();
    const since = (await world.requests()).at(-1)?.n ?? 0;
    await pass(4 * DAY);
    await world.run('subscriptionRenewal');
    await until(
      'the renewal',
      async () => (await world.requests(since)).some((one) => one.method === 'PATCH' && one.status === 200),
      10_000,
    );
    const [after, ...others] = await remotes();
    expect(others).toEqual([]);
    expect(after?.id).toBe(before?.id);
    expect(Date.parse(after?.expirationDateTime ?? '') - Date.parse(before?.expirationDateTime ?? '')).toBeGreaterThan(
      3 * DAY,
    );
  });

  it('that expired is made anew, and a round brings what came meanwhile', async () => {
    const feed = await FeedReader.latest(world, id);
    const [before] = await remotes();
    await pass(8 * DAY);
    expect(await remotes()).toEqual([]);
    const lost = await world.arrive(ada, { subject: 'Came when nobody was subscribed' });
    await world.run('subscriptionRenewal');
    expect((await feed.until('message.created', lost)).found.cause).toBe('poll');
    await until('another subscription', async () => (await remotes())[0]?.id !== undefined, 10_000);
    expect((await remotes())[0]?.id).not.toBe(before?.id);
    await world.settled();
    const told = await world.arrive(ada, { subject: 'Told' });
    expect((await feed.until('message.created', told)).found.cause).toBe('push');
  });
});

describe('the feed', () => {
  it('forgets what is older than its retention, and says so to a cursor from before', async () => {
    const old = new FeedReader(world, id);
    const first = await old.page();
    expect(first.items.length).toBeGreaterThan(3);
    const short = z.object({ items: z.array(z.object({ seq: z.number() })), nextCursor: z.string() });
    const beginning = await world.get(short, `/connections/${id}/changes?limit=1&domain=mail`);
    const bookmark = await FeedReader.latest(world, id);
    await pass(61 * DAY);
    await world.run('housekeeping');
    await until('the retention', async () => (await new FeedReader(world, id).rest()).length === 0, 10_000);

    const path = `/connections/${id}/changes?after=${encodeURIComponent(beginning.nextCursor)}`;
    expect(await world.refused('GET', path)).toMatchObject({ status: 410, code: 'cursor_too_old' });
    expect(await world.refused('GET', `${path}&domain=mail`)).toMatchObject({ status: 410, code: 'cursor_too_old' });
    // A bookmark at the end has missed nothing.
    expect(await bookmark.rest()).toEqual([]);
    await world.run('subscriptionRenewal');
    await until('a subscription', async () => (await remotes()).length === 1, 10_000);
    const fresh = await world.arrive(ada, { subject: 'A new age' });
    await world.send(z.unknown(), 'POST', `/connections/${id}/sync`, {});
    const { found } = await bookmark.until('message.created', fresh);
    expect(found.seq).toBeGreaterThan(first.items.filter((one) => one.domain === 'mail').length);
    expect((await new FeedReader(world, id).rest()).map((one) => one.graphId)).toContain(fresh);
  });
});
