import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KEYS } from '../../support/api-world.ts';
import { openWebhookWorld, type WebhookWorld } from '../../support/webhook-world.ts';

let world: WebhookWorld;
let endpoint = '';

const deliverySchema = z.object({
  id: z.string(),
  connectionId: z.string(),
  type: z.string(),
  seq: z.number(),
  status: z.string(),
  attempts: z.number(),
  changedAt: z.string(),
  history: z.array(z.object({ status: z.number().nullable(), error: z.string().nullable() })),
});
type Shown = z.output<typeof deliverySchema>;

beforeAll(async () => {
  world = await openWebhookWorld();
});
afterAll(() => world.close());

/** A new endpoint, alone, to which four changes were delivered: two of each connection; the last one is on its way. */
beforeEach(async () => {
  const { site, happen } = world;
  const [first, second] = world.connections;
  endpoint = await world.anew();
  await happen(first, 'connection.recovered');
  await happen(first, 'sync.failed');
  await happen(second, 'connection.recovered');
  site.answer = 500;
  await happen(second, 'sync.failed');
  site.answer = 204;
  expect(site.taken.splice(0).map(({ type }) => type)).toEqual([
    ...['connection.recovered', 'sync.failed', 'connection.recovered', 'sync.failed'],
  ]);
});

async function list(query = '', key: string = KEYS.read): Promise<Shown[]> {
  const found: Shown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const answer = await world.call('GET', `/deliveries?limit=2&endpointId=${endpoint}${query}${more}`, { key });
    expect(answer.status, answer.text).toBe(200);
    found.push(...z.array(deliverySchema).parse(answer.body['items']));
    cursor = z.string().nullable().parse(answer.body['nextCursor']);
  }
  return found;
}
const summary = (found: readonly Shown[]): string[] =>
  found.map(({ connectionId, type }) => `${world.connections.indexOf(connectionId)} ${type}`);

describe('deliveries', () => {
  it('are listed in pages, newest first, with what became of them', async () => {
    const all = await list();
    expect(summary(all)).toEqual([
      '1 sync.failed',
      '1 connection.recovered',
      '0 sync.failed',
      '0 connection.recovered',
    ]);
    expect(all.map(({ status }) => status)).toEqual(['pending', 'delivered', 'delivered', 'delivered']);
    expect(all[0]?.history).toMatchObject([{ status: 500, error: 'status_500: answered 500' }]);
    expect(all.map(({ changedAt }) => changedAt)).toEqual(
      all
        .map(({ changedAt }) => changedAt)
        .toSorted()
        .toReversed(),
    );
  });

  it('are filtered by connection, status, type and time', async () => {
    const [newest, second] = await list();
    if (newest === undefined || second === undefined) return expect.fail('too few');
    expect(summary(await list(`&connectionId=${world.connections[0]}`))).toEqual([
      '0 sync.failed',
      '0 connection.recovered',
    ]);
    expect(summary(await list('&status=pending'))).toEqual(['1 sync.failed']);
    expect(summary(await list('&type=connection.recovered'))).toEqual([
      '1 connection.recovered',
      '0 connection.recovered',
    ]);
    expect(summary(await list(`&since=${newest.changedAt}`))).toEqual(['1 sync.failed']);
    expect(await list(`&until=${second.changedAt}`)).toEqual(
      (await list()).filter((one) => one.changedAt < second.changedAt),
    );
    const odd = await world.call('GET', '/deliveries?status=lost&since=yesterday&limit=0');
    expect(JSON.stringify(odd.body['errors'])).toMatch(/query\.limit[^]*query\.status[^]*query\.since/);
    const turned = await world.call('GET', '/deliveries?since=2026-01-05T10:00:00Z&until=2026-01-05T09:00:00Z');
    expect(turned.body['errors']).toEqual([{ path: 'query.until', message: 'must not be before since' }]);
  });

  it('may be asked for without an endpoint while there is one', async () => {
    expect((await world.call('GET', '/deliveries')).body['items']).toHaveLength(4);
    await world.call('POST', '/endpoints', {
      key: KEYS.admin,
      body: { url: 'https://b.example.com/', workspaceId: 'ws-1' },
    });
    expect((await world.call('GET', '/deliveries')).body['errors']).toEqual([
      { path: 'query.endpointId', message: 'is missing: there are 2 endpoints, and deliveries are listed by one' },
    ]);
    // To this key there is one.
    expect((await world.call('GET', '/deliveries', { key: KEYS.confined })).body['items']).toEqual([]);
    const cursor = z
      .string()
      .parse((await world.call('GET', `/deliveries?limit=1&endpointId=${endpoint}`)).body['nextCursor']);
    const other = await world.call('GET', `/deliveries?limit=1&endpointId=${endpoint}&status=failed&cursor=${cursor}`);
    expect(other.status).toBe(400);
    expect((await world.call('GET', `/deliveries?endpointId=${endpoint}&cursor=nonsense`)).status).toBe(400);
  });

  it('are read by id; an id of another place is unknown, whatever it holds', async () => {
    const [one] = await list();
    if (one === undefined) return expect.fail('there is none');
    expect((await world.call('GET', `/deliveries/${one.id}`)).body).toMatchObject({ id: one.id, status: 'pending' });
    const seen = { key: KEYS.confined };
    expect((await world.call('GET', `/deliveries/${one.id}`, seen)).body).toMatchObject({ code: 'endpoint_unknown' });
    expect((await world.call('POST', `/deliveries/${one.id}/retry`, seen)).status).toBe(404);
    for (const id of ['dlv_x', `dlv_${Buffer.from('["a",1,"b","c","",1]').toString('base64url')}`])
      expect((await world.call('GET', `/deliveries/${id}`)).status, id).toBe(404);
    expect((await world.call('GET', '/deliveries/x')).status).toBe(400);
  });
});

