import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { oddTexts } from './programs/odd-texts.ts';
import { Bench } from './tables/bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

/** Recipients of so many bytes in all, which no compression makes smaller. */
const recipients = (bytes: number): object[] =>
  Array.from({ length: Math.ceil(bytes / 300) }, () => {
    const name = randomBytes(140).toString('base64url');
    return { address: `${name.slice(0, 60)}@contoso.example`, name };
  });

it.each([100_000, 600_000, 1_000_000, 1_300_000, 2_000_000, 6_000_000])(
  'P11 an item of %d bytes keeps no other of its page waiting, whatever becomes of it',
  async (bytes) => {
    const before = await bench.arrive({ subject: 'Before' });
    const giant = await bench.arrive({ subject: 'Giant', to: recipients(bytes) });
    const after = await bench.arrive({ subject: 'After' });
    await bench.poll();
    for (const id of [before, giant, after])
      expect([await bench.lists(id), bench.told(id)]).toEqual([true, ['message.created']]);
    for (const id of [before, giant, after]) await bench.mailbox.user('PATCH', `/messages/${id}`, { subject: 'Again' });
    await bench.mailbox.user('PATCH', `/messages/${giant}`, { to: recipients(bytes) });
    await bench.poll();
    for (const id of [before, giant, after]) expect(bench.told(id)).toEqual(['message.created', 'message.updated']);
    await bench.mailbox.user('POST', `/messages/${giant}/move`, { folder: 'archive' });
    await bench.poll();
    expect(bench.told(giant).at(-1)).toBe('message.moved');
    await bench.mailbox.user('DELETE', `/messages/${giant}?permanent=true`);
    await bench.poll();
    expect(bench.told(giant).at(-1)).toBe('message.deleted');
    expect(await bench.ended()).toEqual([]);
  },
  60_000,
);

it('P11 two giants on one page, and one that we write to ourselves, come through', async () => {
  const one = await bench.arrive({ subject: 'One', to: recipients(880_000) });
  const two = await bench.arrive({ subject: 'Two', to: recipients(880_000) });
  await bench.poll();
  await bench.mailbox.user('PATCH', `/messages/${two}`, { isRead: true });
  const at = (await bench.mailbox.list()).findIndex((item) => item['graphId'] === one);
  await bench.watched.do({ do: 'write', pick: at, field: 'categories', on: true });
  await bench.watched.do({ do: 'job', job: 'drain', by: 0 });
  await bench.poll();
  for (const id of [one, two]) await bench.mailbox.user('DELETE', `/messages/${id}?permanent=true`);
  expect(await bench.ended()).toEqual([]);
  expect(bench.told(one)).toEqual(['message.created', 'message.updated', 'message.deleted']);
}, 60_000);

it('P6 texts that break other programs come through as they are, in messages, categories and names of folders', async () => {
  for (const [index, text] of oddTexts.entries()) {
    const folder = await bench.makeFolder(`${text}${index}`);
    const from = { address: `${index}@contoso.example`, name: text };
    await bench.arrive({ subject: text, from, categories: [`${text}.`], importance: `${text}?`, folder });
    await bench.arrive({ subject: `${index}`, internetMessageId: text, conversationId: `${text}!`, to: [from] });
  }
  await bench.poll();
  expect(await bench.ended()).toEqual([]);
}, 60_000);

it.each([
  ['the subject alone', { subject: 'Other words' }],
  ['read state and more', { subject: 'More words', isRead: true, categories: ['Theirs'] }],
])(
  'P6 an entry in part that hides what changed (%s) loses nothing of it, and it is told once',
  async (_, edit) => {
    const id = await bench.arrive({ subject: 'Words', isRead: false });
    await bench.poll();
    await bench.mailbox.user('PATCH', `/messages/${id}`, edit);
    await bench.fault({ path: '/messages/delta' }, { kind: 'thin-items' }, { times: 50 });
    await bench.poll();
    expect(bench.told(id)).toEqual(['message.created', 'message.updated']);
    expect(await bench.ended()).toEqual([]);
    expect(bench.told(id)).toEqual(['message.created', 'message.updated']);
  },
  60_000,
);

const page = z.looseObject({ value: z.array(z.looseObject({ id: z.string() })) });

it('P6 members, types and words that nobody knows yet are data', async () => {
  const rewrite = (text: string): string => {
    const read = page.safeParse(JSON.parse(text));
    if (!read.success) return text;
    const odd = {
      '@odata.type': '#microsoft.graph.notYetMessage',
      newMember: { deep: [1, null, { a: 'b' }] },
      '@a.b': 1,
    };
    const value = read.data.value.map((item) => ({ ...item, ...odd }));
    return JSON.stringify({ '@microsoft.graph.tips': 'Use $select', ...read.data, value, more: true });
  };
  const spoil = bench.world.rig.proxies.graph.plan({ path: /delta/, times: Infinity, fault: { rewrite } });
  for (const importance of ['unknownFutureValue', '', 'HIGH', 'très important']) await bench.arrive({ importance });
  await bench.arrive({ inferenceClassification: 'later', odataType: '#microsoft.graph.eventMessageResponse' });
  await bench.poll();
  spoil.cancel();
  expect(await bench.ended()).toEqual([]);
});

it.each(['empty-page', 'repeat-page'] as const)(
  'P11 P12 a round without end (%s for ever) is not read for ever, and delays no other folder',
  async (kind) => {
    const folder = await bench.makeFolder(`Endless ${kind}`);
    for (let n = 0; n < 3; n++) await bench.arrive({ subject: `Round and round ${n}`, folder });
    await bench.poll();
    await bench.fault({ path: `${encodeURIComponent(folder)}/messages/delta` }, { kind }, { times: 0 });
    const there = await bench.arrive({ subject: 'In it', folder });
    const elsewhere = await bench.arrive({ subject: 'Elsewhere', folder: 'archive' });
    const { graph } = bench.world.rig.proxies;
    graph.forget();
    await bench.poll();
    expect(await bench.lists(elsewhere)).toBe(true);
    expect(graph.requests.length).toBeLessThan(200);
    // Each rest is longer than the one before.
    graph.forget();
    for (let polls = 0; polls < 2; polls++) await bench.poll();
    expect(graph.seen({ path: /token=/ }).length).toBeLessThan(400);
    expect(await bench.ended()).toEqual([]);
    expect(await bench.lists(there)).toBe(true);
  },
  60_000,
);
