import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { StackWorld, type User } from '../../support/stack-world.ts';

const remoteSchema = z.array(
  z.object({
    id: z.string(),
    notificationUrl: z.string(),
    lifecycleNotificationUrl: z.string(),
    clientState: z.string(),
  }),
);
type Remote = z.output<typeof remoteSchema>[number];

let world: StackWorld;
let ada: User;
let id = '';
let remote: Remote;
beforeAll(async () => {
  world = await StackWorld.start();
  ada = await world.user('ada', { messages: 10 });
  id = await world.connect(ada);
});
beforeEach(async () => {
  remote = await live();
});
afterEach(async () => {
  await world.control('PATCH', '/settings', { notifications: { pause: false, lose: 0, double: 0 } });
  await world.settled();
});
afterAll(() => world.close());

async function live(): Promise<Remote> {
  const [one, ...others] = remoteSchema.parse(await world.control('GET', '/subscriptions'));
  expect(others).toEqual([]);
  return one ?? expect.fail('there is no subscription');
}
const pause = (): Promise<unknown> => world.control('PATCH', '/settings', { notifications: { pause: true } });
const post = (url: string, body: string): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
const note = (fields: object = {}): string =>
  JSON.stringify({
    value: [
      { subscriptionId: remote.id, clientState: remote.clientState, changeType: 'updated', resource: 'x', ...fields },
    ],
  });

/** Posts in pieces, without a length. Answers the status. */
function postInPieces(url: string, pieces: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    });
    outgoing.once('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    outgoing.once('error', reject);
    const send = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined) outgoing.end();
      else outgoing.write(piece, () => setImmediate(send, index + 1));
    };
    send(0);
  });
}

