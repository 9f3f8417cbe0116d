import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { RETURN_URL, StackWorld, type User } from '../../support/stack-world.ts';
import { storedTexts } from '../../support/stored-texts.ts';

const identified = z.object({ id: z.string() });
const connections = z.object({ items: z.array(identified) });
const subscriptions = z.array(z.object({ id: z.string(), userId: z.string() }));
const shown = z.object({
  status: z.string(),
  account: z.object({ objectId: z.string() }),
  domains: z.object({ mail: z.object({ subscription: identified.nullable() }) }),
});

let world: StackWorld;
beforeAll(async () => {
  world = await StackWorld.start();
});
afterAll(() => world.close());

const show = (id: string) => world.get(shown, `/connections/${id}`);
const disconnect = (id: string): Promise<unknown> => world.send(z.unknown(), 'DELETE', `/connections/${id}`);
const left = (id: string): Promise<boolean> =>
  until(`${id} has left`, async () => (await show(id)).status === 'disconnected', 15_000);
const rows = async (id: string): Promise<string[]> =>
  (await storedTexts(world.stack.settings['AzureWebJobsStorage'] ?? '')).filter((text) => text.includes(id));
async function remotes(objectId: string): Promise<string[]> {
  const live = subscriptions.parse(await world.control('GET', '/subscriptions'));
  return live.filter((one) => one.userId === objectId).map((one) => one.id);
}
async function vault(path: string): Promise<string[]> {
  const url = `${world.stack.settings['KEY_VAULT_URL'] ?? ''}/${path}?api-version=7.4`;
  const answer: unknown = await (await fetch(url, { headers: { authorization: 'Bearer x' } })).json();
  const { value } = z.object({ value: z.array(z.object({ id: z.string() })) }).parse(answer);
  return value.map((one) => one.id.split('/').at(-1) ?? '');
}
async function reconnect(user: User, fields: Readonly<Record<string, unknown>>): Promise<string> {
  const back = await world.follow(await world.link(fields), user);
  return new URL(back.headers.get('location') ?? '', RETURN_URL).searchParams.get('connectionId') ?? '';
}

