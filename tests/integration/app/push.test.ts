import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FeedReader } from '../../support/feed-reader.ts';
import { StackWorld, type CallOptions, type User } from '../../support/stack-world.ts';

const TOKEN = 'push-token-0123456789';

let world: StackWorld;
let ada: User;
let ids: string[] = [];
beforeAll(async () => {
  world = await StackWorld.start({ OUTLOOK_PUSH_WEBHOOK_TOKEN: TOKEN, PUSH_SYNC_MAX_MESSAGES: '3' });
  ada = await world.user('ada', { messages: 5 });
  ids = [await world.connect(ada), await world.connect(ada, { userId: 'another-user' })].toSorted();
  // From here on nobody hears of a change but by the trigger.
  await world.control('PATCH', '/settings', { notifications: { lose: 1 } });
});
afterAll(() => world.close());

const push = (body: unknown, options: CallOptions = {}) =>
  world.call('POST', '/webhooks/push', { key: TOKEN, body, ...options });
const woken = z.object({ connections: z.array(z.object({ connectionId: z.string(), status: z.string() })) });

describe('POST /webhooks/push', () => {
  it.each(['connectionId', 'emailAddress', 'userPrincipalName'])(
    'by %s brings what nobody was told of',
    async (name) => {
      const [first = ''] = ids;
      const feeds = await Promise.all(ids.map((id) => FeedReader.latest(world, id)));
      const mail = await world.arrive(ada, { subject: `Told by ${name}` });
      const answer = await push({ [name]: name === 'connectionId' ? first : ada.upn.toUpperCase(), maxMessages: 1 });
      expect(answer.status).toBe(202);
      const told = woken.parse(answer.json).connections.map(({ connectionId }) => connectionId);
      expect(told.toSorted()).toEqual(name === 'connectionId' ? [first] : ids);
      for (const feed of feeds.slice(0, told.length))
        expect((await feed.until('message.created', mail)).found.cause).toBe('push');
      await world.settled();
    },
  );

  it('cuts maxMessages to PUSH_SYNC_MAX_MESSAGES', async () => {
    const [connectionId = ''] = ids;
    const feed = await FeedReader.latest(world, connectionId);
    const mail = await world.arrive(ada, { subject: 'Few at first' });
    const seen = (await world.requests()).length;
    expect((await push({ connectionId, maxMessages: 5_000 })).status).toBe(202);
    await feed.until('message.created', mail);
    await world.settled();
    const sizes = (await world.requests()).slice(seen).flatMap(({ path, headers }) => {
      const size = /odata\.maxpagesize=(\d+)/.exec(headers['prefer'] ?? '')?.[1];
      return path.includes('/messages/delta') && size !== undefined ? [Number(size)] : [];
    });
    expect(sizes).toContain(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(196);
  });

  it('asks nothing of Graph itself, and is refused without its token', async () => {
    const [connectionId] = ids;
    for (const key of [null, 'key-admin-0123456789', `${TOKEN}x`]) {
      const refused = await world.refused('POST', '/webhooks/push', { key, body: { connectionId } });
      expect(refused.status).toBe(401);
    }
    expect(await world.refused('POST', `/webhooks/push?token=${TOKEN}`, { key: null, body: {} })).toMatchObject({
      code: 'key_missing',
    });
    expect(await world.refused('GET', '/webhooks/push', { key: TOKEN })).toMatchObject({ status: 405 });
    await world.settled();
  });

  it('says what is wrong', async () => {
    expect(await world.refused('POST', '/webhooks/push', { key: TOKEN, body: { maxMessages: 0 } })).toMatchObject({
      status: 400,
      code: 'malformed',
    });
    expect(
      await world.refused('POST', '/webhooks/push', { key: TOKEN, body: { emailAddress: 'nobody@contoso.example' } }),
    ).toMatchObject({ status: 404, code: 'connection_unknown' });
  });
});
