import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { documentFaults } from '../../support/api-contract.ts';
import { KEYS } from '../../support/stack-shapes.ts';
import { StackWorld } from '../../support/stack-world.ts';

const identified = z.object({ id: z.string() });
const list = z.object({ items: z.array(identified), nextCursor: z.string().nullable() });

let world: StackWorld;
let open = '';
let confined = '';
beforeAll(async () => {
  world = await StackWorld.start();
  open = await world.connect(await world.user('open', { messages: 3 }), { userId: 'open' });
  confined = await world.connect(await world.user('confined', { messages: 3 }), {
    userId: 'confined',
    workspaceId: 'ws-1',
  });
});
afterAll(() => world.close());

const link = { userId: 'u', workspaceId: 'ws-1', domains: ['mail'] };

describe('an API key', () => {
  it.each([
    '/connections',
    '/health/details',
    '/stats',
    '/openapi.json',
    '/connections/x/messages',
    '/connections/x/changes',
  ])('is asked for at %s', async (path) => {
    expect(await world.refused('GET', path, { key: null })).toMatchObject({ status: 401, code: 'key_missing' });
    expect(await world.refused('GET', path, { key: 'guessed' })).toMatchObject({ status: 401, code: 'key_unknown' });
    const answer = await world.call('GET', path, {
      key: null,
      raw: { headers: { authorization: `Basic ${KEYS.admin}` } },
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('that may read reads, and writes nothing', async () => {
    const key = KEYS.read;
    expect((await world.call('GET', '/connections', { key })).status).toBe(200);
    const messages = list.parse((await world.call('GET', `/connections/${open}/messages`, { key })).json);
    const message = messages.items[0]?.id ?? '';
    const writes: [string, string, unknown][] = [
      ['POST', '/connect-links', link],
      ['PATCH', `/connections/${open}`, { settings: {} }],
      ['DELETE', `/connections/${open}`, undefined],
      ['POST', `/connections/${open}/sync`, {}],
      ['PATCH', `/connections/${open}/messages/${message}`, { isRead: true }],
    ];
    for (const [method, path, body] of writes)
      expect(await world.refused(method, path, { key, body })).toMatchObject({ status: 403, code: 'scope_missing' });
    expect((await world.call('POST', '/connect-links', { key: KEYS.write, body: link })).status).toBe(201);
  });

  it('that is confined to a workspace sees that one alone', async () => {
    const key = KEYS.confined;
    const seen = list.parse((await world.call('GET', '/connections', { key })).json);
    expect(seen.items.map((one) => one.id)).toEqual([confined]);
    expect(list.parse((await world.call('GET', '/connections?userId=open', { key })).json).items).toEqual([]);
    expect((await world.call('GET', `/connections/${confined}/messages`, { key })).status).toBe(200);
    for (const path of ['', '/messages', '/messages/x', '/folders', '/labels', '/changes'])
      expect(await world.refused('GET', `/connections/${open}${path}`, { key })).toEqual(
        await world.refused('GET', `/connections/unknown${path}`, { key }),
      );
    expect(await world.refused('DELETE', `/connections/${open}`, { key })).toMatchObject({ status: 404 });
    expect(await world.refused('POST', `/connections/${open}/sync`, { key, body: {} })).toMatchObject({ status: 404 });
    expect((await world.call('POST', '/connect-links', { key, body: link })).status).toBe(201);
    for (const workspaceId of ['ws-2', null])
      expect(await world.refused('POST', '/connect-links', { key, body: { ...link, workspaceId } })).toMatchObject({
        status: 403,
        code: 'key_confined',
      });
    for (const path of ['/health/details', '/stats'])
      expect(await world.refused('GET', path, { key })).toMatchObject({ status: 403 });
  });
});

describe('a request', () => {
  it('of a method that its path does not take is 405, and says which it takes', async () => {
    const answer = await world.call('PUT', '/connections');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    const one = await world.call('POST', `/connections/${open}`, { body: {} });
    expect([one.status, one.headers.get('allow')?.split(', ').toSorted()]).toEqual([405, ['DELETE', 'GET', 'PATCH']]);
    for (const [method, path] of [
      ['GET', '/connect-links'],
      ['DELETE', '/stats'],
      ['POST', '/health'],
      ['POST', '/docs'],
    ] as const)
      expect(await world.refused(method, path)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  it('to nowhere is 404', async () => {
    expect((await fetch(`${world.stack.api}/nothing`)).status).toBe(404);
    expect(await world.refused('GET', `/connections/${open}/messages/x/y`)).toMatchObject({
      status: 404,
      code: 'route_unknown',
    });
    expect(await world.refused('GET', '/connections/unknown')).toMatchObject({
      status: 404,
      code: 'connection_unknown',
    });
    expect(await world.refused('GET', `/connections/${'x'.repeat(65)}`)).toMatchObject({
      status: 400,
      at: ['path.id'],
    });
  });

  it('is held to its description, every fault at once', async () => {
    const path = '/connect-links';
    expect(
      await world.refused('POST', path, { body: { userId: '', domains: [], loginHint: 5, colour: 1 } }),
    ).toMatchObject({
      status: 400,
      at: ['body.userId', 'body.domains', 'body.loginHint', 'body.colour'],
    });
    expect(await world.refused('POST', path)).toMatchObject({ status: 400, at: ['body.userId', 'body.domains'] });
    const raw = (type: string, body: string) => ({ raw: { body, headers: { 'content-type': type } } });
    expect(await world.refused('POST', path, raw('application/json', '{'))).toMatchObject({
      status: 400,
      code: 'json_malformed',
    });
    expect(await world.refused('POST', path, raw('text/plain', '{}'))).toMatchObject({
      status: 415,
      code: 'media_type',
    });
    expect(await world.refused('POST', path, raw('application/x-www-form-urlencoded', 'userId=u'))).toMatchObject({
      status: 415,
    });
    expect((await world.call('POST', path, raw('application/json; charset=utf-8', JSON.stringify(link)))).status).toBe(
      201,
    );
    expect(await world.refused('POST', path, { body: { ...link, userId: 'x'.repeat(1_100_000) } })).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
    expect(await world.refused('GET', '/connections?limit=0&limit=5')).toMatchObject({
      status: 400,
      at: ['query.limit'],
    });
  });

  it('may end in a slash', async () => {
    expect((await world.call('GET', '/connections/')).status).toBe(200);
    expect((await world.call('GET', `/connections/${open}/messages/`)).status).toBe(200);
  });
});

describe('the state of the service', () => {
  it('is alive without a key', async () => {
    const answer = await world.call('GET', '/health', { key: null });
    expect([answer.status, answer.json]).toEqual([200, { status: 'healthy' }]);
  });

  it('is told in full to who has a key', async () => {
    const details = z.object({
      status: z.string(),
      dependencies: z.record(z.string(), z.object({ status: z.string() })),
      queues: z.record(z.string(), z.number()),
    });
    const read = await world.get(details, '/health/details');
    expect(Object.keys(read.dependencies)).toEqual(['tables', 'queues', 'vault']);
    expect(new Set(Object.values(read.dependencies).map((one) => one.status))).toEqual(new Set(['ok']));
    expect(Object.keys(read.queues)).toEqual(
      expect.arrayContaining(['sync-jobs', 'push-jobs', 'dispatch', 'sync-jobs-poison']),
    );
    expect(read.status).not.toBe('unhealthy');
  });

  it('is counted by its timer', async () => {
    const figures = z.object({
      at: z.string().nullable(),
      connections: z.record(z.string(), z.number()),
      domains: z.record(z.string(), z.number()),
    });
    await world.run('statistics');
    const found = await until('figures', async () => {
      const read = await world.get(figures, '/stats');
      return read.at === null ? null : read;
    }, 10_000); // prettier-ignore
    expect(found.connections).toMatchObject({ connected: 2 });
    expect(found.domains).toMatchObject({ 'mail.ok': 2 });
  });
});

describe('the description of the API', () => {
  it('is a right OpenAPI 3.1 document', () => {
    expect(world.document.openapi).toMatch(/^3\.1\./);
    expect(documentFaults(world.document)).toEqual([]);
  });

  it('knows every route of the contract that there is', () => {
    const routes = Object.entries(world.document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace('/api', '')}`),
    );
    expect(routes).toEqual(
      expect.arrayContaining([
        'POST /connect-links',
        'GET /oauth/microsoft/login',
        'GET /oauth/microsoft/callback',
        'GET /connections',
        'GET /connections/{id}',
        'PATCH /connections/{id}',
        'DELETE /connections/{id}',
        'POST /connections/{id}/sync',
        'GET /connections/{id}/messages',
        'GET /connections/{id}/messages/{messageId}',
        'PATCH /connections/{id}/messages/{messageId}',
        'GET /connections/{id}/labels',
        'GET /connections/{id}/folders',
        'GET /connections/{id}/changes',
        'GET /health',
        'GET /health/details',
        'GET /stats',
        'GET /openapi.json',
      ]),
    );
  });

  it('is shown as a page to who has a key', async () => {
    const read = async (headers: Record<string, string>): Promise<string> => {
      const page = await fetch(`${world.stack.api}/docs`, { headers });
      expect(page.status).toBe('authorization' in headers ? 200 : 401);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      return page.text();
    };
    expect(await read({ authorization: `Bearer ${KEYS.read}` })).toContain('/connections/{id}/changes');
    expect(await read({})).not.toContain('/connections/{id}/changes');
  });
});
