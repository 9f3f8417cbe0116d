import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { immutable, Lab, text, UPN } from './support.ts';

const INBOX = '/me/mailFolders/inbox/messages/delta';

describe('message delta', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start();
  });
  afterEach(() => lab.server.close());

  it('lists what is there now, and then only what changed', async () => {
    const ids = [await lab.add({ subject: 'a' }), await lab.add({ subject: 'b' }), await lab.add({ subject: 'c' })];
    const gone = await lab.add({ subject: 'gone before' });
    await lab.control('DELETE', `/users/${UPN}/messages/${gone}?permanent=true`);
    const first = await lab.round(INBOX);
    expect(first.items.map((item) => item['id']).sort()).toEqual([...ids].sort());
    expect((await lab.round(first.link)).items).toEqual([]);
    await lab.change(ids[1] ?? '', { isRead: true });
    const second = await lab.round(first.link);
    expect(second.items.map((item) => [item['id'], item['isRead']])).toEqual([[ids[1], true]]);
    expect((await lab.round(first.link)).items).toEqual(second.items);
  });

  it('answers under four spellings and with folder keys in brackets', async () => {
    await lab.add();
    for (const name of ['delta', 'delta()', 'microsoft.graph.delta', 'microsoft.graph.delta()']) {
      expect((await lab.get(`/me/mailFolders/inbox/messages/${name}`)).value).toHaveLength(1);
      expect((await lab.get(`/users/${UPN}/mailfolders('inbox')/messages/${name}`)).value).toHaveLength(1);
    }
  });

  it('does not track /me/messages', async () => {
    const answer = await lab.get('/me/messages/delta');
    expect([answer.status, answer.code]).toEqual([400, 'BadRequest']);
    expect(answer.message).toBe(
      "Unsupported request: Change tracking is not supported against 'microsoft.graph.message'.",
    );
  });

  it('tells a hard delete, a soft delete and a move in one form', async () => {
    const ids = [await lab.add(), await lab.add(), await lab.add()];
    const { link } = await lab.round(INBOX);
    await lab.control('DELETE', `/users/${UPN}/messages/${ids[0] ?? ''}?permanent=true`);
    await lab.control('DELETE', `/users/${UPN}/messages/${ids[1] ?? ''}`);
    await lab.move(ids[2] ?? '', 'archive');
    const removed = ids.map((id) => ({
      '@odata.type': '#microsoft.graph.message',
      id,
      '@removed': { reason: 'deleted' },
    }));
    expect((await lab.round(link)).items).toEqual(removed);
  });

  it('shows a move as a removal in one chain and an item in the other', async () => {
    const id = await lab.add();
    const source = await lab.round(INBOX);
    const target = await lab.round('/me/mailFolders/archive/messages/delta');
    await lab.move(id, 'archive');
    expect((await lab.round(source.link)).items.map((item) => item['@removed'])).toEqual([{ reason: 'deleted' }]);
    expect((await lab.round(target.link)).items.map((item) => [item['id'], item['subject']])).toEqual([[id, 'Hello']]);
  });

  it('changes the id on a move where the client does not ask for immutable ones', async () => {
    const id = await lab.add();
    const plain = { prefer: 'odata.maxpagesize=50' };
    const source = await lab.round(INBOX, plain);
    const target = await lab.round('/me/mailFolders/archive/messages/delta', plain);
    const before = text(source.items[0], 'id');
    await lab.move(id, 'archive');
    const after = text((await lab.round(target.link, plain)).items[0], 'id');
    expect((await lab.round(source.link, plain)).items[0]?.['id']).toBe(before);
    expect(after).not.toBe(before);
    expect((await lab.get(`/me/messages/${before}`)).code).toBe('ErrorItemNotFound');
  });

  it('takes the kind of id from each request, not from the token', async () => {
    const id = await lab.add();
    const { link } = await lab.round(INBOX);
    await lab.change(id, { isRead: true });
    const forgetful = await lab.round(link, {});
    expect(forgetful.items[0]?.['id']).not.toBe(id);
    expect((await lab.get(link, immutable())).headers.get('preference-applied')).toContain('IdType="ImmutableId"');
  });

  it('keeps the page size out of the token and below its own maximum', async () => {
    await lab.control('POST', `/users/${UPN}/messages`, { count: 60 });
    const first = await lab.get(INBOX, immutable(25));
    expect(first.value).toHaveLength(25);
    expect((await lab.get(first.link('nextLink') ?? '')).value).toHaveLength(10);
    await lab.settings({ pageSize: 7 });
    expect((await lab.get(first.link('nextLink') ?? '', immutable(500))).value).toHaveLength(7);
  });

  it('caps the whole walk at $top, ten to a page', async () => {
    await lab.control('POST', `/users/${UPN}/messages`, { count: 40 });
    const walk = await lab.round(`${INBOX}?$top=15`, {});
    expect([walk.items.length, walk.pages]).toEqual([15, 2]);
    expect((await lab.round(walk.link, {})).items).toEqual([]);
  });

  it('shows again what changes while the list is read', async () => {
    await lab.control('POST', `/users/${UPN}/messages`, { count: 30 });
    const page = await lab.get(INBOX, immutable(10));
    const id = text(page.value[0], 'id');
    await lab.change(id, { categories: ['late'] });
    const rest = await lab.round(page.link('nextLink') ?? '', immutable(10));
    expect(rest.items.filter((item) => item['id'] === id).map((item) => item['categories'])).toEqual([['late']]);
  });

  it('makes no entry for a change of something that $select does not name', async () => {
    const id = await lab.add();
    const { link, items } = await lab.round(`${INBOX}?$select=subject,receivedDateTime`);
    expect(Object.keys(items[0] ?? {}).sort()).toEqual([
      '@odata.etag',
      '@odata.type',
      'id',
      'receivedDateTime',
      'subject',
    ]);
    await lab.change(id, { isRead: true });
    expect((await lab.round(link)).items).toEqual([]);
    await lab.change(id, { subject: 'Other' });
    expect((await lab.round(link)).items).toHaveLength(1);
  });

  it('brings read and unread toggles thin where the service does so', async () => {
    const id = await lab.add();
    await lab.settings({ thinUpdates: true });
    const { link } = await lab.round(`${INBOX}?$select=subject,isRead`);
    await lab.change(id, { isRead: true });
    const names = Object.keys((await lab.round(link)).items[0] ?? {}).sort();
    expect(names).toEqual(['@odata.etag', '@odata.type', 'id', 'isRead', 'parentFolderId']);
    await lab.change(id, { isRead: false, subject: 'And more' });
    expect((await lab.round(link)).items[0]?.['subject']).toBe('And more');
  });

  it('answers an empty first page where the service does so', async () => {
    await lab.add();
    await lab.settings({ emptyFirstPage: true });
    const first = await lab.get(INBOX, immutable());
    expect(first.value).toEqual([]);
    expect((await lab.round(first.link('nextLink') ?? '')).items).toHaveLength(1);
  });

  it('filters by time received in the first round alone, and stops at 5,000', async () => {
    await lab.control('POST', `/users/${UPN}/messages`, { count: 5600 });
    const all = await lab.round(`${INBOX}?$filter=receivedDateTime ge 2000-01-01T00:00:00Z&$select=id`);
    expect(all.items).toHaveLength(5000);
    const none = await lab.round(`${INBOX}?$filter=receivedDateTime gt 2026-11-20T09:59:59Z`);
    expect(none.items).toEqual([]);
    await lab.add({ receivedDateTime: '2020-01-01T00:00:00Z', subject: 'old' });
    expect((await lab.round(none.link)).items.map((item) => item['subject'])).toEqual(['old']);
  });

  it.each(['$search="x"', '$skip=5', '$count=true', '$orderby=subject', '$filter=isRead eq false'])(
    'refuses %s',
    async (option) => {
      const answer = await lab.get(`${INBOX}?${option}`);
      expect([answer.status, answer.code]).toEqual([400, 'ErrorInvalidUrlQuery']);
    },
  );

  it('narrows later rounds to one kind of change, not the first', async () => {
    const id = await lab.add();
    const { link, items } = await lab.round(`${INBOX}?changeType=created`);
    expect(items).toHaveLength(1);
    await lab.change(id, { isRead: true });
    expect((await lab.round(link)).items).toEqual([]);
    const fresh = await lab.add();
    expect((await lab.round(link)).items.map((item) => item['id'])).toEqual([fresh]);
  });
});

