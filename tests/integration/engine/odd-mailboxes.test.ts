import { expect, it } from 'vitest';
import { z } from 'zod';
import { mail } from '../../../shared/domains/mail/index.ts';
import { updateOf, writeLocally } from '../../../shared/engine/local-write.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

const quiet = { notifications: { pause: true } };
const scopeOf = (world: SyncWorld): { connectionId: string; domain: string } => ({
  connectionId: world.connectionId,
  domain: 'mail',
});
const effects = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));
const page = z.object({ value: z.array(z.looseObject({ id: z.string() })) }).loose();
const folder = z.object({ id: z.string(), wellKnownName: z.string().nullable() });

async function folders(world: SyncWorld): Promise<z.output<typeof folder>[]> {
  const range = { from: 'f:', to: 'f;', where: {}, limit: 200, after: null };
  const { entries } = await world.app.store.list(scopeOf(world), range);
  return entries.map((entry) => folder.parse(entry.item));
}

it('P8 a write to a message that has left all synced folders still reaches it', async () => {
  await using world = await startWorld({ messages: 5, mailFolders: ['inbox'] });
  await world.control('PATCH', '/settings', quiet);
  await world.drain();
  const id = await world.arrive({ subject: 'Read, then thrown away', isRead: false });
  await world.poll();
  const record = (await world.messages()).find((message) => message.graphId === id);
  const write = { intend: updateOf(record?.id ?? '', 'update', { isRead: true }) };
  await world.user('POST', `/messages/${id}/move`, { folder: 'deleteditems' });
  await writeLocally(world.app, mail, scopeOf(world), write);
  await world.poll();
  expect((await world.messages()).map((message) => message.graphId)).not.toContain(id);
  await world.app.queues.push({ ...scopeOf(world), due: null });
  await world.drain();
  const ours = effects.parse(await world.user('GET', '/effects')).filter((effect) => effect.by === 'app');
  expect(ours).toMatchObject([{ kind: 'update', id }]);
  expect(await world.app.store.readOutbox(scopeOf(world))).toEqual([]);
  expect((await world.head()).counts.outbox).toBe(0);
});

it('recognises a well-known folder that came to be after the first sync', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.control('PATCH', '/settings', quiet);
  const hidden = { match: { path: '/mailFolders/archive' }, times: 0 };
  await world.control('POST', '/faults', {
    ...hidden,
    action: { kind: 'status', status: 404, code: 'ErrorItemNotFound' },
  });
  await world.drain();
  expect((await folders(world)).map(({ wellKnownName }) => wellKnownName)).not.toContain('archive');
  await world.control('DELETE', '/faults');
  await world.user('POST', '/folders', { displayName: 'Another one' });
  await world.poll();
  await world.poll();
  expect((await folders(world)).map(({ wellKnownName }) => wellKnownName)).toContain('archive');
});

it('P11 a folder that is gone without a word of delta is met by comparing the list of folders, and settles', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.control('PATCH', '/settings', quiet);
  await world.drain();
  const { id } = z.object({ id: z.string() }).parse(await world.user('POST', '/folders', { displayName: 'Vanishing' }));
  await world.poll();
  const streams = (await world.cursors()).length;
  await world.user('DELETE', `/folders/${id}?permanent=true`);
  // The list of folders never tells of it, until it is read as a whole.
  const told = (text: string): string => {
    const { value, ...rest } = page.parse(JSON.parse(text));
    return JSON.stringify({ ...rest, value: value.filter((entry) => entry.id !== id) });
  };
  world.graph.plan({ path: /\/mailFolders\/delta/, times: Infinity, fault: { rewrite: told } });
  for (let round = 0; round < 4; round++) {
    await world.poll();
    world.clock.move(3_600_000);
  }
  expect((await world.cursors()).length).toBe(streams - 1);
  expect((await folders(world)).map((one) => one.id)).not.toContain(id);
  expect((await world.head()).status).toMatchObject({ status: 'ok', reason: null });
});

it('P16 neither a log nor the status holds the name of a folder whose page cannot be used: it may be an address', async () => {
  const name = 'ada@contoso.example';
  await using world = await startWorld({ messages: 5 });
  await world.control('PATCH', '/settings', quiet);
  await world.drain();
  const { id } = z.object({ id: z.string() }).parse(await world.user('POST', '/folders', { displayName: name }));
  await world.poll();
  const path = new RegExp(id.replaceAll('=', ''));
  world.graph.plan({ path, times: Infinity, fault: { rewrite: () => '{"value": []}' } });
  await world.poll();
  const { status } = await world.head();
  expect(status.reason).toBe('stream_failed');
  expect(world.lines.filter((line) => line.includes('stream.failed'))).toHaveLength(1);
  expect([...world.lines, status.lastError].filter((line) => line?.includes(name))).toEqual([]);
});

it('P5 a round that compares takes away what was kept aside and is no longer there', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.control('PATCH', '/settings', quiet);
  await world.drain();
  const bad = await world.arrive({ subject: 'Unreadable' });
  const spoilt = (text: string): string => {
    const { value, ...rest } = page.parse(JSON.parse(text));
    return JSON.stringify({ ...rest, value: value.map((item) => (item.id === bad ? { ...item, from: 5 } : item)) });
  };
  const spoil = world.graph.plan({ path: /\/messages\/delta/, times: Infinity, fault: { rewrite: spoilt } });
  await world.poll();
  spoil.cancel();
  expect((await world.head()).counts.bad).toBe(1);
  await world.control('POST', '/tokens/evict', {});
  await world.user('DELETE', `/messages/${bad}?permanent=true`);
  await world.poll();
  await world.poll();
  expect((await world.head()).counts.bad).toBe(0);
  const rows = await Promise.all(
    (await world.cursors()).map(({ stream }) => world.app.store.readBad(scopeOf(world), stream)),
  );
  expect(rows.flat()).toEqual([]);
});

for (const alone of ['are answered', 'fail as well'])
  it(`P11 folders are polled though a batch about what was named cannot be read, and its items, asked for alone, ${alone}`, async () => {
    await using world = await startWorld({ messages: 5 });
    await world.control('PATCH', '/settings', quiet);
    await world.drain();
    const named = [await world.arrive({ subject: 'One' }), await world.arrive({ subject: 'Two', folder: 'archive' })];
    const other = await world.arrive({ subject: 'Three' });
    world.graph.plan({ path: /\$batch/, times: Infinity, fault: { rewrite: () => '{"responses":[<html>' } });
    if (alone === 'fail as well')
      world.graph.plan({ path: /\/me\/messages\//, times: Infinity, fault: { before: { status: 502 } } });
    await world.app.wake.raise(scopeOf(world), named);
    await world.poll('notification');
    const told = (await world.feed()).flatMap(({ type, graphId }) => (type === 'message.created' ? [graphId] : []));
    expect(told.toSorted()).toEqual([...named, other].toSorted());
    expect((await world.head()).status).toMatchObject({ status: 'ok', lastError: null });
  });