describe('a delivery that was refused for the first time 97 h ago, at a paused endpoint', () => {
  it('has 72 h anew from PATCH {"paused": false} on', async () => {
    const [waits] = await list();
    if (waits === undefined) return expect.fail('there is none');
    const patch = (body: object) => world.call('PATCH', `/endpoints/${endpoint}`, { key: KEYS.admin, body });
    await patch({ paused: true });
    const { deliveries, clock } = world.app;
    const { found } = await deliveries.readCursor(endpoint, { connectionId: waits.connectionId, domain: 'connection' });
    if (found === null || found.cursor.waiting === null) return expect.fail('nothing waits');
    const since = new Date(clock.now().getTime() - 97 * 3_600_000).toISOString();
    const cursor = { ...found.cursor, waiting: { ...found.cursor.waiting, since } };
    await deliveries.commit({ cursor, version: found.version, records: [] });
    await patch({ paused: false });
    // The receiver starts: one 503 is not the end.
    world.site.answer = 503;
    await world.deliver(waits.connectionId);
    world.site.answer = 204;
    expect(world.site.taken.splice(0).map(({ id }) => id)).toEqual([waits.id]);
    expect((await list())[0]).toMatchObject({ id: waits.id, status: 'pending', attempts: 2 });
  });
});

describe('sending again', () => {
  it('by id sends the same message under the same name', async () => {
    const [, , target] = await list();
    if (target === undefined) return expect.fail('too few');
    const answer = await world.call('POST', `/deliveries/${target.id}/retry`);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ id: target.id, status: 'pending' });
    const audit = await world.call('GET', '/audit?limit=1', { key: KEYS.admin });
    expect(audit.body['items']).toMatchObject([{ on: { deliveryId: target.id }, outcome: 'done', status: 202 }]);
    expect((await list()).find(({ id }) => id === target.id)?.status).toBe('pending');
    await world.deliver(target.connectionId);
    expect(world.site.taken.splice(0).map(({ id, type }) => ({ id, type }))).toEqual([
      { id: target.id, type: 'sync.failed' },
    ]);
    expect((await list()).find(({ id }) => id === target.id)).toMatchObject({ status: 'delivered', attempts: 2 });
    await world.deliver(target.connectionId);
    expect(world.site.taken).toEqual([]);
    expect((await world.call('POST', `/deliveries/${target.id}/retry`, { key: KEYS.read })).status).toBe(403);
  });

  it('hurries one that is on its way', async () => {
    const [pending] = await list();
    if (pending === undefined) return expect.fail('there is none');
    expect((await world.call('POST', `/deliveries/${pending.id}/retry`)).status).toBe(202);
    expect((await world.app.queues.lengths())['deliveries']).toBeGreaterThan(0);
    await world.deliver(pending.connectionId);
    expect(world.site.taken.splice(0).map(({ id }) => id)).toEqual([pending.id]);
  });

  it('says so where the feed no longer keeps the change, and where the endpoint is paused', async () => {
    const [, one] = await list();
    if (one === undefined) return expect.fail('too few');
    const { app } = world;
    const read = app.store.readHead.bind(app.store);
    app.store.readHead = async (scope) => {
      const found = await read(scope);
      return found === null ? null : { ...found, head: { ...found.head, oldestSeq: one.seq + 1 } };
    };
    const expired = await world.call('POST', `/deliveries/${one.id}/retry`);
    app.store.readHead = read;
    expect(expired.body).toMatchObject({ status: 410, code: 'delivery_expired' });
    await world.call('PATCH', `/endpoints/${endpoint}`, { key: KEYS.admin, body: { paused: true } });
    const body = { since: '2026-01-05T00:00:00Z' };
    for (const [path, given] of [
      [`/deliveries/${one.id}/retry`, undefined],
      [`/endpoints/${endpoint}/replay`, body],
    ] as const)
      expect((await world.call('POST', path, { body: given })).body).toMatchObject({
        status: 409,
        code: 'endpoint_paused',
      });
  });

  it('by time takes what was sent then, narrowed by type, connection and status', async () => {
    const all = await list();
    const replay = async (body: object): Promise<string[]> => {
      const since = '2020-01-01T00:00:00+02:00';
      const answer = await world.call('POST', `/endpoints/${endpoint}/replay`, { body: { since, ...body } });
      expect(answer.status, answer.text).toBe(202);
      expect(answer.body['nextCursor']).toBeNull();
      for (const id of world.connections) await world.deliver(id);
      const ids = world.site.taken.splice(0).map(({ id }) => id);
      const sent = all.filter(({ id }) => ids.includes(id));
      expect(ids).toHaveLength(sent.length);
      expect(answer.body['queued']).toBe(sent.filter(({ status }) => status !== 'pending').length);
      return summary(sent);
    };
    // The one on its way is sent by the same job, and was not asked for.
    expect(await replay({ status: 'failed' })).toEqual(['1 sync.failed']);
    const done = await list();
    all.splice(0, all.length, ...done);
    expect(await replay({ types: ['connection.*'] })).toEqual(['1 connection.recovered', '0 connection.recovered']);
    expect(await replay({ connectionId: world.connections[0] })).toEqual(['0 sync.failed', '0 connection.recovered']);
    expect(await replay({ since: done[1]?.changedAt, until: done[0]?.changedAt })).toEqual(['1 connection.recovered']);
    expect(await replay({})).toEqual(summary(all));
    expect(await replay({ since: '0001-01-01T00:00:00Z' })).toEqual(summary(all));
  });

  it('by time covers the feeds at once: a request is not to last as long as all of them', async () => {
    const { due } = world.app;
    const add = due.addOwn.bind(due);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let begun = 0;
    due.addOwn = async (row) => {
      begun++;
      await promise;
      return add(row);
    };
    const answer = world.call('POST', `/endpoints/${endpoint}/replay`, { body: { since: '2020-01-01T00:00:00Z' } });
    try {
      await expect.poll(() => begun).toBe(world.connections.length);
    } finally {
      due.addOwn = add;
      resolve(undefined);
    }
    expect((await answer).status).toBe(202);
  });

  it('holds a replay to a time that can be read', async () => {
    const path = `/endpoints/${endpoint}/replay`;
    const wrong = await world.call('POST', path, { body: { since: 'yesterday', types: ['x'], cursor: 'y' } });
    expect(JSON.stringify(wrong.body['errors'])).toMatch(/body\.since[^]*body\.types/);
    expect((await world.call('POST', path, { body: {} })).body['errors']).toEqual([
      { path: 'body.since', message: 'is missing' },
    ]);
    const turned = { since: '2026-01-05T00:00:00Z', until: '2026-01-05T00:30:00+01:00' };
    expect((await world.call('POST', path, { body: turned })).body['errors']).toEqual([
      { path: 'body.until', message: 'must not be before since' },
    ]);
    const lost = await world.call('POST', path, { body: { since: '2026-01-05T00:00:00Z', cursor: 'nonsense' } });
    expect(lost.body['errors']).toEqual([{ path: 'body.cursor', message: 'is no cursor of this service' }]);
    const read = await world.call('POST', path, { key: KEYS.read, body: { since: '2026-01-05T00:00:00Z' } });
    expect(read.status).toBe(403);
  });
});
