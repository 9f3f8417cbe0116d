import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { apiMessage, differences } from '../../../infra/local/demo/compare.ts';
import { readTruth } from '../../../infra/local/demo/mailbox.ts';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { StackWorld, type User } from '../../support/stack-world.ts';
import { storedTexts } from '../../support/stored-texts.ts';

/** Its beginning is the preview, which is stored. */
const SECRET_BODY = `${'A long beginning. '.repeat(30)}The body that must never be stored: Überraschung 🎁 zwölf`;

const message = z.looseObject({
  ...apiMessage.shape,
  sentAt: z.string().nullable(),
  webLink: z.string().nullable(),
  source: z.string(),
});
type Message = z.output<typeof message>;
const pageOf = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });
const folder = z.strictObject({
  id: z.string(),
  name: z.string(),
  wellKnownName: z.string().nullable(),
  parentId: z.string().nullable(),
  totalCount: z.number().nullable(),
  unreadCount: z.number().nullable(),
  synced: z.boolean(),
});

let world: StackWorld;
let ada: User;
let id = '';
let known: Record<'plain' | 'unread' | 'flagged' | 'tagged' | 'archived' | 'secret', string>;

beforeAll(async () => {
  world = await StackWorld.start();
  ada = await world.user('ada', { messages: 230, folders: 5 });
  const make = (fields: Record<string, unknown>): Promise<string> => world.arrive(ada, { isRead: true, ...fields });
  known = {
    plain: await make({
      subject: 'Plain',
      from: 'Erika Muster <erika@fabrikam.example>',
      receivedDateTime: '2021-05-01T10:00:00Z',
    }),
    unread: await make({ subject: 'Unread', isRead: false, receivedDateTime: '2021-05-02T10:00:00Z' }),
    flagged: await make({
      subject: 'Flagged',
      flag: { flagStatus: 'flagged' },
      receivedDateTime: '2021-05-03T10:00:00Z',
    }),
    tagged: await make({ subject: 'Tagged', categories: ['Red category'], receivedDateTime: '2021-05-04T10:00:00Z' }),
    archived: await make({ subject: 'Archived', folder: 'archive', receivedDateTime: '2021-05-05T10:00:00Z' }),
    secret: await make({ subject: 'Secret', body: SECRET_BODY, contentType: 'text' }),
  };
  id = await world.connect(ada, { workspaceId: 'ws-1' });
});
afterAll(() => world.close());

async function all<T>(item: z.ZodType<T>, path: string, limit: number): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const glue = path.includes('?') ? '&' : '?';
    const next: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: T[]; nextCursor: string | null } = await world.get(
      pageOf(item),
      `/connections/${id}${path}${glue}limit=${limit}${next}`,
    );
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
const list = (query = '', limit = 200): Promise<Message[]> => all(message, `/messages${query}`, limit);
const subjects = async (query: string): Promise<string[]> => (await list(query)).map((one) => one.subject);
const truth = async () => readTruth(world.stack.control, ada.upn);
const folderOf = async (name: string) =>
  (await all(folder, '/folders', 200)).find((one) => one.wellKnownName === name) ?? expect.fail(name);
async function ours(graphId: string): Promise<Message> {
  return (await list()).find((one) => one.graphId === graphId) ?? expect.fail('it is not listed');
}
const patch = (of: Message, fields: unknown): Promise<Message> =>
  world.send(message, 'PATCH', `/connections/${id}/messages/${of.id}`, fields);

