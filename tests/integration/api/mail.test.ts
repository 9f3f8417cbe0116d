import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { KEYS, openApiWorld, type Answer, type ApiWorld } from '../../support/api-world.ts';

const message = z.object({
  id: z.string(),
  graphId: z.string(),
  folderId: z.string(),
  subject: z.string(),
  from: z.object({ address: z.string(), name: z.string() }).nullable(),
  receivedAt: z.string(),
  isRead: z.boolean(),
  flag: z.string(),
  categories: z.array(z.string()),
  labels: z.array(z.string()),
});
type Message = z.output<typeof message>;
const folder = z.object({
  id: z.string(),
  wellKnownName: z.string().nullable(),
  synced: z.boolean(),
  name: z.string(),
});
const change = z.looseObject({ seq: z.number(), type: z.string(), domain: z.string(), id: z.string().nullable() });

let world: ApiWorld;
let id: string;

beforeAll(async () => {
  world = await openApiWorld();
  const made = await world.call('POST', '/connect-links', {
    body: { userId: 'u', workspaceId: 'ws-2', domains: ['mail'], returnUrl: 'https://app.example.com/connected' },
  });
  const back = await world.follow(String(made.body['url']));
  id = new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '';
  await sync();
});
afterAll(() => world.close());

async function sync(): Promise<void> {
  await runSyncJob({ connectionId: id, domain: 'mail', why: 'manual', due: null }, world.app);
}

const get = (path: string, key: string = KEYS.read): Promise<Answer> =>
  world.call('GET', `/connections/${id}${path}`, { key });

async function list(query = ''): Promise<Message[]> {
  const all: Message[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await get(`/messages?limit=7${query}${more}`);
    expect(status).toBe(200);
    all.push(...z.array(message).parse(body['items']));
    cursor = z.string().nullable().parse(body['nextCursor']);
  }
  return all;
}

async function folders(): Promise<z.output<typeof folder>[]> {
  const { status, body } = await get('/folders?limit=200');
  expect(status).toBe(200);
  return z.array(folder).parse(body['items']);
}

