import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { KEYS, openApiWorld, type Answer, type ApiWorld } from '../../support/api-world.ts';
import { storedTexts } from '../../support/stored-texts.ts';
import { bodyOf, closeSites, open, startSite } from '../delivery/support.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld({ DELIVERY_ALLOW_PRIVATE_TARGETS: 'true' });
});
afterAll(() => world.close());
afterEach(closeSites);

const admin = { key: KEYS.admin };
const URL_ = 'https://app.example.com/hooks/outlook';
const made = z.object({ id: z.string(), secret: z.string().startsWith('whsec_') });

async function make(body: object = {}, key: string = KEYS.admin): Promise<{ id: string; secret: string }> {
  const answer = await world.call('POST', '/endpoints', { key, body: { url: URL_, ...body } });
  expect(answer.status, answer.text).toBe(201);
  return made.parse(answer.body);
}
const faults = ({ body }: Answer): string[] =>
  z
    .array(z.object({ path: z.string(), message: z.string() }))
    .parse(body['errors'])
    .map(({ path, message }) => `${path} ${message}`);
const ids = async (key: string): Promise<string[]> =>
  z
    .array(z.object({ id: z.string() }))
    .parse((await world.call('GET', '/endpoints', { key })).body['items'])
    .map(({ id }) => id);

describe('making an endpoint', () => {
  it('answers it with its secret, which is told no other time and lies in the vault alone', async () => {
    const { id, secret } = await make({ types: ['message.*', '*.conflict', 'sync.failed'], description: 'Inbox' });
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
    const { status, body, text } = await world.call('GET', `/endpoints/${id}`, { key: KEYS.read });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ id, url: URL_, types: ['message.*', '*.conflict', 'sync.failed'], description: 'Inbox', workspaceId: null },
      ...{ status: 'active', pausedReason: null, failures: 0, lastError: null },
    });
    expect(text).not.toContain('secret');
    expect(text).not.toContain('vault');
    for (const row of await storedTexts(world.azurite.connectionString)) expect(row).not.toContain(secret.slice(6));
    expect(world.lines.join()).not.toContain(secret.slice(6));
  });

  it('asks for a URL that something may be sent to, and for types that there are', async () => {
    const wrong = (body: object) => world.call('POST', '/endpoints', { ...admin, body });
    const answer = await wrong({ url: 'ftp://a', types: ['mesage.*', 'message', 'message.craeted'], secret: 'x' });
    expect(answer.status).toBe(400);
    expect(faults(answer).join('\n')).toMatch(
      /body\.types\.0 must begin with one of message, [^]*body\.types\.1 must be [^]*body\.types\.2 fits no type of the feed/,
    );
    expect(faults(answer).join('\n')).toMatch(/body\.secret is not known/);
    for (const [url, fault] of [
      ['ftp://a', /body\.url must be an https address/],
      ['https://169.254.169.254/', /body\.url is an address that is never a receiver/],
      ['https://user:pass@app.example.com/', /body\.url must not hold a user or a password/],
      ['http://app.example.com.:80/', null],
    ] as const) {
      const refused = await wrong({ url });
      if (fault === null) expect(refused.status, url).toBe(201);
      else expect(faults(refused).join(), url).toMatch(fault);
    }
    expect((await wrong({ url: URL_, types: [] })).status).toBe(400);
  });

  it('asks for the scope admin', async () => {
    for (const key of [KEYS.read, KEYS.write, KEYS.confined])
      expect((await world.call('POST', '/endpoints', { key, body: { url: URL_ } })).body).toMatchObject({
        status: 403,
        code: 'scope_missing',
      });
    const { id } = await make();
    for (const [method, path, body] of [
      ['PATCH', '', { paused: true }],
      ['DELETE', '', undefined],
      ['POST', '/rotate-secret', {}],
    ] as const)
      expect((await world.call(method, `/endpoints/${id}${path}`, { key: KEYS.write, body })).status).toBe(403);
  });

  it('is done once for an Idempotency-Key, and its repeat does not tell the secret again', async () => {
    const raw = { headers: { 'idempotency-key': 'make-1' } };
    const send = () => world.call('POST', '/endpoints', { ...admin, raw, body: { url: URL_, description: 'once' } });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body).toHaveProperty('secret');
    expect(second.body).toEqual(Object.fromEntries(Object.entries(first.body).filter(([name]) => name !== 'secret')));
    const all = await world.app.endpoints.list();
    expect(all.filter(({ endpoint }) => endpoint.description === 'once')).toHaveLength(1);
  });

  it('makes another one for a key that is used anew after its answer was forgotten', async () => {
    const send = (description: string) =>
      world.call('POST', '/endpoints', { ...admin, once: 'make-anew', body: { url: URL_, description } });
    const answers = [await send('first')];
    world.clock.move(25 * 3_600_000);
    answers.push(await send('second'));
    world.clock.move(25 * 3_600_000);
    answers.push(await send('second'));
    // Receivers of signed messages look at the real clock.
    world.clock.move(-50 * 3_600_000);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const told = answers.map(({ body }) => made.parse(body));
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
    expect(new Set(told.map(({ secret }) => secret)).size).toBe(3);
    expect(answers.map(({ body }) => body['description'])).toEqual(['first', 'second', 'second']);
  });

  it('ends at a hundred', async () => {
    const before = (await world.app.endpoints.list()).length;
    const [first] = await world.app.endpoints.list();
    if (first === undefined) return expect.fail('there is none');
    const extra = Array.from({ length: 100 - before }, (_, index) => ({ ...first.endpoint, id: `ep_extra-${index}` }));
    await Promise.all(extra.map((endpoint) => world.app.endpoints.create(endpoint)));
    const answer = await world.call('POST', '/endpoints', { ...admin, body: { url: URL_ } });
    expect(answer.body).toMatchObject({ status: 409, code: 'too_many_endpoints' });
    expect(String(answer.body['detail'])).toContain('100 endpoints in all');
    // One that is being deleted makes room at once.
    const last = await world.app.endpoints.read('ep_extra-0');
    if (last === null) return expect.fail('it is gone');
    const deletedAt = world.app.clock.now().toISOString();
    await world.app.endpoints.replace({ ...last.endpoint, deletedAt }, last.version);
    await make();
    await Promise.all(extra.map(({ id }) => world.app.endpoints.remove(id)));
  });

  it('ends at 25 for a workspace, and leaves the others their places', async () => {
    const own = { workspaceId: 'ws-full' };
    for (let count = 1; count <= 25; count++) await make(own);
    const answer = await world.call('POST', '/endpoints', { ...admin, body: { url: URL_, ...own } });
    expect(answer.body).toMatchObject({ status: 409, code: 'too_many_endpoints' });
    expect(String(answer.body['detail'])).toContain('workspace "ws-full" has 25');
    await make({ workspaceId: 'ws-other' });
    await make();
  });

  it('keeps the URL as everybody reads it', async () => {
    for (const [url, kept] of [
      ['https://app.example.com\\@127.0.0.1/', 'https://app.example.com/@127.0.0.1/'],
      ['\thttps://APP.example.com/a\r\nb', 'https://app.example.com/ab'],
    ]) {
      const { id } = await make({ url });
      expect((await world.call('GET', `/endpoints/${id}`)).body).toMatchObject({ url: kept });
      const patched = await world.call('PATCH', `/endpoints/${id}`, { ...admin, body: { url: `${url}/2` } });
      expect(patched.body).toMatchObject({ url: `${kept}/2` });
    }
  });
});