describe('a message that leaves a folder and returns', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start();
  });
  afterEach(() => lab.server.close());

  async function away(between: (link: string) => Promise<string>): Promise<[string, string]> {
    const id = await lab.add();
    const { link } = await lab.round(INBOX);
    await lab.move(id, 'archive');
    const next = await between(link);
    await lab.move(id, 'inbox');
    return [id, next];
  }

  it('is told removed and not added again within one round with immutable ids', async () => {
    const [id, link] = await away((start) => Promise.resolve(start));
    const round = await lab.round(link);
    expect(round.items.map((item) => [item['id'], item['@removed'] !== undefined])).toEqual([[id, true]]);
    expect((await lab.get(`/me/messages/${id}`, immutable())).status).toBe(200);
    expect((await lab.round(round.link)).items).toEqual([]);
  });

  it('comes back in a later round, unless the setting loses it there too', async () => {
    const later = async (link: string): Promise<string> => (await lab.round(link)).link;
    const [id, link] = await away(later);
    expect((await lab.round(link)).items.map((item) => item['id'])).toEqual([id]);
    await lab.settings({ mutableMoveLoss: true });
    const [, other] = await away(later);
    expect((await lab.round(other)).items.filter((item) => item['@removed'] === undefined)).toEqual([]);
  });

  it('is never lost with the setting off, nor with default ids', async () => {
    const [, plain] = await away((start) => Promise.resolve(start));
    const items = (await lab.round(plain, {})).items;
    expect(items.map((item) => item['@removed'] !== undefined)).toEqual([true, false]);
    await lab.settings({ mutableMoveLoss: false });
    const [id, link] = await away((start) => Promise.resolve(start));
    expect((await lab.round(link)).items.map((item) => [item['id'], item['subject']])).toContainEqual([id, 'Hello']);
  });
});
