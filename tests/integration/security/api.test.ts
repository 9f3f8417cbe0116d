import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toCursor } from '../../../shared/api/paging.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { KEYS, openApiWorld, USER, type Answer, type ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
/** One connection of the workspace that a key is confined to, one of another, one of none. */
let own: string;
let foreign: string;
let free: string;
let foreignMessage: string;

beforeAll(async () => {
  world = await openApiWorld();
  own = await connect('ws-1');
  foreign = await connect('ws-2');
  free = await connect(null);
  await runSyncJob({ connectionId: foreign, domain: 'mail', why: 'manual', due: null }, world.app);
  const { body } = await get(`/connections/${foreign}/messages?limit=1`, KEYS.admin);
  foreignMessage = z.array(z.object({ id: z.string() })).parse(body['items'])[0]?.id ?? '';
  expect(foreignMessage).not.toBe('');
});
afterAll(() => world.close());

async function connect(workspaceId: string | null): Promise<string> {
  const made = await world.call('POST', '/connect-links', {
    body: { userId: 'user', workspaceId, domains: ['mail'], returnUrl: 'https://app.example.com/connected' },
  });
  const back = await world.follow(String(made.body['url']));
  return new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '';
}

const get = (path: string, key: string): Promise<Answer> => world.call('GET', path, { key });
const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a key that is confined to a workspace', () => {
  const paths = (id: string): [string, string, unknown?][] => [
    ['GET', `/connections/${id}`],
    ['PATCH', `/connections/${id}`, { settings: {} }],
    ['DELETE', `/connections/${id}`],
    ['POST', `/connections/${id}/sync`, {}],
    ['GET', `/connections/${id}/messages`],
    ['GET', `/connections/${id}/messages/${foreignMessage}`],
    ['GET', `/connections/${id}/messages/${foreignMessage}?include=body`],
    ['PATCH', `/connections/${id}/messages/${foreignMessage}`, { isRead: true }],
    ['GET', `/connections/${id}/labels`],
    ['GET', `/connections/${id}/folders`],
    ['GET', `/connections/${id}/changes`],
    ['GET', `/connections/${id}/changes?after=latest`],
  ];

  it('finds no connection of another workspace or of none, on any route', async () => {
    for (const id of [foreign, free]) {
      for (const [method, path, body] of paths(id)) {
        const answer = await world.call(method, path, { key: KEYS.confined, body });
        expect([method, path, answer.status, answer.body['code']]).toEqual([method, path, 404, 'connection_unknown']);
      }
    }
    expect((await get(`/connections/${foreign}`, KEYS.admin)).body['status']).toBe('connected');
  });

  it('is told the same as of a connection that nobody has', async () => {
    const hidden = await get(`/connections/${foreign}`, KEYS.confined);
    const absent = await get('/connections/absent', KEYS.confined);
    expect({ ...hidden.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' });
  });

  it('finds no message of another connection under its own', async () => {
    expect((await get(`/connections/${own}/messages/${foreignMessage}`, KEYS.confined)).status).toBe(404);
  });

  it('lists its own alone, with the cursor of another key too', async () => {
    for (const query of ['', '&userId=user', '&status=connected']) {
      let cursor: string | null = null;
      do {
        const more: string = cursor === null ? '' : `&cursor=${cursor}`;
        const confined = await get(`/connections?limit=1${query}${more}`, KEYS.confined);
        const ids = z.array(z.object({ id: z.string() })).parse(confined.body['items']);
        expect(ids.every(({ id }) => id === own)).toBe(true);
        const admin = await get(`/connections?limit=1${query}${more}`, KEYS.admin);
        cursor = z.string().nullable().parse(admin.body['nextCursor']);
      } while (cursor !== null);
    }
  });

  it('makes links for its own workspace alone, and sees no figures of all', async () => {
    for (const workspaceId of ['ws-2', 'WS-1', 'ws-1 ', null, undefined]) {
      const body = { userId: 'user', workspaceId, domains: ['mail'] };
      expect((await world.call('POST', '/connect-links', { key: KEYS.confined, body })).status).toBe(403);
    }
    expect((await get('/stats', KEYS.confined)).status).toBe(403);
    expect((await get('/health/details', KEYS.confined)).status).toBe(403);
  });

  it('reconnects nothing of another workspace by the same account and user', async () => {
    const again = await connect('ws-1');
    expect(again).toBe(own);
    const { connection } = (await world.app.connections.read(foreign)) ?? {};
    expect(connection?.workspaceId).toBe('ws-2');
  });
});

