import { expect, it } from 'vitest';
import { startContactWorld } from '../../support/contact-world.ts';
import type { FaultRule } from '../../support/fault-plan.ts';
import { startWorld } from '../../support/sync-world.ts';

const evict = { match: { path: '/messages/delta' }, times: 1, action: { kind: 'gone' } };

it('P5 a dead delta link leads to a round that compares, and tells only what differs', async () => {
  await using world = await startWorld({ messages: 60 });
  await world.drain();
  const before = await world.messages();
  await world.control('POST', '/tokens/evict', {});
  const victim = before[3];
  await world.user('DELETE', `/messages/${victim?.graphId ?? ''}?permanent=true`);
  const fresh = await world.arrive({ subject: 'While the link was dead' });
  await world.poll();
  await world.poll();
  const told = (await world.feed()).slice(1).map((change) => [change.type, change.graphId]);
  expect(told.toSorted()).toEqual(
    [
      ['message.created', fresh],
      ['message.deleted', victim?.graphId],
    ].toSorted(),
  );
  expect(await world.differences()).toEqual([]);
});

it('P5 a reset at any page of the first sync ends in the same store', async () => {
  for (const skip of [0, 1, 3, 6]) {
    await using world = await startWorld({ messages: 80, settings: { SYNC_PAGE_SIZE: '10' } });
    await world.control('POST', '/faults', { ...evict, skip });
    await world.drain();
    expect(await world.differences()).toEqual([]);
    expect((await world.feed()).map((change) => change.type)).toEqual(['sync.baseline_completed']);
  }
});

it('P6 pages delivered twice, shuffled, thin and with duplicates change nothing the second time', async () => {
  await using world = await startWorld({ messages: 80, settings: { SYNC_PAGE_SIZE: '10' } });
  for (const kind of ['repeat-page', 'duplicate-items', 'reorder-items', 'empty-page']) {
    await world.control('POST', '/faults', { match: { path: '/delta' }, times: 0, probability: 0.4, action: { kind } });
  }
  await world.drain();
  expect(await world.differences()).toEqual([]);
  for (let n = 0; n < 8; n++) {
    await world.arrive({ subject: `Number ${n}` });
    await world.poll();
  }
  const told = (await world.feed()).map((change) => change.type);
  expect(told).toEqual(['sync.baseline_completed', ...Array.from({ length: 8 }, () => 'message.created')]);
  expect(await world.differences()).toEqual([]);
});

it('P7 holds back mass deletions until they are approved', async () => {
  await using world = await startWorld({
    messages: 0,
    settings: { DELETE_GUARD_MINIMUM: '5' },
    mailFolders: ['inbox'],
  });
  const ids: string[] = [];
  for (let n = 0; n < 12; n++) ids.push(await world.arrive({ subject: `Guarded ${n}` }));
  await world.drain();
  for (const id of ids.slice(0, 10)) await world.user('DELETE', `/messages/${id}?permanent=true`);
  const fresh = await world.arrive({ subject: 'Not held back' });
  await world.poll();
  expect((await world.head()).status).toMatchObject({ status: 'degraded', reason: 'delete_guard' });
  // The audit is told once, however often the guard is met.
  await world.poll();
  const { entries } = await world.app.audit.list({ limit: 10, after: null });
  const held = entries.filter(({ operation }) => operation === 'delete_guard.held');
  expect(held).toMatchObject([{ actor: { kind: 'system' } }]);
  expect(held[0]?.on).toEqual({ connectionId: world.connectionId, domain: 'mail' });
  expect((await world.messages()).length).toBe(13);
  expect((await world.messages()).some((message) => message.graphId === fresh)).toBe(true);
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  const { changeHead } = await import('../../../shared/engine/change-head.ts');
  await changeHead(world.app, scope, (head) => ({ ...head, asked: { ...head.asked, approveDeletes: true } }));
  await world.poll();
  expect(await world.differences()).toEqual([]);
  expect((await world.head()).status).toMatchObject({ status: 'ok', reason: null });
});

/** Links of these delta rounds are answered as what is not there is. */
const unknownLinks = (path: RegExp): FaultRule => ({
  path,
  times: Infinity,
  fault: { before: { status: 404, body: { error: { code: 'ErrorItemNotFound', message: 'Not found.' } } } },
});

it('P5 a link that is not found begins the round anew in the default folder of contacts, which nothing else can tell of', async () => {
  await using at = await startContactWorld({ contacts: 3 });
  await at.world.control('PATCH', '/settings', { notifications: { pause: true } });
  at.world.graph.plan(unknownLinks(/\/me\/contacts\/delta\?.*token/i));
  await at.arrive({ displayName: 'Ada' });
  await at.poll();
  await at.poll();
  expect((await at.named('Ada')).fields).toMatchObject({ displayName: 'Ada' });
  expect((await at.feed()).map(({ type, cause }) => [type, cause]).slice(1)).toEqual([['contact.created', 'resync']]);
  expect(await at.differences()).toEqual([]);
});

it('P5 a link that is not found begins the round anew where its folder stands', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await world.drain();
  world.graph.plan(unknownLinks(/\/mailFolders\/.*\/messages\/delta\?.*token/i));
  const fresh = await world.arrive({ subject: 'New' });
  await world.poll();
  await world.poll();
  const told = (await world.feed()).slice(1).map(({ type, graphId }) => [type, graphId]);
  expect(told).toEqual([['message.created', fresh]]);
  expect((await world.cursors()).filter(({ failures }) => failures > 0)).toEqual([]);
});