describe('a key that is confined to workspaces', () => {
  it('makes and sees endpoints of these alone, and none of all', async () => {
    const all = await make();
    const other = await make({ workspaceId: 'ws-2' });
    const own = await make({ workspaceId: 'ws-1' }, KEYS.confinedAdmin);
    const body = { url: URL_, workspaceId: 'ws-2' };
    expect((await world.call('POST', '/endpoints', { key: KEYS.confinedAdmin, body })).body).toMatchObject({
      ...{ status: 403, code: 'key_confined' },
    });
    // It has two: which one is meant must be said.
    const unsaid = await world.call('POST', '/endpoints', { key: KEYS.confinedAdmin, body: { url: URL_ } });
    expect(faults(unsaid)).toEqual(["body.workspaceId is missing: name one of the key's workspaces"]);
    expect(await ids(KEYS.confinedAdmin)).toEqual([own.id]);
    expect(await ids(KEYS.read)).toEqual(expect.arrayContaining([all.id, other.id, own.id]));
    for (const { id } of [all, other])
      for (const [method, path, given] of [
        ['GET', '', undefined],
        ['PATCH', '', { paused: true }],
        ['DELETE', '', undefined],
        ['POST', '/test', undefined],
        ['POST', '/rotate-secret', {}],
        ['POST', '/replay', { since: '2026-01-05T00:00:00Z' }],
      ] as const) {
        const answer = await world.call(method, `/endpoints/${id}${path}`, { key: KEYS.confinedAdmin, body: given });
        expect(answer.body, `${method} ${path}`).toMatchObject({ status: 404, code: 'endpoint_unknown' });
      }
    const listed = await world.call('GET', `/deliveries?endpointId=${all.id}`, { key: KEYS.confined });
    expect(listed.body).toMatchObject({ status: 404, code: 'endpoint_unknown' });
  });
});

it('are listed on pages of any length, the oldest first', async () => {
  const whole = await ids(KEYS.read);
  expect(whole.length).toBeGreaterThan(4);
  const paged: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await world.call('GET', `/endpoints?limit=2${more}`, { key: KEYS.read });
    expect(status).toBe(200);
    paged.push(
      ...z
        .array(z.object({ id: z.string() }))
        .parse(body['items'])
        .map(({ id }) => id),
    );
    cursor = z.string().nullable().parse(body['nextCursor']);
  }
  expect(paged).toEqual(whole);
});

