import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { immutable, Lab, text, UPN } from './support.ts';

const INBOX = '/me/mailFolders/inbox/messages/delta';

describe('delta links', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start({ messages: 80 });
  });
  afterEach(() => lab.server.close());

  it('answer 410 once they are evicted, at any page', async () => {
    const page = await lab.get(INBOX, immutable(10));
    const { link } = await lab.round(INBOX);
    await lab.control('POST', '/tokens/evict', { upn: UPN });
    for (const old of [link, page.link('nextLink') ?? '']) {
      const answer = await lab.get(old, immutable());
      expect([answer.status, answer.code]).toEqual([410, 'SyncStateNotFound']);
      expect(answer.headers.get('location')).toBeNull();
    }
    expect((await lab.round(INBOX)).items.length).toBeGreaterThan(0);
  });

  it('can answer 410 with a Location that starts over', async () => {
    const { link, items } = await lab.round(INBOX);
    await lab.fault({ kind: 'gone', location: true }, { path: 'deltatoken' });
    const answer = await lab.get(link, immutable());
    expect(answer.status).toBe(410);
    const again = await lab.round(answer.headers.get('location') ?? '');
    expect(again.items).toHaveLength(items.length);
  });

  it('refuse tokens that are none, and tokens of another folder', async () => {
    const { link } = await lab.round(INBOX);
    expect((await lab.get(`${INBOX}?$deltatoken=nonsense`)).status).toBe(400);
    expect((await lab.get(`${INBOX}?$deltatoken=latest`)).status).toBe(400);
    expect((await lab.get(link.replace('inbox', 'archive'))).status).toBe(400);
    const changed = link.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
    expect([400, 410]).toContain((await lab.get(changed)).status);
  });

  it('do not outlive the server', async () => {
    const { link } = await lab.round(INBOX);
    const other = await Lab.start({ messages: 80 });
    try {
      expect((await other.get(link.replace(lab.server.url, other.server.url))).status).toBe(410);
    } finally {
      await other.server.close();
    }
  });

  it('stand for the folder, which answers 404 when it is gone', async () => {
    const folder = await lab.graph('POST', '/me/mailFolders', { body: { displayName: 'Brief' } });
    const { link } = await lab.round(`/me/mailFolders/${folder.at('id')}/messages/delta`);
    await lab.graph('POST', `/me/mailFolders/${folder.at('id')}/permanentDelete`);
    expect((await lab.get(link, immutable())).code).toBe('ErrorItemNotFound');
  });
});

describe('folder delta', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start({ messages: 40, folders: 15 });
  });
  afterEach(() => lab.server.close());

  it('lists all folders below the root, nested ones too, and no hidden ones', async () => {
    const { items } = await lab.round('/me/mailFolders/delta');
    const names = items.map((item) => item['displayName']);
    expect(names).toContain('Inbox');
    expect(names).toContain('Conflicts');
    expect(names).not.toContain('Scheduled');
    expect(names).not.toContain('Top of Information Store');
    expect(items.every((item) => !('wellKnownName' in item))).toBe(true);
  });

  it('reports creation, rename, move and removal, and is chatty about counts', async () => {
    const { link } = await lab.round('/me/mailFolders/delta');
    const made = await lab.graph('POST', '/me/mailFolders/inbox/childFolders', {
      body: { displayName: 'Projects/2026' },
    });
    const id = made.at('id');
    const created = await lab.round(link);
    expect(created.items.map((item) => item['displayName']).sort()).toEqual(['Inbox', 'Projects/2026']);
    await lab.graph('PATCH', `/me/mailFolders/${id}`, { body: { displayName: 'Other' } });
    const renamed = await lab.round(created.link);
    expect(renamed.items.map((item) => item['displayName'])).toEqual(['Other']);
    await lab.add({ isRead: false });
    const counted = await lab.round(renamed.link);
    expect(counted.items.map((item) => item['displayName'])).toEqual(['Inbox']);
    await lab.graph('DELETE', `/me/mailFolders/${id}`);
    const trashed = await lab.round(counted.link);
    const moved = trashed.items.find((item) => item['id'] === id);
    expect(moved?.['@removed']).toBeUndefined();
    await lab.graph('DELETE', `/me/mailFolders/${id}`);
    const removed = (await lab.round(trashed.link)).items.find((item) => item['id'] === id);
    expect(removed).toEqual({ '@odata.type': '#microsoft.graph.mailFolder', id, '@removed': { reason: 'deleted' } });
  });

  it.each(['$top=5', "$filter=displayName eq 'x'", '$orderby=displayName', '$expand=childFolders', '$skip=1'])(
    'refuses %s and names the resource',
    async (option) => {
      const answer = await lab.get(`/me/mailFolders/delta?${option}`);
      expect([answer.status, answer.code]).toEqual([400, 'ErrorInvalidUrlQuery']);
      expect(answer.message).toContain("'Folders'");
    },
  );

  it('says nothing about counters that $select leaves out', async () => {
    const { link } = await lab.round('/me/mailFolders/delta?$select=displayName,parentFolderId');
    await lab.add();
    expect((await lab.round(link)).items).toEqual([]);
  });

  it('gives a deltaLink under the name of a skip token', async () => {
    const { link } = await lab.round('/me/mailFolders/delta');
    expect(link).toContain('$skiptoken=');
    const child = await lab.round('/me/mailFolders/syncissues/childFolders/delta');
    expect(child.items.map((item) => text(item, 'displayName'))).toHaveLength(3);
  });
});