describe('the list of messages', () => {
  it('equals the tenant, newest first, whatever the page size', async () => {
    const listed = await list();
    const synced = new Set((await all(folder, '/folders', 200)).filter((one) => one.synced).map((one) => one.id));
    const wanted = (await truth()).messages.filter((one) => synced.has(one.parentFolderId));
    expect(differences(wanted, listed)).toEqual([]);
    expect(listed.length).toBeGreaterThan(150);
    const times = listed.map((one) => Date.parse(one.receivedAt ?? ''));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const ids = listed.map((one) => one.id);
    for (const limit of [7, 64, 199]) expect((await list('', limit)).map((one) => one.id)).toEqual(ids);
    expect((await list('?since=2021-01-01T00:00:00Z&until=2022-01-01T00:00:00Z', 1)).map((one) => one.graphId)).toEqual(
      [known.archived, known.tagged, known.flagged, known.unread, known.plain],
    );
  });

  it('has fifty on a page by default', async () => {
    const page = await world.get(pageOf(message), `/connections/${id}/messages`);
    expect(page.items).toHaveLength(50);
    expect(page.nextCursor).not.toBeNull();
  });

  it('is filtered by folder, by id and by name', async () => {
    const archive = await folderOf('archive');
    const byName = await list('?folder=archive');
    expect(byName.map((one) => one.graphId)).toContain(known.archived);
    expect(new Set(byName.map((one) => one.folderId))).toEqual(new Set([archive.id]));
    expect(await list(`?folder=${encodeURIComponent(archive.id)}`, 3)).toEqual(byName);
    expect(await list('?folder=Archive')).toEqual(byName);
    expect(await list('?folder=no-such-folder')).toEqual([]);
  });

  it('is filtered by label', async () => {
    const [inbox, sent] = [await folderOf('inbox'), await folderOf('sentitems')];
    const every = await list();
    const where = (keep: (one: Message) => boolean): string[] => every.filter(keep).map((one) => one.id);
    const ids = async (label: string): Promise<string[]> =>
      (await list(`?label=${encodeURIComponent(label)}`, 40)).map((one) => one.id);
    expect(await ids('INBOX')).toEqual(where((one) => one.folderId === inbox.id));
    expect(await ids('SENT')).toEqual(where((one) => one.folderId === sent.id));
    expect(await ids('UNREAD')).toEqual(where((one) => !one.isRead));
    expect(await ids('FLAGGED')).toEqual(where((one) => one.flag === 'flagged'));
    expect(await ids('Red category')).toEqual(where((one) => one.categories.includes('Red category')));
    expect(await ids('No such label')).toEqual([]);
    expect((await ours(known.tagged)).labels).toEqual(['INBOX', 'Red category']);
    expect((await ours(known.unread)).labels).toEqual(['INBOX', 'UNREAD']);
  });

  it('is filtered by read state, sender and time, and by all of them at once', async () => {
    const year = 'since=2021-01-01T00:00:00Z&until=2022-01-01T00:00:00Z';
    expect(await subjects(`?${year}&unread=true`)).toEqual(['Unread']);
    expect(await subjects(`?${year}&unread=false`)).toEqual(['Archived', 'Tagged', 'Flagged', 'Plain']);
    expect(await subjects('?from=erika@fabrikam.example')).toEqual(['Plain']);
    expect(await subjects('?from=ERIKA@FABRIKAM.example')).toEqual(['Plain']);
    // From: inclusive. Until: exclusive. Any offset is read.
    expect(await subjects('?since=2021-05-03T10:00:00Z&until=2021-05-05T10:00:00Z')).toEqual(['Tagged', 'Flagged']);
    expect(
      await subjects(`?since=${encodeURIComponent('2021-05-03T12:00:00+02:00')}&until=2021-05-04T10:00:00Z`),
    ).toEqual(['Flagged']);
    expect(await subjects(`?${year}&folder=inbox&label=FLAGGED&unread=false`)).toEqual(['Flagged']);
    expect(await subjects(`?${year}&folder=archive&label=FLAGGED`)).toEqual([]);
  });

  it('goes on where it was while mail arrives: nothing twice, nothing missed', async () => {
    const before = (await list()).map((one) => one.id);
    const feed = await FeedReader.latest(world, id);
    const first = await world.get(pageOf(message), `/connections/${id}/messages?limit=20`);
    const arrived = await world.arrive(ada, { subject: 'Meanwhile' });
    await feed.until('message.created', arrived);
    const items = [...first.items];
    for (let cursor = first.nextCursor; cursor !== null;) {
      const page: z.output<ReturnType<typeof pageOf<Message>>> = await world.get(
        pageOf(message),
        `/connections/${id}/messages?limit=20&cursor=${encodeURIComponent(cursor)}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(items.map((one) => one.id)).toEqual(before);
    expect((await list('', 5))[0]?.graphId).toBe(arrived);
  });

  it('refuses what it does not understand, with every fault', async () => {
    const path = `/connections/${id}/messages`;
    expect(
      await world.refused(
        'GET',
        `${path}?limit=0&unread=maybe&since=yesterday&until=2021-13-01T00:00:00Z&include=body`,
      ),
    ).toEqual({
      status: 400,
      code: 'request_invalid',
      at: ['query.limit', 'query.unread', 'query.since', 'query.until', 'query.include'],
    });
    for (const limit of ['201', '-1', '1.5', 'x', ''])
      expect(await world.refused('GET', `${path}?limit=${limit}`)).toMatchObject({ status: 400, at: ['query.limit'] });
    expect(await world.refused('GET', `${path}?cursor=garbage`)).toMatchObject({ status: 400, at: ['query.cursor'] });
    const { nextCursor } = await world.get(pageOf(message), `${path}?limit=1`);
    expect(await world.refused('GET', `${path}?limit=1&unread=true&cursor=${nextCursor ?? ''}`)).toMatchObject({
      status: 400,
      at: ['query.cursor'],
    });
    expect(await world.refused('GET', `/connections/${id}/folders?cursor=${nextCursor ?? ''}`)).toMatchObject({
      status: 400,
      at: ['query.cursor'],
    });
  });
});

describe('a single message', () => {
  it('is as in the list, and brings its body only when asked for it', async () => {
    const listed = await ours(known.secret);
    expect(await world.get(message, `/connections/${id}/messages/${listed.id}`)).toEqual(listed);
    const { body, ...rest } = await world.get(
      message.extend({ body: z.object({ contentType: z.string(), content: z.string() }) }),
      `/connections/${id}/messages/${listed.id}?include=body`,
    );
    const real = z.object({
      messages: z.array(z.object({ id: z.string(), body: z.object({ contentType: z.string(), content: z.string() }) })),
    });
    const snapshot = real.parse(await world.mailbox(ada, 'GET', '/snapshot'));
    expect(body).toEqual(snapshot.messages.find((one) => one.id === known.secret)?.body);
    expect(body.content).toContain(SECRET_BODY);
    expect(rest).toEqual(listed);
  });

  it('is refused where it is not known, or asked for wrongly', async () => {
    expect(await world.refused('GET', `/connections/${id}/messages/nothing`)).toMatchObject({
      status: 404,
      code: 'message_unknown',
    });
    expect(await world.refused('GET', `/connections/nobody/messages/nothing`)).toMatchObject({
      status: 404,
      code: 'connection_unknown',
    });
    expect(await world.refused('GET', `/connections/${id}/messages/a%20b?include=head`)).toMatchObject({
      status: 400,
      at: ['path.messageId', 'query.include'],
    });
  });

  it('that Outlook has deleted meanwhile has no body to show', async () => {
    const feed = await FeedReader.latest(world, id);
    const graphId = await world.arrive(ada, { subject: 'Short-lived' });
    await feed.until('message.created', graphId);
    const { id: ownId } = await ours(graphId);
    await world.control('PATCH', '/settings', { notifications: { pause: true } });
    await world.mailbox(ada, 'DELETE', `/messages/${graphId}?permanent=true`);
    expect(await world.refused('GET', `/connections/${id}/messages/${ownId}?include=body`)).toMatchObject({
      status: 404,
    });
    await world.control('PATCH', '/settings', { notifications: { pause: false } });
  });
});

describe('labels and folders', () => {
  it('shows the standing labels, and the categories with their colours', async () => {
    const label = z.looseObject({ id: z.string(), name: z.string(), kind: z.string(), color: z.string().nullable() });
    const labels = await all(label, '/labels', 200);
    expect(labels.slice(0, 4).map((one) => [one.id, one.kind, one.color])).toEqual([
      ['INBOX', 'system', null],
      ['SENT', 'system', null],
      ['UNREAD', 'system', null],
      ['FLAGGED', 'system', null],
    ]);
    const colours = labels.slice(4);
    expect(colours.length).toBeGreaterThan(3);
    for (const { kind, color } of colours) {
      expect(kind).toBe('category');
      expect(color).toMatch(/^(none|preset\d+)$/);
    }
    expect(await all(label, '/labels', 3)).toEqual(labels);
  });

  it('shows all folders with counts, their well-known names, and which are synced', async () => {
    const folders = await all(folder, '/folders', 2);
    const real = (await truth()).folders;
    const [inbox, deleted] = [
      folders.find((one) => one.wellKnownName === 'inbox'),
      folders.find((one) => one.wellKnownName === 'deleteditems'),
    ];
    expect(inbox).toMatchObject({ synced: true, id: real.find((one) => one.wellKnownName === 'inbox')?.id });
    expect(deleted?.synced).toBe(false);
    for (const shown of folders) expect(real.map((one) => one.id)).toContain(shown.id);
    expect(folders.some((one) => one.parentId !== null)).toBe(true);
    const inInbox = (await truth()).messages.filter((one) => one.parentFolderId === inbox?.id);
    // Counters come with a round of all folders; a notification that names a message brings its folder alone.
    await world.send(z.unknown(), 'POST', `/connections/${id}/sync`, {});
    await until('the count of the inbox', async () => (await folderOf('inbox')).totalCount === inInbox.length, 10_000);
    expect((await folderOf('inbox')).unreadCount).toBe(inInbox.filter((one) => !one.isRead).length);
  });
});

describe('a change by the application', () => {
  it.each([
    ['isRead', { isRead: false }, { isRead: false }],
    ['flag', { flag: 'complete' }, { flag: { flagStatus: 'complete' } }],
    [
      'categories',
      { categories: ['Blue category', 'New one', 'New one'] },
      { categories: ['Blue category', 'New one'] },
    ],
  ])('of %s stands at once, and in Outlook soon', async (field, fields, wire) => {
    const feed = await FeedReader.latest(world, id, 'mail');
    const before = await ours(known.plain);
    const changed = await patch(before, fields);
    const { found } = await feed.until('message.updated', known.plain);
    expect(found).toMatchObject({ cause: 'own-write', changed: [field], id: before.id });
    expect(await ours(known.plain)).toEqual(changed);
    await until(`${field} in the tenant`, async () => {
      const real = (await truth()).messages.find((one) => one.id === known.plain);
      try {
        expect(real).toMatchObject(wire);
        return true;
      } catch {
        return false;
      }
    }, 10_000); // prettier-ignore
  });

  it('of several fields and the folder reaches Outlook once, and comes back without an echo', async () => {
    const feed = await FeedReader.latest(world, id, 'mail');
    const [before, archive] = [await ours(known.plain), await folderOf('archive')];
    const since = (await world.requests()).at(-1)?.n ?? 0;
    const changed = await patch(before, { isRead: true, flag: 'flagged', categories: [], folder: 'archive' });
    expect(changed).toMatchObject({
      isRead: true,
      flag: 'flagged',
      categories: [],
      folderId: archive.id,
      labels: ['FLAGGED'],
    });
    await until('all of it in the tenant', async () => {
      const real = (await truth()).messages.find((one) => one.id === known.plain);
      return real?.parentFolderId === archive.id && real.isRead && real.flag.flagStatus === 'flagged' && real.categories.length === 0;
    }, 10_000); // prettier-ignore
    // What comes after it shows that nothing of ours came back.
    const later = await world.arrive(ada, { subject: 'Afterwards' });
    const { items } = await feed.until('message.created', later);
    const own = items.filter((one) => one.graphId === known.plain);
    expect(own.map((one) => [one.type, one.cause])).toEqual([['message.moved', 'own-write']]);
    const writes = (await world.requests(since)).filter((one) => one.method === 'PATCH' || one.path.endsWith('/move'));
    expect(writes.map((one) => one.method)).toEqual(['PATCH', 'POST']);
  });

  it('back by the id of a folder, and to the same place, makes no needless call', async () => {
    const [before, inbox] = [await ours(known.plain), await folderOf('inbox')];
    expect((await patch(before, { folder: inbox.id })).folderId).toBe(inbox.id);
    await until(
      'it is back',
      async () => (await truth()).messages.find((one) => one.id === known.plain)?.parentFolderId === inbox.id,
      10_000,
    );
    const feed = await FeedReader.latest(world, id, 'mail');
    const since = (await world.requests()).at(-1)?.n ?? 0;
    const again = await patch(await ours(known.plain), { folder: 'inbox', isRead: true });
    expect(again.folderId).toBe(inbox.id);
    const later = await world.arrive(ada, { subject: 'After nothing' });
    const { items } = await feed.until('message.created', later);
    expect(items.filter((one) => one.graphId === known.plain)).toEqual([]);
    expect(
      (await world.requests(since))
        .filter((one) => one.method !== 'GET' && !one.path.endsWith('/$batch'))
        .map((one) => one.path),
    ).toEqual([]);
  });

  it('is refused with every fault', async () => {
    const { id: own } = await ours(known.tagged);
    const path = `/connections/${id}/messages/${own}`;
    const refused = (body: unknown) => world.refused('PATCH', path, { body });
    expect(
      await refused({ isRead: 'yes', flag: 'red', categories: [''], folder: '', subject: 'x', colour: 1 }),
    ).toEqual({
      status: 400,
      code: 'request_invalid',
      at: ['body.isRead', 'body.flag', 'body.categories.0', 'body.folder', 'body.subject', 'body.colour'],
    });
    expect(await refused({})).toMatchObject({ status: 400 });
    expect(await refused([])).toMatchObject({ status: 400, at: ['body'] });
    expect(await refused({ folder: 'no-such-folder' })).toMatchObject({ status: 400, at: ['body.folder'] });
    expect(await world.refused('PATCH', path)).toMatchObject({ status: 400 });
    const raw = { headers: { 'content-type': 'application/json' } };
    expect(await world.refused('PATCH', path, { raw: { ...raw, body: '' } })).toMatchObject({ status: 400 });
    expect(await world.refused('PATCH', path, { raw: { ...raw, body: '{"isRead":' } })).toMatchObject({
      status: 400,
      code: 'json_malformed',
    });
    expect(
      await world.refused('PATCH', path, { raw: { headers: { 'content-type': 'text/plain' }, body: 'isRead' } }),
    ).toMatchObject({ status: 415 });
    expect(await world.refused('PATCH', path, { body: { categories: ['x'.repeat(1_100_000)] } })).toMatchObject({
      status: 413,
    });
    expect(
      await world.refused('PATCH', `/connections/${id}/messages/unknown`, { body: { isRead: true } }),
    ).toMatchObject({ status: 404, code: 'message_unknown' });
    expect(await world.refused('DELETE', path)).toMatchObject({ status: 405 });
    expect(await world.refused('POST', `/connections/${id}/messages`, { body: {} })).toMatchObject({ status: 405 });
    expect((await ours(known.tagged)).isRead).toBe(true);
  });

  it('loses to Outlook where both changed the same field, and the feed keeps what was lost', async () => {
    const before = await ours(known.flagged);
    const feed = await FeedReader.latest(world, id, 'mail');
    await world.control('PATCH', '/settings', { notifications: { pause: true } });
    await world.mailbox(ada, 'PATCH', `/messages/${known.flagged}`, { categories: ['Theirs'] });
    await world.control('PATCH', '/settings', { notifications: { pause: false } });
    await patch(before, { flag: 'notFlagged' });
    await world.send(z.unknown(), 'POST', `/connections/${id}/sync`, {});
    await until('both changes survive on both sides', async () => {
      const real = (await truth()).messages.find((one) => one.id === known.flagged);
      const mine = await ours(known.flagged);
      return real?.flag.flagStatus === 'notFlagged' && real.categories[0] === 'Theirs' && mine.flag === 'notFlagged' && mine.categories[0] === 'Theirs';
    }, 10_000); // prettier-ignore
    const types = (await feed.rest()).filter((one) => one.graphId === known.flagged).map((one) => one.type);
    expect(types).toEqual(['message.updated', 'message.updated']);
  });
});

it('stores no body, no token and no password anywhere', async () => {
  const texts = await storedTexts(world.stack.settings['AzureWebJobsStorage'] ?? '');
  expect(texts.some((text) => text.includes('Secret'))).toBe(true);
  for (const secret of ['must never be stored', ada.password, 'local-secret', 'eyJ', 'refresh_token']) {
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect(world.lines.filter((line) => line.includes(secret))).toEqual([]);
  }
});
