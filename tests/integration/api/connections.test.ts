import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { docsPage } from '../../../shared/api/reference/docs-page.ts';
import { KEYS, openApiWorld, type ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
const ids: string[] = [];

beforeAll(async () => {
  world = await openApiWorld();
  for (const [userId, workspaceId] of [
    ['u-1', 'ws-1'],
    ['u-2', 'ws-2'],
    ['u-2', 'ws-3'],
  ]) {
    const made = await world.call('POST', '/connect-links', {
      body: { userId, workspaceId, domains: ['mail'], returnUrl: 'https://app.example.com/connected' },
    });
    const back = await world.follow(String(made.body['url']));
    ids.push(new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '');
  }
});
afterAll(() => world.close());

async function list(query: string, key: string = KEYS.read): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await world.call('GET', `/connections?limit=1${query}${more}`, { key });
    expect(status).toBe(200);
    found.push(
      ...z
        .array(z.object({ id: z.string() }))
        .parse(body['items'])
        .map((one) => one.id),
    );
    cursor = z.string().nullable().parse(body['nextCursor']);
  }
  return found.toSorted();
}

describe('connections', () => {
  it('are listed in pages, by user and by status', async () => {
    expect(await list('')).toEqual(ids.toSorted());
    expect(await list('&userId=u-2')).toEqual([ids[1], ids[2]].toSorted());
    expect(await list('&status=error')).toEqual([]);
    expect((await world.call('GET', '/connections?status=happy')).status).toBe(400);
  });

  it('show a confined key those of its workspaces alone', async () => {
    expect(await list('', KEYS.confined)).toEqual([ids[0]]);
    expect((await world.call('GET', `/connections/${ids[0] ?? ''}`, { key: KEYS.confined })).status).toBe(200);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/sync'],
      ['GET', '/changes'],
    ] as const) {
      const answer = await world.call(method, `/connections/${ids[1] ?? ''}${path}`, { key: KEYS.confined });
      expect(answer.status, `${method} ${path}`).toBe(404);
    }
  });

  it('take new settings, and plan anew', async () => {
    const path = `/connections/${ids[0] ?? ''}`;
    const wrong = await world.call('PATCH', path, { body: { settings: { mail: { folders: [] }, fax: {} } } });
    expect(wrong.status).toBe(400);
    expect(JSON.stringify(wrong.body['errors'])).toMatch(/settings\.mail\.folders[^]*settings\.fax/);
    const { status, body } = await world.call('PATCH', path, { body: { settings: { mail: { folders: 'all' } } } });
    expect(status).toBe(200);
    expect(body['settings']).toMatchObject({ mail: { folders: 'all' } });
  });

  it('are synced on demand, with what is asked for kept in the head', async () => {
    const path = `/connections/${ids[1] ?? ''}/sync`;
    const { status, body } = await world.call('POST', path, { body: { full: true } });
    expect(status).toBe(202);
    expect(body).toEqual({ connectionId: ids[1], domains: ['mail'] });
    const head = await world.app.store.readHead({ connectionId: ids[1] ?? '', domain: 'mail' });
    expect(head?.head.asked).toEqual({ full: true, approveDeletes: false });
    expect((await world.call('POST', path)).status).toBe(202);
    expect((await world.call('POST', path, { body: { domains: ['fax'] } })).status).toBe(400);
    expect((await world.call('POST', path, { body: {}, key: KEYS.read })).status).toBe(403);
  });

  it('leave with 202, and take no more work', async () => {
    const path = `/connections/${ids[2] ?? ''}`;
    expect((await world.call('DELETE', path)).status).toBe(202);
    expect((await world.call('DELETE', path)).status).toBe(202);
    expect((await world.call('GET', path)).body).toMatchObject({ status: 'disconnecting' });
    expect((await world.call('POST', `${path}/sync`)).status).toBe(409);
    expect((await world.call('PATCH', path, { body: { settings: {} } })).status).toBe(409);
    expect(await world.app.due.oldest('disconnect')).toMatchObject({ connectionId: ids[2] });
  });
});

describe('operations', () => {
  it('tells the health of each part, and 503 when one is down', async () => {
    const { status, body } = await world.call('GET', '/health/details', { key: KEYS.read });
    expect(status).toBe(200);
    expect(body['dependencies']).toMatchObject({
      tables: { status: 'ok' },
      queues: { status: 'ok' },
      vault: { status: 'ok' },
    });
    expect((await world.call('GET', '/health/details', { key: KEYS.confined })).status).toBe(403);
    await world.vault.close();
    const down = await world.call('GET', '/health/details', { key: KEYS.read });
    expect(down.status).toBe(503);
    expect(down.body['dependencies']).toMatchObject({ tables: { status: 'ok' }, vault: { status: 'failed' } });
  });

  it('counts at once where nothing was counted yet', async () => {
    const { status, body } = await world.call('GET', '/stats', { key: KEYS.read });
    expect(status).toBe(200);
    const at = z.iso.datetime().parse(body['at']);
    expect(body).toMatchObject({ at, tokens: { dead: 0, aging: 0 } });
  });

  it('describes itself in OpenAPI 3.1, and for people', async () => {
    const { status, body } = await world.call('GET', '/openapi.json', { key: KEYS.read });
    expect(status).toBe(200);
    expect(body['openapi']).toBe('3.1.0');
    const paths = Object.keys(z.record(z.string(), z.unknown()).parse(body['paths']));
    expect(paths).toEqual(
      expect.arrayContaining(['/api/connect-links', '/api/connections/{id}/messages/{messageId}', '/api/health']),
    );
    const show = docsPage(world.app);
    expect(show(new Request('http://x/api/docs')).status).toBe(401);
    const page = show(new Request('http://x/api/docs', { headers: { authorization: `Bearer ${KEYS.read}` } }));
    const html = await page.text();
    expect(page.status).toBe(200);
    for (const path of paths) expect(html).toContain(path);
    expect(html).not.toMatch(/https?:\/\/(?!app\.|127\.)/);
  });
});
