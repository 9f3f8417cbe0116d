import { expect, it } from 'vitest';
import { mail } from '../../shared/domains/mail/index.ts';
import { MAILBOX_SLOTS, type SlotLease } from '../../shared/engine/directory-ports.ts';
import { updateOf, writeLocally } from '../../shared/engine/local-write.ts';
import { runPushJob } from '../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { startWorld, type SyncWorld } from '../support/sync-world.ts';

const scopeOf = ({ connectionId }: SyncWorld) => ({ connectionId, domain: 'mail' });

/** Other work has the whole mailbox. */
async function takeAll({ app, connectionId }: SyncWorld): Promise<SlotLease> {
  const found = await app.connections.read(connectionId);
  if (found === null) throw new Error('there is no connection');
  const answer = await app.slots.take(found.connection.account, MAILBOX_SLOTS);
  if (answer.outcome !== 'held') throw new Error('somebody is in the mailbox');
  return answer.lease;
}

it('P13 a sync that finds all slots taken waits, and nobody is told of a failure', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.drain();
  await world.arrive({ subject: 'Waits for its turn' });
  const others = await takeAll(world);
  world.lines.length = 0;
  const began = world.clock.now().getTime();
  await runSyncJob({ ...scopeOf(world), why: 'schedule', due: null }, world.app);
  expect(world.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
  expect(world.lines.join()).toMatch(/sync\.waiting.*mailbox\.busy/);
  const { status } = await world.head();
  expect(status).toMatchObject({ failures: 0, reason: null, lastError: null, lastErrorAt: null });
  expect(Date.parse(status.nextDueAt ?? '') - began).toBeLessThan(10_000);
  expect((await world.app.connections.read(world.connectionId))?.connection).toMatchObject({ status: 'connected' });
  await others.release();
  await world.poll();
  expect((await world.messages()).map(({ subject }) => subject)).toContain('Waits for its turn');
});

it('P13 a write that finds all slots taken was no attempt: it goes a moment later, as if for the first time', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.drain();
  const [message] = await world.messages();
  const others = await takeAll(world);
  await writeLocally(world.app, mail, scopeOf(world), {
    intend: updateOf(message?.id ?? '', 'update', { categories: ['Blue category'] }),
  });
  const began = world.clock.now().getTime();
  await runPushJob({ ...scopeOf(world), due: null }, world.app);
  const [operation] = await world.app.store.readOutbox(scopeOf(world));
  expect(operation).toMatchObject({ attempts: 0, claim: null, lastError: 'mailbox.busy' });
  expect(Date.parse(operation?.nextAttemptAt ?? '') - began).toBeLessThan(10_000);
  await others.release();
  world.clock.move(10_000);
  world.graph.forget();
  await runPushJob({ ...scopeOf(world), due: null }, world.app);
  expect(world.graph.requests.map(({ method }) => method)).toEqual(['PATCH']);
  expect(await world.app.store.readOutbox(scopeOf(world))).toEqual([]);
});
