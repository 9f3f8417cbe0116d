import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { immutable, Lab, text, UPN } from './support.ts';

describe('faults', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start();
  });
  afterEach(() => lab.server.close());

  it('answer a status with code, headers and body, so many times', async () => {
    await lab.fault(
      { kind: 'status', status: 503, headers: { 'Retry-After': '3' } },
      { path: '^/me/messages' },
      { skip: 1, times: 2 },
    );
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await lab.get('/me/messages')).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
    await lab.fault({ kind: 'html', status: 502 });
    const page = await lab.get('/me/messages');
    expect([page.status, page.text.startsWith('<!DOCTYPE html>')]).toEqual([502, true]);
  });

  it('reset and cut the connection', async () => {
    await lab.fault({ kind: 'reset' });
    await expect(lab.get('/me/messages')).rejects.toThrow();
    await lab.fault({ kind: 'truncate' });
    await expect(lab.get('/me/messages')).rejects.toThrow();
    expect((await lab.get('/me/messages')).status).toBe(200);
  });

  it('hang until the client gives up', async () => {
    await lab.fault({ kind: 'hang' });
    const signal = AbortSignal.timeout(150);
    await expect(fetch(`${lab.server.graph}/v1.0/me`, { signal })).rejects.toThrow();
  });

  it('do the work and lose the answer', async () => {
    const id = await lab.add();
    await lab.fault({ kind: 'applied', status: 504 }, { method: 'PATCH' });
    await lab.fault({ kind: 'applied-reset' }, { method: 'PATCH' });
    const change = (body: object): Promise<unknown> => lab.graph('PATCH', `/me/messages/${id}`, { body });
    expect(await change({ isRead: true })).toMatchObject({ status: 504 });
    await expect(change({ categories: ['x'] })).rejects.toThrow();
    expect((await lab.get(`/me/messages/${id}`)).json).toMatchObject({ isRead: true, categories: ['x'] });
    const effects = (await lab.control('GET', `/users/${UPN}/effects`)).items.filter(
      (effect) => effect['by'] === 'app',
    );
    expect(effects.map((effect) => [effect['kind'], effect['id'], effect['fields']])).toEqual([
      ['update', id, ['isRead']],
      ['update', id, ['categories']],
    ]);
  });

  it('shape delta pages: empty, repeated, doubled, thin', async () => {
    const id = await lab.add();
    const start = '/me/mailFolders/inbox/messages/delta';
    await lab.fault({ kind: 'empty-page' }, { path: 'messages/delta' });
    expect((await lab.round(start)).pages).toBe(2);
    await lab.fault({ kind: 'repeat-page' }, { path: 'messages/delta' });
    expect((await lab.round(start)).items.map((item) => item['id'])).toEqual([id, id]);
    await lab.fault({ kind: 'duplicate-items' }, { path: 'messages/delta' });
    expect((await lab.round(start)).items.map((item) => item['id'])).toEqual([id, id]);
    await lab.fault({ kind: 'thin-items' }, { path: 'messages/delta' });
    expect(Object.keys((await lab.round(start)).items[0] ?? {})).not.toContain('subject');
  });

  it('lose the return of an item for good', async () => {
    const id = await lab.add();
    const { link } = await lab.round('/me/mailFolders/inbox/messages/delta');
    await lab.fault({ kind: 'lose-item', id });
    await lab.move(id, 'archive');
    const left = await lab.round(link);
    await lab.move(id, 'inbox');
    await lab.change(id, { isRead: true });
    expect((await lab.round(left.link)).items).toEqual([]);
  });

  it('are drawn from the seed', async () => {
    const draw = async (): Promise<number[]> => {
      const other = await Lab.start({ seed: 3 });
      await other.fault({ kind: 'status', status: 500 }, {}, { times: 0, probability: 0.5 });
      const statuses: number[] = [];
      for (let count = 0; count < 12; count += 1) statuses.push((await other.get('/me')).status);
      await other.server.close();
      return statuses;
    };
    const statuses = await draw();
    expect(new Set(statuses)).toEqual(new Set([200, 500]));
    expect(await draw()).toEqual(statuses);
  });
});

