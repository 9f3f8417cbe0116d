import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from './tables/bench.ts';

const status = (code: number, more: object = {}): object => ({ kind: 'status', status: code, ...more });
const error = (code: string): object => ({ error: { code, message: 'x' } });

/** What re-reading a removed message may answer, while the message is really gone. */
const refusals: Readonly<Record<string, object>> = {
  '401 once': status(401),
  '403 ErrorAccessDenied': status(403, { code: 'ErrorAccessDenied' }),
  '404 without a body': status(404, { body: '' }),
  '404 that is JSON but no error of Graph': status(404, { body: { status: 'missing' } }),
  '404 in HTML': { kind: 'html', status: 404 },
  '404 MailboxNotEnabledForRESTAPI': status(404, { code: 'MailboxNotEnabledForRESTAPI' }),
  '404 mailboxNotEnabledForRestApi': status(404, { code: 'mailboxNotEnabledForRestApi' }),
  '404 ErrorInvalidUser': status(404, { code: 'ErrorInvalidUser' }),
  '404 ErrorNonExistentMailbox': status(404, { code: 'ErrorNonExistentMailbox' }),
  '404 with the reason inside': status(404, {
    body: { error: { code: 'ResourceNotFound', innerError: { code: 'ErrorNonExistentMailbox' } } },
  }),
  '409': status(409),
  '410 without a body': status(410, { body: '' }),
  '410 syncStateNotFound': status(410, { code: 'syncStateNotFound' }),
  '412': status(412),
  '423': status(423),
  '429 with Retry-After': status(429, { headers: { 'Retry-After': '30' } }),
  '429 without Retry-After': status(429),
  '500': status(500),
  '502': status(502),
  '503': status(503),
  '503 with Retry-After': status(503, { headers: { 'Retry-After': '30' } }),
  '503 ErrorMailboxMoveInProgress': status(503, { code: 'ErrorMailboxMoveInProgress' }),
  '504': status(504),
  '507': status(507),
  'a reset': { kind: 'reset' },
  'half an answer': { kind: 'truncate' },
  'garbage for JSON': status(200, { body: '{"id": "AA' }),
  'nothing with 200': status(200, { body: '' }),
  'nothing with 204': status(204, { body: '' }),
  'HTML with 200': { kind: 'html', status: 200 },
  'an error with 200': status(200, { body: error('ErrorItemNotFound') }),
  'another item with 200': status(200, { body: { id: 'AAkALgAAAAAAHYQDEapmEc2byACqAC_somebody_else' } }),
  'a redirect': status(302, { headers: { location: 'http://127.0.0.1:9/' } }),
};

/** What tells that it is gone indeed. */
const proofs: Readonly<Record<string, object>> = {
  '404 ErrorItemNotFound': status(404, { code: 'ErrorItemNotFound' }),
  '404 erroritemnotfound': status(404, { code: 'erroritemnotfound' }),
  '404 ResourceNotFound': status(404, { code: 'ResourceNotFound' }),
  '410 ErrorItemNotFound': status(410, { code: 'ErrorItemNotFound' }),
};

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

/** So many messages that are known, and gone since. */
async function doomed(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await bench.arrive({ subject: `Doomed ${n}` }));
  await bench.poll();
  for (const id of ids) await bench.mailbox.user('DELETE', `/messages/${id}?permanent=true`);
  return ids;
}

/** One item of them answers so when it is read. */
async function answers(id: string, action: object, times: number): Promise<void> {
  const path = `/messages/${encodeURIComponent(id)}\\?`;
  await bench.fault({ method: 'GET', path }, action, { times });
}

describe.each([
  ['alone', 1],
  ['in a batch', 3],
] as const)('a removal that is re-read %s', (_, count) => {
  it.each(Object.entries(refusals))(
    'P7 deletes nothing after %s, and is settled when it can be',
    async (name, action) => {
      const [id = '', ...others] = await doomed(count);
      await answers(id, action, name.includes('once') ? 1 : 0);
      await bench.poll();
      const [told, stands] = [bench.told(id), await bench.lists(id)];
      expect(await bench.ended()).toEqual([]);
      // A token that is refused once is renewed, and the item answers by itself.
      if (!name.includes('once')) expect([told, stands]).toEqual([['message.created'], true]);
      for (const each of [id, ...others]) expect(bench.told(each)).toEqual(['message.created', 'message.deleted']);
    },
  );

  it.each(Object.entries(proofs))('P7 deletes after %s, once', async (_name, action) => {
    const [id = '', ...others] = await doomed(count);
    await answers(id, action, 0);
    await bench.poll();
    expect([bench.told(id), await bench.lists(id)]).toEqual([['message.created', 'message.deleted'], false]);
    expect(await bench.ended()).toEqual([]);
    for (const each of [id, ...others]) expect(bench.told(each)).toEqual(['message.created', 'message.deleted']);
  });
});

it('P7 an item that is there is put where it is, told as moved or not at all', async () => {
  const [moved, back, out] = [await bench.arrive(), await bench.arrive(), await bench.arrive()];
  await bench.poll();
  const move = (id: string, folder: string): Promise<unknown> =>
    bench.mailbox.user('POST', `/messages/${id}/move`, { folder });
  await move(moved, 'archive');
  await move(back, 'archive');
  await move(back, 'inbox');
  await move(out, 'deleteditems');
  // The folder that it went to brings nothing: only re-reading can tell.
  await bench.fault({ path: '/messages/delta' }, { kind: 'empty-page' }, { skip: 1, times: 1 });
  await bench.poll();
  expect(await bench.ended()).toEqual([]);
  expect([moved, back, out].map((id) => bench.told(id))).toEqual([
    ['message.created', 'message.moved'],
    ['message.created'],
    ['message.created', 'message.deleted'],
  ]);
});

it('P7 while the folder itself cannot be read, a 404 proves nothing', async () => {
  const [id = ''] = await doomed(1);
  await bench.fault({ method: 'GET', path: '/mailFolders/[^/?]+\\?' }, status(503), { times: 0 });
  await bench.poll();
  expect([bench.told(id), await bench.lists(id)]).toEqual([['message.created'], true]);
  expect(await bench.ended()).toEqual([]);
  expect(bench.told(id)).toEqual(['message.created', 'message.deleted']);
});