describe('changing an endpoint', () => {
  it('changes what is given, and holds the URL to the same rules', async () => {
    const { id } = await make({ description: 'before' });
    const path = `/endpoints/${id}`;
    const { status, body } = await world.call('PATCH', path, { ...admin, body: { types: ['task.*'] } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ types: ['task.*'], description: 'before', url: URL_, status: 'active' });
    const bad = await world.call('PATCH', path, { ...admin, body: { url: 'https://0.0.0.0/' } });
    expect(faults(bad).join()).toMatch(/^body\.url is an address/);
    expect((await world.call('GET', path)).body).toMatchObject({ url: URL_ });
    expect(
      (await world.call('PATCH', path, { ...admin, body: { url: `${URL_}/2`, description: null } })).body,
    ).toMatchObject({
      ...{ url: `${URL_}/2`, description: null, types: ['task.*'] },
    });
  });

  it('pauses it, and resumes it whatever paused it, as if it had never failed', async () => {
    const { id } = await make();
    const patch = (body: object) => world.call('PATCH', `/endpoints/${id}`, { ...admin, body });
    expect((await patch({ paused: true })).body).toMatchObject({ status: 'paused', pausedReason: 'manual' });
    const found = await world.app.endpoints.read(id);
    if (found === null) return expect.fail('it is gone');
    const since = '2026-01-05T09:00:00.000Z';
    const failed = { failingSince: since, failures: 9, notBefore: '2999-01-01T00:00:00.000Z', lastError: 'timeout' };
    await world.app.endpoints.replace({ ...found.endpoint, pausedReason: 'failing', ...failed }, found.version);
    expect((await world.call('GET', `/endpoints/${id}`)).body).toMatchObject({
      ...{ pausedReason: 'failing', failingSince: since, failures: 9, lastError: 'timeout' },
    });
    expect((await patch({ paused: false })).body).toMatchObject({
      ...{ status: 'active', pausedReason: null, failures: 0, failingSince: null, nextAttemptAt: null },
    });
  });

  it('gives a new URL a start without the failures of the old one, and does not resume it', async () => {
    const { id } = await make();
    const found = await world.app.endpoints.read(id);
    if (found === null) return expect.fail('it is gone');
    const failed = { failures: 9, failingSince: '2026-01-05T09:00:00.000Z', notBefore: '2999-01-01T00:00:00.000Z' };
    await world.app.endpoints.replace(
      { ...found.endpoint, ...failed, status: 'paused', pausedReason: 'gone' },
      found.version,
    );
    const { body } = await world.call('PATCH', `/endpoints/${id}`, { ...admin, body: { url: `${URL_}/new` } });
    expect(body).toMatchObject({
      ...{ status: 'paused', pausedReason: 'gone', failures: 0, failingSince: null, nextAttemptAt: null },
    });
  });

  it('is done on top of what a delivery wrote meanwhile', async () => {
    const { id } = await make();
    const endpoints = world.app.endpoints;
    const read = endpoints.read.bind(endpoints);
    let meanwhile = 1;
    endpoints.read = async (wanted) => {
      const found = await read(wanted);
      if (found !== null && meanwhile-- > 0)
        await endpoints.replace({ ...found.endpoint, lastSuccessAt: '2026-01-05T10:00:00.000Z' }, found.version);
      return found;
    };
    const { body } = await world.call('PATCH', `/endpoints/${id}`, { ...admin, body: { types: ['contact.*'] } });
    endpoints.read = read;
    expect(body).toMatchObject({ types: ['contact.*'], lastSuccessAt: '2026-01-05T10:00:00.000Z' });
  });
});

describe('deleting an endpoint', () => {
  it('takes it out of sight at once', async () => {
    const { id } = await make();
    expect((await world.call('DELETE', `/endpoints/${id}`, admin)).status).toBe(204);
    expect((await world.call('GET', `/endpoints/${id}`)).status).toBe(404);
    expect(await ids(KEYS.read)).not.toContain(id);
    expect((await world.call('DELETE', `/endpoints/${id}`, admin)).body).toMatchObject({ code: 'endpoint_unknown' });
  });
});

describe('the test ping', () => {
  it('is signed, and answers what came back', async () => {
    const seen: { headers: Record<string, string>; body: string }[] = [];
    const site = await open(
      startSite((request, response) => {
        void bodyOf(request).then((body) => {
          const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
          seen.push({ headers: Object.fromEntries(headers), body });
          response.writeHead(seen.length === 1 ? 204 : 500).end('a secret of the receiver');
        });
      }),
    );
    const { id, secret } = await make({ url: `http://127.0.0.1:${site.port}/` });
    const answer = await world.call('POST', `/endpoints/${id}/test`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ delivered: true, status: 204, error: null });
    const [one] = seen;
    if (one === undefined) return expect.fail('nothing came');
    expect(new Webhook(secret).verify(one.body, one.headers)).toMatchObject({
      ...{ type: 'endpoint.test', data: { endpointId: id } },
    });
    expect(one.headers['webhook-id']).toBe(answer.body['webhookId']);
    const failed = await world.call('POST', `/endpoints/${id}/test`);
    expect(failed.body).toMatchObject({ delivered: false, status: 500, error: 'status_500: answered 500' });
    expect(failed.text).not.toContain('a secret of the receiver');
    expect((await world.call('GET', `/endpoints/${id}`)).body).toMatchObject({ failures: 0, lastError: null });
  });
});