describe('a forged cursor', () => {
  const tokens = [text({ nextPartitionKey: 'connection|', nextRowKey: 'x' }), text(['x']), 'rubbish', '\u0000'];
  const forged = (): string[] => [
    '',
    'rubbish',
    '-5',
    '1e999',
    'NaN',
    text([]),
    text({}),
    text(['\u0000', null]),
    text(["' or PartitionKey ne '", null]),
    text(["subscription|' or ''='", null]),
    text(['index|z~', 7]),
    text(['record|', null]),
    text(['zzz', null]),
    ...tokens.map((token) => text(['', token])),
    ...tokens.map((token) => text(['index|f:', token])),
    'x'.repeat(1_400),
  ];

  it('is refused or leads nowhere, and never breaks the service', async () => {
    const filters = '[]';
    const lists: [string, string[]][] = [
      ['/connections', ['connections', '', '']],
      [`/connections?userId=user`, ['connections', 'user', '']],
      [`/connections/${own}/messages`, ['messages', own, filters]],
      [`/connections/${own}/folders`, ['folders', own]],
      [`/connections/${own}/labels`, ['labels', own]],
    ];
    for (const [path, name] of lists) {
      for (const after of forged()) {
        const cursor = encodeURIComponent(toCursor(name, after) ?? '');
        const answer = await get(`${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`, KEYS.confined);
        expect([path, after, answer.status], answer.text).toSatisfy(
          ([, , status]: unknown[]) => status === 200 || status === 400,
        );
        expect(answer.text).not.toContain(foreign);
        expect(answer.text).not.toContain(foreignMessage);
      }
    }
  });

  it('of the feed of another connection is refused: its numbers mean other rows', async () => {
    const { body } = await get(`/connections/${foreign}/changes`, KEYS.admin);
    const after = String(body['nextCursor']);
    expect((await get(`/connections/${own}/changes?after=${after}`, KEYS.confined)).status).toBe(400);
    expect((await get(`/connections/${foreign}/changes?after=${after}`, KEYS.admin)).status).toBe(200);
  });

  it('of the feed is a 400 whatever it holds', async () => {
    for (const held of [
      1,
      [],
      { mail: -1 },
      { mail: 1e300 },
      { mail: '1' },
      { __proto__: 1 },
      null,
      { of: 'x', at: {} },
    ])
      expect((await get(`/connections/${own}/changes?after=${text(held)}`, KEYS.confined)).status).toBe(400);
  });
});

describe('a filter', () => {
  const values = [
    "' or ''='",
    "x' or PartitionKey ne 'x",
    'constructor',
    '__proto__',
    'toString',
    '\u0000',
    '\ud800',
    '%',
    '/\\#?',
    '😀',
  ];

  it.each([
    ['folder', 404],
    ['label', 200],
    ['from', 200],
  ])('%s is a value and nothing else', async (name, status) => {
    for (const value of values) {
      const answer = await get(
        `/connections/${foreign}/messages?${name}=${encodeURIComponent(value.toWellFormed())}`,
        KEYS.read,
      );
      expect([value, answer.status], answer.text).toEqual([value, status]);
      expect(answer.body['items'] ?? []).toEqual([]);
    }
  });

  it('by user is a value and nothing else', async () => {
    for (const value of [...values, 'x'.repeat(200), '\u0000'.repeat(200)]) {
      const answer = await get(`/connections?userId=${encodeURIComponent(value.toWellFormed())}`, KEYS.read);
      expect([value, answer.status], answer.text).toEqual([value, 200]);
      expect(answer.body['items']).toEqual([]);
    }
  });

  it('given twice, or polluting, is no way round it', async () => {
    const odd = ['limit=1&limit=200', 'limit=0', 'limit=201', 'limit=1e9', 'limit=-1', 'limit=NaN', 'unread=1'];
    for (const query of [...odd, '__proto__=1', 'constructor=2', 'hasOwnProperty=3'])
      expect([query, (await get(`/connections/${own}/messages?${query}`, KEYS.read)).status]).toEqual([query, 400]);
  });
});

describe('logs and answers (P16)', () => {
  it('hold no key, token, address or cookie', async () => {
    const all = world.lines.join('\n');
    expect(all).not.toBe('');
    for (const secret of [USER.username, USER.password, ...Object.values(KEYS), 'local-secret', 'eyJ', 'Bearer '])
      expect(all).not.toContain(secret);
    const { text: shown } = await get(`/connections/${foreign}`, KEYS.admin);
    const row = await world.app.connections.read(foreign);
    expect(shown).not.toContain(row?.connection.secret?.name);
  });
});
