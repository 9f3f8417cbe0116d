import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { immutable, Lab, text, UPN } from './support.ts';
import type { Answer } from './support.ts';

const OPERATION = 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name OperationKey';

describe('messages', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start();
  });
  afterEach(() => lab.server.close());

  const patch = (id: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
    lab.graph('PATCH', `/me/messages/${id}`, { body, headers: { ...immutable(), ...headers } });

  it('have long ids that differ from their neighbours in case alone', async () => {
    await lab.control('POST', `/users/${UPN}/messages`, { count: 120 });
    const listed = await lab.get('/me/messages?$top=200&$select=id', immutable());
    const ids = listed.value.map((item) => text(item, 'id'));
    expect(new Set(ids).size).toBe(120);
    expect(new Set(ids.map((id) => id.toLowerCase())).size).toBeLessThan(120);
    expect(ids.every((id) => /^[A-Za-z0-9_-]{60,}=$/.test(id))).toBe(true);
    const [some = ''] = ids;
    const other = some.replace(/[a-z](?==?$)|[a-z]/, (letter) => letter.toUpperCase());
    expect((await lab.get(`/me/messages/${other}`)).status).toBeGreaterThanOrEqual(400);
  });

  it('get a new default id by a move and keep the immutable one', async () => {
    const id = await lab.add();
    const before = (await lab.get(`/me/messages/${id}?$select=id`)).at('id');
    const moved = await lab.graph('POST', `/me/messages/${before}/move`, { body: { destinationId: 'archive' } });
    expect(moved.status).toBe(201);
    expect(moved.at('id')).not.toBe(before);
    expect((await lab.get(`/me/messages/${before}`)).code).toBe('ErrorItemNotFound');
    expect((await lab.get(`/me/messages/${id}`, immutable())).at('id')).toBe(id);
  });

  it('translate between the two kinds, each id for itself', async () => {
    const id = await lab.add();
    const rest = (await lab.get(`/me/messages/${id}?$select=id`)).at('id');
    const answer = await lab.graph('POST', '/me/translateExchangeIds', {
      body: { inputIds: [rest, 'nonsense'], sourceIdType: 'restId', targetIdType: 'restImmutableEntryId' },
    });
    expect(answer.value[0]).toEqual({ sourceId: rest, targetId: id });
    expect(answer.value[1]).toMatchObject({ sourceId: 'nonsense', errorDetails: { code: 'ErrorInvalidIdMalformed' } });
  });

  it('tell a malformed id from one that is not there', async () => {
    const id = await lab.add();
    await lab.control('DELETE', `/users/${UPN}/messages/${id}?permanent=true`);
    const gone = await lab.get(`/me/messages/${id}`);
    const malformed = await lab.get('/me/messages/nonsense');
    expect([gone.status, gone.code]).toEqual([404, 'ErrorItemNotFound']);
    expect([malformed.status, malformed.code]).toEqual([400, 'ErrorInvalidIdMalformed']);
  });

  it('refuse a patch with a stale change key and give a new one with each save', async () => {
    const id = await lab.add();
    const etag = (await lab.get(`/me/messages/${id}`)).at('@odata.etag');
    const saved = await patch(id, { isRead: true }, { 'if-match': etag });
    expect(saved.status).toBe(200);
    expect(saved.at('@odata.etag')).toBe(`W/"${saved.at('changeKey')}"`);
    expect(saved.at('@odata.etag')).not.toBe(etag);
    const stale = await patch(id, { isRead: false }, { 'if-match': etag });
    expect([stale.status, stale.code]).toEqual([412, 'ErrorIrresolvableConflict']);
    expect((await patch(id, { isRead: true })).at('@odata.etag')).not.toBe(saved.at('@odata.etag'));
  });

  it('take only the few writable members once received', async () => {
    const id = await lab.add();
    const flag = { flagStatus: 'flagged', dueDateTime: { dateTime: '2026-12-01T00:00:00', timeZone: 'UTC' } };
    const good = { isRead: true, categories: ['Blue category', 'no master'], importance: 'high', flag };
    expect((await patch(id, good)).json).toMatchObject(good);
    for (const bad of [{ subject: 'x' }, { body: { contentType: 'text', content: '' } }, { receivedDateTime: 'x' }]) {
      expect((await patch(id, bad)).status).toBe(400);
    }
    expect((await patch(id, { isRead: 'true' })).code).toBe('ErrorPropertyValidationFailure');
  });

  it('keep extended properties, find them, and show them on request alone', async () => {
    const id = await lab.add();
    const key = { id: OPERATION, value: 'op-17' };
    await patch(id, { singleValueExtendedProperties: [key] });
    await lab.add();
    expect((await lab.get(`/me/messages/${id}`)).json).not.toHaveProperty('singleValueExtendedProperties');
    const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${OPERATION}' and ep/value eq 'op-17')`;
    const expand = `singleValueExtendedProperties($filter=id eq '${OPERATION}')`;
    const found = await lab.get(`/me/messages?$filter=${filter}&$expand=${expand}&$select=id`, immutable());
    expect(found.value.map((item) => [item['id'], item['singleValueExtendedProperties']])).toEqual([[id, [key]]]);
  });

  it('go to Deleted Items, then to the recoverable items, then away', async () => {
    const id = await lab.add();
    const folderId = async (name: string): Promise<string> => (await lab.get(`/me/mailFolders/${name}`)).at('id');
    for (const name of ['deleteditems', 'recoverableitemsdeletions']) {
      expect((await lab.graph('DELETE', `/me/messages/${id}`)).status).toBe(204);
      expect((await lab.get(`/me/messages/${id}`)).at('parentFolderId')).toBe(await folderId(name));
    }
    expect((await lab.get('/me/messages')).value).toEqual([]);
    expect((await lab.graph('DELETE', `/me/messages/${id}`)).status).toBe(204);
    expect((await lab.get(`/me/messages/${id}`)).status).toBe(404);
    const other = await lab.add();
    expect((await lab.graph('POST', `/me/messages/${other}/permanentDelete`)).status).toBe(204);
    expect((await lab.get(`/me/messages/${other}`)).status).toBe(404);
  });

  it('are made as drafts, and keep their immutable id when sent', async () => {
    const toRecipients = [{ emailAddress: { address: UPN } }];
    const draft = await lab.graph('POST', '/me/messages', {
      body: { subject: 'Hi', toRecipients },
      headers: immutable(),
    });
    expect([draft.status, draft.json['isDraft']]).toEqual([201, true]);
    expect((await lab.graph('POST', `/me/messages/${draft.at('id')}/send`)).status).toBe(202);
    const sent = await lab.get(`/me/mailFolders/sentitems/messages/${draft.at('id')}`, immutable());
    expect([sent.at('id'), sent.json['isDraft']]).toEqual([draft.at('id'), false]);
    const arrived = await lab.get('/me/mailFolders/inbox/messages');
    expect(arrived.value.map((item) => item['internetMessageId'])).toEqual([sent.at('internetMessageId')]);
    const answer = await lab.graph('POST', '/me/sendMail', { body: { message: { subject: 'Two', toRecipients } } });
    expect([answer.status, answer.text]).toEqual([202, '']);
  });

  it('show text bodies as HTML unless text is preferred', async () => {
    const id = await lab.add({ body: 'one < two\nthree', contentType: 'text' });
    const html = await lab.get(`/me/messages/${id}?$select=body`);
    expect(html.json['body']).toMatchObject({ contentType: 'html' });
    expect(html.text).toContain('one &lt; two<br>');
    const plain = await lab.get(`/me/messages/${id}?$select=body`, { prefer: 'outlook.body-content-type="text"' });
    expect(plain.json['body']).toEqual({ contentType: 'text', content: 'one < two\nthree' });
    expect(plain.headers.get('preference-applied')).toContain('outlook.body-content-type="text"');
    expect((await lab.get(`/me/messages/${id}/$value`)).text).toContain('Subject: Hello');
  });
});

