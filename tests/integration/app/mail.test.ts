import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { differences } from '../../../infra/local/demo/compare.ts';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { MailBench, message, pageOf, SECRET_BODY, type Message, type Page } from '../../support/mail-bench.ts';
import type { StackWorld, User } from '../../support/stack-world.ts';
import { storedTexts } from '../../support/stored-texts.ts';

let bench: MailBench;
let world: StackWorld;
let ada: User;
let id = '';
let known: MailBench['known'];
beforeAll(async () => {
  bench = await MailBench.start(230);
  ({ world, id, known, user: ada } = bench);
});
afterAll(() => world.close());

const subjects = async (query: string): Promise<string[]> => (await bench.list(query)).map((one) => one.subject);

describe('the list of messages', () => {
  it('equals the tenant, newest first, whatever the page size', async () => {
    const listed = await bench.list();
    const synced = new Set((await bench.folders()).filter((one) => one.synced).map((one) => one.id));
    const wanted = (await bench.truth()).messages.filter((one) => synced.has(one.parentFolderId));
    expect(differences(wanted, listed)).toEqual([]);
    expect(listed.length).toBeGreaterThan(150);
    const times = listed.map((one) => Date.parse(one.receivedAt ?? ''));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const ids = listed.map((one) => one.id);
    for (const limit of [7, 64, 199]) expect((await bench.list('', limit)).map((one) => one.id)).toEqual(ids);
    expect(
      (await bench.list('?since=2021-01-01T00:00:00Z&until=2022-01-01T00:00:00Z', 1)).map((one) => one.graphId),
    ).toEqual([known.archived, known.tagged, known.flagged, known.unread, known.plain]);
  });

  it('has fifty on a page by default', async () => {
    const page = await world.get(pageOf(message), `/connections/${id}/messages`);
    expect(page.items).toHaveLength(50);
    expect(page.nextCursor).not.toBeNull();
  });

  it('is filtered by folder, by id and by name', async () => {
    const archive = await bench.folderOf('archive');
    const byName = await bench.list('?folder=archive');
    expect(byName.map((one) => one.graphId)).toContain(known.archived);
    expect(new Set(byName.map((one) => one.folderId))).toEqual(new Set([archive.id]));
    expect(await bench.list(`?folder=${encodeURIComponent(archive.id)}`, 3)).toEqual(byName);
    expect(await bench.list('?folder=Archive')).toEqual(byName);
    expect(await world.refused('GET', `/connections/${id}/messages?folder=no-such-folder`)).toMatchObject({
      status: 404,
    });
  });

  it('is filtered by label', async () => {
    const [inbox, sent] = [await bench.folderOf('inbox'), await bench.folderOf('sentitems')];
    const every = await bench.list();
    const where = (keep: (one: Message) => boolean): string[] => every.filter(keep).map((one) => one.id);
    const ids = async (label: string): Promise<string[]> =>
      (await bench.list(`?label=${encodeURIComponent(label)}`, 40)).map((one) => one.id);
    expect(await ids('INBOX')).toEqual(where((one) => one.folderId === inbox.id));
    expect(await ids('SENT')).toEqual(where((one) => one.folderId === sent.id));
    expect(await ids('UNREAD')).toEqual(where((one) => !one.isRead));
    expect(await ids('FLAGGED')).toEqual(where((one) => one.flag === 'flagged'));
    expect(await ids('Red category')).toEqual(where((one) => one.categories.includes('Red category')));
    expect(await ids('No such label')).toEqual([]);
    expect((await bench.ours(known.tagged)).labels).toEqual(['INBOX', 'Red category']);
    expect((await bench.ours(known.unread)).labels).toEqual(['INBOX', 'UNREAD']);
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
    const before = (await bench.list()).map((one) => one.id);
    const feed = await FeedReader.latest(world, id);
    const first = await world.get(pageOf(message), `/connections/${id}/messages?limit=20`);
    const arrived = await world.arrive(ada, { subject: 'Meanwhile' });
    await feed.until('message.created', arrived);
    const items = [...first.items];
    for (let cursor = first.nextCursor; cursor !== null;) {
      const page: Page<Message> = await world.get(
        pageOf(message),
        `/connections/${id}/messages?limit=20&cursor=${encodeURIComponent(cursor)}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(items.map((one) => one.id)).toEqual(before);
    expect((await bench.list('', 5))[0]?.graphId).toBe(arrived);
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
    const listed = await bench.ours(known.secret);
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
    const { id: ownId } = await bench.ours(graphId);
    await world.control('PATCH', '/settings', { notifications: { pause: true } });
    await world.mailbox(ada, 'DELETE', `/messages/${graphId}?permanent=true`);
    expect(await world.refused('GET', `/connections/${id}/messages/${ownId}?include=body`)).toMatchObject({
      status: 404,
    });
    await world.control('PATCH', '/settings', { notifications: { pause: false } });
  });
});

describe('what Microsoft refuses to read through', () => {
  it.each([
    // By its id: a job that follows a notification reads others.
    ['a body', () => known.secret, async () => `/messages/${(await bench.ours(known.secret)).id}?include=body`],
    ['the categories', () => '/me/outlook/masterCategories', () => '/labels'],
  ])('is 502 of %s, as it is described', async (_, remote, local) => {
    const path = `/connections/${id}${await local()}`;
    const action = { kind: 'status', status: 400, code: 'ErrorInvalidRequest' };
    await world.control('POST', '/faults', { match: { path: remote() }, times: 1, action });
    expect(await world.refused('GET', path)).toMatchObject({ status: 502, code: 'remote.rejected' });
  });
});

describe('labels and folders', () => {
  it('shows the standing labels, and the categories with their colours', async () => {
    const label = z.looseObject({ id: z.string(), name: z.string(), kind: z.string(), color: z.string().nullable() });
    const labels = await bench.all(label, '/labels', 200);
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
    expect(await bench.all(label, '/labels', 3)).toEqual(labels);
  });

  it('shows all folders with counts, their well-known names, and which are synced', async () => {
    const folders = await bench.folders(2);
    const real = (await bench.truth()).folders;
    const [inbox, deleted] = [
      folders.find((one) => one.wellKnownName === 'inbox'),
      folders.find((one) => one.wellKnownName === 'deleteditems'),
    ];
    expect(inbox).toMatchObject({ synced: true, id: real.find((one) => one.wellKnownName === 'inbox')?.id });
    expect(deleted?.synced).toBe(false);
    for (const shown of folders) expect(real.map((one) => one.id)).toContain(shown.id);
    expect(folders.some((one) => one.parentId !== null)).toBe(true);
    const inInbox = (await bench.truth()).messages.filter((one) => one.parentFolderId === inbox?.id);
    // Counters come with a round of all folders; a notification that names a message brings its folder alone.
    await world.send(z.unknown(), 'POST', `/connections/${id}/sync`, {});
    await until(
      'the count of the inbox',
      async () => (await bench.folderOf('inbox')).totalCount === inInbox.length,
      10_000,
    );
    expect((await bench.folderOf('inbox')).unreadCount).toBe(inInbox.filter((one) => !one.isRead).length);
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