describe('messages', () => {
  it('come newest first, each once', async () => {
    const all = await list();
    expect(all.length).toBeGreaterThan(10);
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
    const times = all.map((one) => one.receivedAt);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('are filtered by folder, label, read state, sender and time', async () => {
    const all = await list();
    const inbox = (await folders()).find((one) => one.wellKnownName === 'inbox');
    const sorted = (messages: readonly Message[]): string[] => messages.map((one) => one.id).toSorted();
    const expectFilter = async (query: string, keep: (one: Message) => boolean): Promise<void> => {
      expect(sorted(await list(query)), query).toEqual(sorted(all.filter(keep)));
    };
    await expectFilter('&folder=inbox', (one) => one.folderId === inbox?.id);
    await expectFilter(`&folder=${encodeURIComponent(inbox?.id ?? '')}`, (one) => one.folderId === inbox?.id);
    await expectFilter('&label=UNREAD', (one) => !one.isRead);
    await expectFilter('&unread=true', (one) => !one.isRead);
    await expectFilter('&unread=false', (one) => one.isRead);
    const sender = all[3]?.from?.address ?? '';
    await expectFilter(`&from=${encodeURIComponent(sender.toUpperCase())}`, (one) => one.from?.address === sender);
    const middle = all[Math.floor(all.length / 2)]?.receivedAt ?? '';
    await expectFilter(`&since=${middle}`, (one) => one.receivedAt >= middle);
    await expectFilter(`&until=${middle}`, (one) => one.receivedAt < middle);
  });

  it('are 404 of a folder that is not there, and none of one that is empty, not synced, or not made yet', async () => {
    const unknown = await get('/messages?folder=inboks');
    expect({ status: unknown.status, code: unknown.body['code'] }).toEqual({ status: 404, code: 'folder_unknown' });
    const unsynced = (await folders()).find((one) => !one.synced);
    expect(await list(`&folder=${encodeURIComponent(unsynced?.id ?? '')}`)).toEqual([]);
    expect(await list('&folder=ConversationHistory')).toEqual([]);
    expect(await list('&folder=inbox&since=2099-01-01T00:00:00Z')).toEqual([]);
  });

  it('cannot be of a time that ends before it begins', async () => {
    const { body } = await get('/messages?since=2026-01-05T10:00:00Z&until=2026-01-05T10:59:59%2B01:00');
    expect(body['errors']).toEqual([{ path: 'query.until', message: 'must not be before since' }]);
  });

  it('take the cursor of their own list alone', async () => {
    const { body } = await get('/messages?limit=2');
    const cursor = String(body['nextCursor']);
    expect((await get(`/messages?limit=2&unread=true&cursor=${cursor}`)).status).toBe(400);
    expect((await get('/messages?cursor=zzz')).status).toBe(400);
  });

  it('show their body on demand, and keep it nowhere', async () => {
    const [first] = await list();
    const path = `/messages/${first?.id ?? ''}`;
    expect((await get(path)).body).not.toHaveProperty('body');
    const { status, body } = await get(`${path}?include=body`);
    expect(status).toBe(200);
    expect(z.object({ contentType: z.string(), content: z.string() }).parse(body['body']).contentType).toMatch(
      /html|text/i,
    );
    expect((await get('/messages?include=body')).status).toBe(400);
  });

  it('say 503 with Retry-After for a body while the mailbox is busy', async () => {
    const [first] = await list();
    const found = await world.app.connections.read(id);
    if (found === null) throw new Error('no connection');
    const held = await world.app.slots.take(found.connection.account, 4);
    if (held.outcome !== 'held') throw new Error('no slots');
    const { status, headers, body } = await get(`/messages/${first?.id ?? ''}?include=body`);
    await held.lease.release();
    expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'mailbox_busy' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('are 404 when unknown, and behind another workspace', async () => {
    expect((await get('/messages/nope')).status).toBe(404);
    expect((await world.call('GET', '/connections/nope/messages')).status).toBe(404);
    expect((await get('/messages', KEYS.confined)).status).toBe(404);
  });
});

describe('folders and labels', () => {
  it('names well-known folders and says which are synced', async () => {
    const all = await folders();
    const synced = all.filter((one) => one.synced).map((one) => one.wellKnownName);
    expect(synced.toSorted()).toEqual(['inbox', 'sentitems']);
  });

  it('lists the standing labels first', async () => {
    const { status, body } = await get('/labels');
    expect(status).toBe(200);
    const items = z.array(z.object({ id: z.string(), kind: z.string() })).parse(body['items']);
    expect(items.slice(0, 4).map((one) => one.id)).toEqual(['INBOX', 'SENT', 'UNREAD', 'FLAGGED']);
  });
});

describe('PATCH of a message', () => {
  it('stands at once, in lists and in the feed, and is on its way', async () => {
    const bookmark = String((await get('/changes?after=latest')).body['nextCursor']);
    const [first] = await list();
    const before = (await world.app.queues.lengths())['push-jobs'] ?? 0;
    const { status, body } = await world.call('PATCH', `/connections/${id}/messages/${first?.id ?? ''}`, {
      body: { isRead: !(first?.isRead ?? false), flag: 'flagged', categories: ['Blue', 'Blue'], folder: 'sentitems' },
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: first?.id,
      isRead: !(first?.isRead ?? false),
      flag: 'flagged',
      categories: ['Blue'],
    });
    expect(body['labels']).toEqual(expect.arrayContaining(['SENT', 'FLAGGED', 'Blue']));
    expect((await list()).find((one) => one.id === first?.id)).toMatchObject({ flag: 'flagged', categories: ['Blue'] });
    const feed = z.array(change).parse((await get(`/changes?after=${bookmark}`)).body['items']);
    expect(feed).toHaveLength(1);
    expect(feed[0]).toMatchObject({ domain: 'mail', id: first?.id, cause: 'own-write' });
    expect((await world.app.queues.lengths())['push-jobs']).toBe(before + 1);
    expect(await world.app.due.oldest('mail.push')).toMatchObject({ connectionId: id });
  });

  it('sends nothing when nothing changes', async () => {
    const [, second] = await list();
    const before = (await world.app.queues.lengths())['push-jobs'] ?? 0;
    const answer = await world.call('PATCH', `/connections/${id}/messages/${second?.id ?? ''}`, {
      body: { isRead: second?.isRead },
    });
    expect(answer.status).toBe(200);
    expect((await world.app.queues.lengths())['push-jobs'] ?? 0).toBe(before);
  });

  it('lists every fault', async () => {
    const [first] = await list();
    const path = `/connections/${id}/messages/${first?.id ?? ''}`;
    const { status, body } = await world.call('PATCH', path, { body: { isRead: 'yes', flag: 'red', subject: 'x' } });
    expect(status).toBe(400);
    for (const place of ['body.isRead', 'body.flag', 'body.subject'])
      expect(JSON.stringify(body['errors'])).toContain(place);
    expect((await world.call('PATCH', path, { body: {} })).status).toBe(400);
    expect((await world.call('PATCH', path, { body: { folder: 'no-such-folder' } })).status).toBe(400);
    expect((await world.call('PATCH', path, { body: { isRead: true }, key: KEYS.read })).status).toBe(403);
    expect((await world.call('PATCH', `/connections/${id}/messages/nope`, { body: { isRead: true } })).status).toBe(
      404,
    );
  });
});

describe('the feed', () => {
  it('tells the baseline once, and is read page by page over all domains', async () => {
    const seen: z.output<typeof change>[] = [];
    let after = '';
    for (;;) {
      const { status, body } = await get(`/changes?limit=1${after === '' ? '' : `&after=${after}`}`);
      expect(status).toBe(200);
      const items = z.array(change).parse(body['items']);
      after = z.string().parse(body['nextCursor']);
      if (items.length === 0) break;
      seen.push(...items);
    }
    expect(seen.filter((row) => row.type === 'sync.baseline_completed')).toHaveLength(1);
    expect(seen.filter((row) => row.type === 'connection.connected')).toHaveLength(1);
    for (const domain of ['mail', 'connection']) {
      const numbers = seen.filter((row) => row.domain === domain).map((row) => row.seq);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }
    const again = await get(`/changes?after=${after}`);
    expect(again.body).toEqual({ items: [], nextCursor: after });
  });

  it('is read by domain, and refuses what is no cursor and no domain', async () => {
    const { body } = await get('/changes?domain=connection');
    expect(
      z
        .array(change)
        .parse(body['items'])
        .map((row) => row.type),
    ).toEqual(['connection.connected']);
    expect((await get('/changes?after=zzz')).status).toBe(400);
    expect((await get('/changes?domain=fax')).status).toBe(400);
  });

  it('answers 410 for a cursor older than the retention', async () => {
    const scope = { connectionId: id, domain: 'mail' };
    const found = await world.app.store.readHead(scope);
    if (found === null) throw new Error('no head');
    const start = String((await get('/changes?domain=mail&limit=1')).body['nextCursor']);
    await world.app.appendChanges(scope, [
      { type: 'message.updated', id: 'x', graphId: null, cause: 'poll', changed: [], before: null, after: null },
    ]);
    const latest = await world.app.store.readHead(scope);
    if (latest === null) throw new Error('no head');
    const commitId = world.app.random.token();
    const head = {
      ...latest.head,
      oldestSeq: latest.head.lastSeq,
      commits: [...latest.head.commits, commitId].slice(-8),
    };
    await world.app.store.commit(scope, { version: latest.version, head, commitId, writes: [] });
    await world.app.store.dropChanges(scope, head.oldestSeq);

    const { status, body } = await get(`/changes?domain=mail&after=${start}`);
    expect({ status, code: body['code'] }).toEqual({ status: 410, code: 'cursor_too_old' });
    expect(z.array(change).parse((await get('/changes?domain=mail')).body['items'])).toHaveLength(1);
  });
});

describe('the folders that are synced', () => {
  const patch = (chosen: readonly string[]): Promise<Answer> =>
    world.call('PATCH', `/connections/${id}`, { body: { settings: { mail: { folders: chosen } } } });

  it('are refused where the mailbox does not list one, and known by their well-known names in any case', async () => {
    const [own] = (await folders()).filter((one) => one.wellKnownName === null);
    const refused = await patch(['inbox', 'inbocks', own?.id ?? '']);
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'body.settings.mail.folders.1' }] } });
    const taken = await patch(['INBOX', 'Archive', own?.id ?? '']);
    expect(taken.status).toBe(200);
    expect(taken.body).toMatchObject({
      settings: { mail: { folders: ['inbox', 'archive', own?.id] } },
      warnings: [],
    });
  });

  it('are warned of where one went, or was named before the folders were known', async () => {
    const { connection, version } = (await world.app.connections.read(id)) ?? expect.fail('no connection');
    const settings = { ...connection.settings, mail: { source: 'graph', folders: ['inbox', 'gone'] } };
    await world.app.connections.replace({ ...connection, settings }, version);
    expect((await get('')).body['warnings']).toEqual(['unlisted:settings.mail.folders.1']);
  });
});
