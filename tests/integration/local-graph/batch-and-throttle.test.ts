import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { immutable, Lab, text, UPN } from './support.ts';
import type { Answer } from './support.ts';

const responses = z.array(
  z.object({
    id: z.string(),
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.record(z.string(), z.unknown()).optional(),
  }),
);
type Inner = z.infer<typeof responses>[number];

describe('$batch', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start({ messages: 30 });
  });
  afterEach(() => lab.server.close());

  const post = (requests: object[]): Promise<Answer> => lab.graph('POST', '/$batch', { body: { requests } });
  async function run(requests: object[]): Promise<Map<string, Inner>> {
    const answer = await post(requests);
    expect(answer.status).toBe(200);
    return new Map(responses.parse(answer.json['responses']).map((inner) => [inner.id, inner]));
  }
  const get = (id: string, url = '/me/mailFolders/inbox'): object => ({ id, method: 'GET', url });
  const twenty = Array.from({ length: 20 }, (_, at) => get(String(at)));

  it('serves twenty and no more, in any order', async () => {
    const answer = await post(twenty);
    const ids = responses.parse(answer.json['responses']).map((inner) => inner.id);
    expect([...ids].sort()).toEqual(twenty.map((_, at) => String(at)).sort());
    expect(ids).not.toEqual(twenty.map((_, at) => String(at)));
    expect((await post([...twenty, get('20')])).status).toBe(400);
  });

  it.each([
    ['ids that differ in case alone', [get('a'), get('A')]],
    ['an absolute url', [get('a', 'https://graph.microsoft.com/v1.0/me')]],
    [
      'a batch inside',
      [{ id: 'a', method: 'POST', url: '/$batch', body: {}, headers: { 'Content-Type': 'application/json' } }],
    ],
    ['a body without a content type', [{ id: 'a', method: 'PATCH', url: '/me/messages/x', body: { isRead: true } }]],
    ['another shape of dependsOn', [get('a'), get('b'), { ...get('c'), dependsOn: ['a', 'b'] }]],
  ])('refuses %s', async (_what, requests) => {
    expect((await post(requests)).status).toBe(400);
  });

  it('takes Prefer and If-Match from the inner headers', async () => {
    const id = await lab.add();
    const request = { id: '1', method: 'PATCH', url: `/me/messages/${id}`, body: { isRead: true } };
    const headers = { 'Content-Type': 'application/json', Prefer: 'IdType="ImmutableId"' };
    const done = await run([{ ...request, headers }]);
    expect(done.get('1')?.body?.['id']).toBe(id);
    expect(done.get('1')?.headers['Preference-Applied']).toContain('ImmutableId');
    const stale = await run([{ ...request, headers: { ...headers, 'If-Match': 'W/"old"' } }]);
    expect(stale.get('1')?.status).toBe(412);
  });

  it('fails what depends on a failure, and runs dependants one after the other', async () => {
    const chain = [
      get('1', '/me/messages/nonsense'),
      { ...get('2'), dependsOn: ['1'] },
      { ...get('3'), dependsOn: ['2'] },
    ];
    const answers = await run(chain);
    expect(['1', '2', '3'].map((id) => answers.get(id)?.status)).toEqual([400, 424, 424]);
    await lab.control('DELETE', '/requests');
    await run([get('1'), { ...get('2'), dependsOn: ['1'] }, { ...get('3'), dependsOn: ['1'] }]);
    expect((await lab.control('GET', '/stats')).json['maxInFlight']).toEqual({ [UPN]: 2 });
  });

  it('runs four at a time, so that with one request beside it an inner one is throttled', async () => {
    await lab.settings({ latencyMs: 30 });
    expect([...(await run(twenty)).values()].every((inner) => inner.status === 200)).toBe(true);
    await lab.settings({ latencyMs: 150 });
    const beside = lab.get('/me/mailFolders/inbox');
    const inner = [...(await run(twenty)).values()];
    const statuses = new Set([...inner.map((item) => item.status), (await beside).status]);
    expect(statuses).toEqual(new Set([200, 429]));
    const refused = inner.find((item) => item.status === 429);
    if (refused !== undefined) expect(Number(refused.headers['Retry-After'])).toBeGreaterThan(0);
  });

  it('is hit by faults in its inner requests', async () => {
    await lab.fault(
      { kind: 'status', status: 503, headers: { 'Retry-After': '7' } },
      { path: '/me/mailFolders/drafts' },
    );
    const answers = await run([get('1'), get('2', '/me/mailFolders/drafts')]);
    expect([answers.get('1')?.status, answers.get('2')?.status]).toEqual([200, 503]);
    expect(answers.get('2')?.headers['Retry-After']).toBe('7');
    await lab.fault({ kind: 'reset' }, { path: '/me/mailFolders/drafts' });
    await expect(post([get('1'), get('2', '/me/mailFolders/drafts')])).rejects.toThrow();
  });

  it('is no JSON where an inner answer is a page of HTML', async () => {
    await lab.fault({ kind: 'html', status: 502 }, { path: '/me/mailFolders/drafts' });
    const answer = await post([get('1'), get('2', '/me/mailFolders/drafts')]);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(answer.text).toContain('"body":<!DOCTYPE html>');
    expect(answer.text).toContain('"id":"1","status":200');
  });

  it('gives an inner list its own nextLink', async () => {
    const answers = await run([get('1', '/me/messages?$top=5')]);
    const link = text(answers.get('1')?.body, '@odata.nextLink');
    expect((await lab.get(link, immutable())).value).toHaveLength(5);
  });
});

describe('throttling', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start();
  });
  afterEach(() => lab.server.close());

  it('refuses the fifth request at once on a mailbox, and leaves other mailboxes alone', async () => {
    await lab.control('POST', '/users', { userPrincipalName: 'bob@contoso.example' });
    const bob = await lab.tokenFor({ upn: 'bob@contoso.example' });
    await lab.settings({ latencyMs: 200 });
    const five = Array.from({ length: 5 }, () => lab.get('/me/messages'));
    const other = lab.get('/me/messages', { authorization: `Bearer ${bob}` });
    const answers = await Promise.all(five);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.code).toBe('ApplicationThrottled');
    expect(refused[0]?.message).toBe('Application is over its MailboxConcurrency limit.');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await other).status).toBe(200);
    expect((await lab.control('GET', '/stats')).json['maxInFlight']).toMatchObject({ [UPN]: 5 });
  });

  it('refuses what goes over the count of ten minutes until they have passed', async () => {
    await lab.settings({ throttle: { per10min: 3 } });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await lab.get('/me/messages')).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const wait = Number((await lab.get('/me/messages')).headers.get('retry-after'));
    expect(wait).toBeGreaterThan(60);
    await lab.control('POST', '/clock', { advanceSeconds: wait });
    expect((await lab.get('/me/messages')).status).toBe(200);
  });
});