describe('access', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start();
    await lab.control('POST', '/users', { userPrincipalName: 'bob@contoso.example' });
  });
  afterEach(() => lab.server.close());

  const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  it('needs a token that is known and not expired', async () => {
    const unknown = await lab.get('/me/messages', as('nonsense'));
    expect([unknown.status, unknown.code]).toEqual([401, 'InvalidAuthenticationToken']);
    expect((await lab.get('/me/messages', { authorization: '' })).status).toBe(401);
    await lab.control('POST', '/clock', { advanceSeconds: 4000 });
    const expired = await lab.get('/me/messages');
    expect([expired.status, expired.message.startsWith('Lifetime validation failed')]).toEqual([401, true]);
  });

  it('needs the permission', async () => {
    const reader = as(await lab.tokenFor({ upn: UPN, scopes: ['User.Read', 'Mail.Read'] }));
    const id = await lab.add();
    expect((await lab.get('/me/messages', reader)).status).toBe(200);
    const write = await lab.graph('PATCH', `/me/messages/${id}`, { body: { isRead: true }, headers: reader });
    expect([write.status, write.code]).toEqual([403, 'ErrorAccessDenied']);
    expect((await lab.get('/me/outlook/masterCategories', reader)).status).toBe(403);
    expect((await lab.get('/users/bob@contoso.example/messages', reader)).status).toBe(403);
  });

  it('lets an app-only token into mailboxes, but not to /me', async () => {
    const app = as(await lab.tokenFor({ roles: ['Mail.Read'] }));
    expect((await lab.get('/users/bob@contoso.example/messages', app)).status).toBe(200);
    expect((await lab.get('/me/messages', app)).status).toBe(400);
    expect((await lab.get('/users/nobody@contoso.example/messages', app)).code).toBe('ErrorInvalidUser');
  });

  it('tells a mailbox that is not there from one on the move', async () => {
    await lab.control('PATCH', `/users/${UPN}`, { mailbox: 'notEnabled' });
    const missing = await lab.get('/me/mailFolders');
    expect([missing.status, missing.code]).toEqual([404, 'MailboxNotEnabledForRESTAPI']);
    expect((await lab.get('/me')).status).toBe(200);
    await lab.control('PATCH', `/users/${UPN}`, { mailbox: 'moving' });
    const moving = await lab.get('/me/mailFolders');
    expect([moving.status, moving.code]).toEqual([503, 'ErrorMailboxMoveInProgress']);
  });

  it('says who asked what: ids, dates, diagnostics, unknown members', async () => {
    const id = '5f0c1c55-1b1a-4b0e-9a4c-0d6b0f7d2a11';
    const answer = await lab.get('/me/messages', { 'client-request-id': id });
    expect(answer.headers.get('client-request-id')).toBe(id);
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('x-ms-ags-diagnostic')).toContain('ServerInfo');
    expect(answer.json).toHaveProperty('@microsoft.graph.tips');
    expect((await lab.get('/me/nonsense')).status).toBe(400);
    expect((await lab.graph('PUT', '/me/messages')).status).toBe(405);
  });
});

describe('control', () => {
  it('makes the same ids and mail from the same seed', async () => {
    const [one, two] = [await Lab.start({ messages: 50 }), await Lab.start({ messages: 50 })];
    const snapshot = async (lab: Lab): Promise<unknown> => (await lab.control('GET', `/users/${UPN}/snapshot`)).json;
    expect(await snapshot(one)).toEqual(await snapshot(two));
    await Promise.all([one.server.close(), two.server.close()]);
  });

  it('shows the ground truth that Graph shows', async () => {
    const lab = await Lab.start({ messages: 30 });
    const truth = await lab.control('GET', `/users/${UPN}/snapshot?fields=ids`);
    const inbox = (await lab.get('/me/mailFolders/inbox')).at('id');
    const round = await lab.round('/me/mailFolders/inbox/messages/delta', immutable());
    const all = truth.json['messages'];
    const there = Array.isArray(all)
      ? all.filter((item: { parentFolderId: string }) => item.parentFolderId === inbox)
      : [];
    expect(round.items.map((item) => item['id']).sort()).toEqual(there.map((item: { id: string }) => item.id).sort());
    await lab.server.close();
  });

  it('logs requests with their inner ones, and imports raw mail', async () => {
    const lab = await Lab.start();
    await lab.control('DELETE', '/requests');
    await lab.graph('POST', '/$batch', { body: { requests: [{ id: '1', method: 'GET', url: '/me' }] } });
    const lines = (await lab.control('GET', '/requests?since=0')).items;
    expect(lines.map((line) => [line['path'], line['batch'] === lines[0]?.['n']])).toEqual([
      ['/v1.0/$batch', false],
      ['/v1.0/me', true],
    ]);
    const content =
      'From: Eve <eve@mail.example>\r\nSubject: Raw\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\n\r\nHello\r\n';
    const done = await lab.control('POST', '/import', {
      upn: UPN,
      files: [
        { name: 'a.eml', content },
        { name: 'b', content: '' },
      ],
    });
    expect(done.json['refused']).toHaveLength(1);
    const [message] = (await lab.get('/me/mailFolders/inbox/messages')).value;
    expect([text(message, 'subject'), text(message, 'receivedDateTime')]).toEqual(['Raw', '2026-11-02T09:00:00Z']);
    await expect(lab.control('PATCH', '/settings', { nonsense: 1 })).rejects.toThrow('400');
    await lab.server.close();
  });
});