describe('lists of messages', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start({ messages: 60 });
  });
  afterEach(() => lab.server.close());

  it('come ten at a time, newest first, with links to follow', async () => {
    const seen: string[] = [];
    let link: string | undefined = '/me/messages?$select=receivedDateTime&$count=true';
    let count: unknown;
    while (link !== undefined) {
      const page: Answer = await lab.get(link);
      count ??= page.json['@odata.count'];
      expect(page.value.length).toBeLessThanOrEqual(10);
      seen.push(...page.value.map((item) => text(item, 'receivedDateTime')));
      link = page.link('nextLink');
    }
    expect(seen).toHaveLength(Number(count));
    expect(seen).toEqual([...seen].sort().reverse());
    expect(seen[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('hold the rule about filter and order', async () => {
    const wrong = await lab.get('/me/messages?$filter=isRead eq false&$orderby=receivedDateTime desc');
    expect([wrong.status, wrong.code]).toEqual([400, 'InefficientFilter']);
    const both = 'receivedDateTime ge 2020-01-01T00:00:00Z and isRead eq false';
    const right = await lab.get(`/me/messages?$filter=${both}&$orderby=receivedDateTime desc&$top=50`);
    expect(right.value.every((item) => item['isRead'] === false)).toBe(true);
    expect((await lab.get('/me/messages?$search="x"&$filter=isRead eq true')).status).toBe(400);
    expect((await lab.get('/me/messages?$select=nonsense')).code).toBe('RequestBroker--ParseUri');
  });

  it('find a message by its internet message id', async () => {
    await lab.add({ internetMessageId: "<o'brien+1@mail.example>" });
    const filter = encodeURIComponent("internetMessageId eq '<o''brien+1@mail.example>'");
    expect((await lab.get(`/me/messages?$filter=${filter}`)).value).toHaveLength(1);
  });
});

describe('folders', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start();
  });
  afterEach(() => lab.server.close());

  it('are listed one level at a time, hidden ones on request, without well-known names', async () => {
    const plain = await lab.get('/me/mailFolders?$top=100');
    const all = await lab.get('/me/mailFolders?$top=100&includeHiddenFolders=true');
    expect(all.value.length).toBeGreaterThan(plain.value.length);
    expect(JSON.stringify(all.json)).not.toContain('wellKnownName');
    const names = plain.value.map((item) => item['displayName']);
    expect([names.includes('Sync Issues'), names.includes('Conflicts')]).toEqual([true, false]);
    expect((await lab.get('/me/mailFolders/syncissues/childFolders')).value).toHaveLength(3);
  });

  it('carry names in the language of the mailbox', async () => {
    await lab.control('POST', '/users', { userPrincipalName: 'otto@contoso.example', locale: 'de-DE' });
    const token = await lab.tokenFor({ upn: 'otto@contoso.example' });
    const inbox = await lab.get('/me/mailFolders/Inbox', { authorization: `Bearer ${token}` });
    expect(inbox.at('displayName')).toBe('Posteingang');
  });

  it('count what is in them and refuse a taken name', async () => {
    await lab.add({ isRead: false });
    await lab.add({ isRead: true });
    const made = await lab.graph('POST', '/me/mailFolders/inbox/childFolders', { body: { displayName: 'Sub' } });
    expect(made.status).toBe(201);
    const again = await lab.graph('POST', '/me/mailFolders/inbox/childFolders', { body: { displayName: 'SUB' } });
    expect([again.status, again.code]).toEqual([409, 'ErrorFolderExists']);
    const inbox = await lab.get('/me/mailFolders/inbox');
    expect(inbox.json).toMatchObject({ totalItemCount: 2, unreadItemCount: 1, childFolderCount: 1 });
    expect((await lab.get(`/me/mailFolders/inbox/childFolders/${made.at('id')}`)).at('displayName')).toBe('Sub');
    expect((await lab.graph('DELETE', '/me/mailFolders/inbox')).status).toBe(403);
  });
});