describe('the handshake', () => {
  it.each(['graph', 'graph/lifecycle'])('of /webhooks/%s answers the decoded token exactly', async (path) => {
    const token =
      'Validation: Testing client application reachability for subscription Request-Id: a+b/c=&<script>é\u{1F381}';
    const answer = await fetch(`${world.stack.api}/webhooks/${path}?validationToken=${encodeURIComponent(token)}`, {
      method: 'POST',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).toBe(token);
  });

  it('is a POST', async () => {
    for (const path of ['graph', 'graph/lifecycle'])
      expect(await world.refused('GET', `/webhooks/${path}?validationToken=x`, { key: null })).toMatchObject({
        status: 405,
      });
  });
});

describe('a notification', () => {
  it('arrives whole when it comes in chunks', async () => {
    const feed = await FeedReader.latest(world, id);
    await pause();
    const mail = await world.arrive(ada, { subject: 'Told in chunks' });
    const text = note({ resourceData: { id: mail, '@odata.type': '#Microsoft.Graph.Message' } });
    expect(await postInPieces(remote.notificationUrl, text.match(/.{1,7}/gs) ?? [])).toBe(202);
    expect((await feed.until('message.created', mail)).found.cause).toBe('push');
  });

  it('that is wrong is dropped with 202, and asks nothing of Graph', async () => {
    // Whatever was told before has come by then.
    const feed = await FeedReader.latest(world, id);
    await feed.until('message.created', await world.arrive(ada, { subject: 'The last one for now' }));
    await world.settled();
    const since = (await world.requests()).at(-1)?.n ?? 0;
    const lines = world.lines.length;
    const url = `${world.stack.api}/webhooks/graph`;
    const wrong: [string, string][] = [
      [remote.notificationUrl, note({ clientState: 'guessed' })],
      [remote.notificationUrl, note({ clientState: undefined })],
      [url, note({ subscriptionId: 'unknown' })],
      [`${url}?k=guessed`, note({ subscriptionId: 'unknown', clientState: 'guessed' })],
      [url, JSON.stringify({ value: [] })],
    ];
    for (const [to, body] of wrong) expect((await post(to, body)).status).toBe(202);
    const counted = (name: string): number =>
      world.lines.slice(lines).filter((line) => line.includes('webhook.notifications') && line.includes(name)).length;
    await until('the log', () => Promise.resolve(counted('"items"') === wrong.length), 5_000);
    expect(counted('"accepted":0')).toBe(wrong.length);
    expect(counted('"wrong.state":1')).toBe(2);
    expect(counted('"unknown":1')).toBe(2);
    expect(await world.requests(since)).toEqual([]);
  });

  it('that is malformed is 400, and one that is too large 413', async () => {
    const bad = [
      '',
      '{',
      'null',
      '[]',
      '{"value":{}}',
      '{"value":[{}]}',
      '{"value":[{"subscriptionId":1}]}',
      '{"value":["x"]}',
    ];
    for (const path of ['/webhooks/graph', '/webhooks/graph/lifecycle'])
      for (const body of bad)
        expect(
          await world.refused('POST', path, {
            key: null,
            raw: { body, headers: { 'content-type': 'application/json' } },
          }),
        ).toMatchObject({ status: 400, code: 'malformed' });
    const large = JSON.stringify({ value: [], padding: 'x'.repeat(1_048_577) });
    expect(await world.refused('POST', '/webhooks/graph', { key: null, raw: { body: large } })).toMatchObject({
      status: 413,
    });
    // Without a length it is cut while it comes.
    expect(await postInPieces(remote.notificationUrl, large.match(/.{1,60000}/gs) ?? [])).toBe(413);
    const fits = JSON.stringify({ value: [], padding: 'x'.repeat(1_048_000) });
    expect(await postInPieces(remote.notificationUrl, fits.match(/.{1,60000}/gs) ?? [])).toBe(202);
  });

  it('delivered twice, and sent again later, changes nothing the second time', async () => {
    const feed = await FeedReader.latest(world, id);
    await world.control('PATCH', '/settings', { notifications: { double: 1 } });
    const mail = await world.arrive(ada, { subject: 'Told twice' });
    await feed.until('message.created', mail);
    await world.control('PATCH', '/settings', { notifications: { double: 0 } });
    await world.settled();
    await world.control('POST', `/subscriptions/${remote.id}/replay`, { count: 3 });
    const last = await world.arrive(ada, { subject: 'Told once' });
    expect((await feed.until('message.created', last)).items.map((one) => one.graphId)).toEqual([last]);
  });
});

describe('a lifecycle event', () => {
  const tell = (event: string): Promise<unknown> =>
    world.control('POST', `/subscriptions/${remote.id}/lifecycle`, { event });

  it('missed: a round brings what was told to nobody', async () => {
    const feed = await FeedReader.latest(world, id);
    await world.control('PATCH', '/settings', { notifications: { lose: 1 } });
    const mail = await world.arrive(ada, { subject: 'Told to nobody' });
    await world.control('PATCH', '/settings', { notifications: { lose: 0 } });
    await tell('missed');
    expect((await feed.until('message.created', mail)).found.cause).toBe('poll');
  });

  it('reauthorizationRequired: the subscription is renewed, and stays', async () => {
    const since = (await world.requests()).at(-1)?.n ?? 0;
    await tell('reauthorizationRequired');
    await until(
      'a renewal',
      async () =>
        (await world.requests(since)).find(
          (one) => one.method === 'PATCH' && one.path === `/v1.0/subscriptions/${remote.id}` && one.status === 200,
        ),
      10_000,
    );
    expect((await live()).id).toBe(remote.id);
  });

  it('subscriptionRemoved: another takes its place, and a round brings what came meanwhile', async () => {
    const feed = await FeedReader.latest(world, id);
    await world.control('PATCH', '/settings', { notifications: { lose: 1 } });
    const mail = await world.arrive(ada, { subject: 'Told to a subscription that is gone' });
    await world.control('PATCH', '/settings', { notifications: { lose: 0 } });
    await tell('subscriptionRemoved');
    await feed.until('message.created', mail);
    await until('another subscription', async () => {
      const [one] = remoteSchema.parse(await world.control('GET', '/subscriptions'));
      return one !== undefined && one.id !== remote.id;
    }, 10_000); // prettier-ignore
    const fresh = await live();
    expect(fresh.clientState).not.toBe(remote.clientState);
    expect(fresh.notificationUrl).not.toBe(remote.notificationUrl);
    await world.ready(id);
    const next = await world.arrive(ada, { subject: 'Told to the new one' });
    expect((await feed.until('message.created', next)).found.cause).toBe('push');
  });

  it('of a subscription that is not ours, or with another clientState, is dropped', async () => {
    const since = (await world.requests()).at(-1)?.n ?? 0;
    const item = { subscriptionId: remote.id, clientState: 'guessed', lifecycleEvent: 'subscriptionRemoved' };
    for (const one of [item, { ...item, subscriptionId: 'unknown' }])
      expect((await post(remote.lifecycleNotificationUrl, JSON.stringify({ value: [one] }))).status).toBe(202);
    expect((await live()).id).toBe(remote.id);
    expect(await world.requests(since)).toEqual([]);
  });
});