describe('disconnecting (P15)', () => {
  it('answers 202, and leaves no subscription, no secret, no row but the feed of the connection', async () => {
    const user = await world.user('leaver', { messages: 40 });
    const before = new Set(await vault('secrets'));
    const id = await world.connect(user);
    const [secret = ''] = (await vault('secrets')).filter((name) => !before.has(name));
    expect(secret).not.toBe('');
    const { account } = await show(id);
    expect(await remotes(account.objectId)).toHaveLength(1);
    expect((await rows(id)).length).toBeGreaterThan(80);
    const feed = await FeedReader.latest(world, id);

    expect(await disconnect(id)).toEqual({ id, status: 'disconnecting' });
    await left(id);

    expect(await remotes(account.objectId)).toEqual([]);
    expect(await vault('secrets')).not.toContain(secret);
    expect(await vault('deletedsecrets')).toContain(secret);
    const last = await feed.rest();
    expect(last.map((one) => [one.domain, one.type])).toEqual([['connection', 'connection.disconnected']]);
    expect(last[0]).toMatchObject({ unreached: [], after: { connectionId: id, userId: user.upn } });
    const kept = await rows(id);
    expect(kept.filter((text) => text.includes(`"partitionKey":"${id}|mail"`))).toEqual([]);
    // Its own row, its feed and its head; due rows stand until a timer finds nothing to do for them, the audit for a year.
    const due = kept.filter((text) => /"partitionKey":"(mail|mail.push|subscriptions|disconnect)\|/.test(text));
    const acts = kept.filter((text) => /"operation\\?":/.test(text));
    expect(acts.join()).toContain('disconnect.completed');
    expect(acts.join()).not.toContain(user.upn);
    expect(kept.length - due.length - acts.length).toBe(4);
    expect(kept.join()).not.toContain('internetMessageId');
    expect((await world.get(z.object({ items: z.array(z.unknown()) }), `/connections/${id}/messages`)).items).toEqual(
      [],
    );
  });

  it('is no error when it is asked for again, and what is written meanwhile is refused', async () => {
    const user = await world.user('undecided', { messages: 2 });
    const id = await world.connect(user);
    const { items } = await world.get(connections, `/connections/${id}/messages`);
    await disconnect(id);
    await disconnect(id);
    const body = { isRead: true };
    expect(await world.refused('PATCH', `/connections/${id}/messages/${items[0]?.id ?? ''}`, { body })).toMatchObject({
      status: 409,
      code: 'connection_leaving',
    });
    expect(await world.refused('POST', `/connections/${id}/sync`, { body: {} })).toMatchObject({ status: 409 });
    expect(await world.refused('PATCH', `/connections/${id}`, { body: { settings: {} } })).toMatchObject({
      status: 409,
    });
    await left(id);
    expect(
      (await new FeedReader(world, id, { domain: 'connection' }).rest()).filter(
        (one) => one.type === 'connection.disconnected',
      ),
    ).toHaveLength(1);
    expect(await world.refused('DELETE', '/connections/nobody')).toMatchObject({ status: 404 });
  });

  it('and connecting the same account again begins anew, as another connection', async () => {
    const user = await world.user('returner', { messages: 5 });
    const first = await world.connect(user);
    await disconnect(first);
    await left(first);
    const second = await world.connect(user);
    expect(second).not.toBe(first);
    expect((await new FeedReader(world, second).rest()).map((one) => one.type)).toEqual([
      'connection.connected',
      'sync.baseline_completed',
    ]);
    const { items } = await world.get(connections, `/connections/${second}/messages?limit=200`);
    expect(items.length).toBeGreaterThan(0);
  });

  it('tells what could not be reached', async () => {
    const user = await world.user('unreachable', { messages: 2 });
    const id = await world.connect(user);
    await world.mailbox(user, 'POST', '/revoke', { error: '50173' });
    await world.control('POST', '/faults', {
      match: { method: 'DELETE', path: '/subscriptions/' },
      times: 20,
      action: { kind: 'status', status: 401, code: 'InvalidAuthenticationToken' },
    });
    const feed = await FeedReader.latest(world, id);
    await disconnect(id);
    expect((await feed.until('connection.disconnected')).found).toMatchObject({ unreached: ['subscription'] });
    await left(id);
    await world.control('DELETE', '/faults');
  });
});

describe('connecting again', () => {
  it('keeps the connection, and goes on from its cursors without a round from the start', async () => {
    const user = await world.user('again', { messages: 60 });
    const fields = { userId: 'again', workspaceId: 'ws-1' };
    const id = await world.connect(user, fields);
    const feed = await FeedReader.latest(world, id);
    await world.control('PATCH', '/settings', { notifications: { pause: true } });
    const missed = await world.arrive(user, { subject: 'Missed' });
    const since = (await world.requests()).at(-1)?.n ?? 0;

    expect(await reconnect(user, fields)).toBe(id);

    const { items } = await feed.until('message.created', missed);
    expect(items.map((one) => one.type).toSorted()).toEqual(['connection.connected', 'message.created']);
    const rounds = (await world.requests(since)).filter((one) => one.path.includes('/delta'));
    expect(rounds.length).toBeGreaterThan(0);
    for (const { path } of rounds) expect(path).toMatch(/\$(delta|skip)token=/);
    await world.control('PATCH', '/settings', { notifications: { pause: false } });
    expect((await world.get(connections, '/connections?userId=again')).items).toEqual([{ id }]);
  });

  it('of the same mailbox by another user is another connection, on the same subscription', async () => {
    const user = await world.user('shared', { messages: 10 });
    const first = await world.connect(user, { userId: 'one' });
    const second = await world.connect(user, { userId: 'two' });
    expect(second).not.toBe(first);
    const { account, domains } = await show(first);
    const [remote, ...others] = await remotes(account.objectId);
    expect(others).toEqual([]);
    expect(domains.mail.subscription?.id).toBe(remote);
    expect((await show(second)).domains.mail.subscription?.id).toBe(remote);

    const [one, two] = [await FeedReader.latest(world, first), await FeedReader.latest(world, second)];
    const mail = await world.arrive(user, { subject: 'For both' });
    const [a, b] = await Promise.all([one.until('message.created', mail), two.until('message.created', mail)]);
    expect([a.found.cause, b.found.cause]).toEqual(['push', 'push']);
    expect(a.found.id).not.toBe(b.found.id);

    await disconnect(first);
    await left(first);
    expect(await remotes(account.objectId)).toEqual([remote]);
    const later = await world.arrive(user, { subject: 'For the one that stays' });
    expect((await two.until('message.created', later)).found.cause).toBe('push');
    await disconnect(second);
    await left(second);
    expect(await remotes(account.objectId)).toEqual([]);
  });
});
