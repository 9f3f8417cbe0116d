import { expect, it } from 'vitest';
import { contactDefaults } from '../../../shared/domains/contacts/contact-wire.ts';
import { contacts } from '../../../shared/domains/contacts/index.ts';
import type { Connection } from '../../../shared/engine/connection.ts';
import { writeLocally } from '../../../shared/engine/local-write.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

const scopeOf = ({ connectionId }: SyncWorld) => ({ connectionId, domain: 'contacts' });

async function alter({ app, connectionId }: SyncWorld, changes: Partial<Connection>): Promise<void> {
  const found = await app.connections.read(connectionId);
  if (found === null) throw new Error('there is no connection');
  await app.connections.replace({ ...found.connection, ...changes }, found.version);
}

async function sync(world: SyncWorld, domain: string): Promise<void> {
  await runSyncJob({ connectionId: world.connectionId, domain, why: 'schedule', due: null }, world.app);
  await world.drain();
}

const statusOf = async ({ app, connectionId }: SyncWorld) => {
  const found = await app.connections.read(connectionId);
  return { status: found?.connection.status, contacts: found?.connection.copies['contacts']?.reason };
};

it('P11: a sign-in that does not cover contacts stops them alone, and they go on when it does', async () => {
  await using world = await startWorld({ messages: 5, contacts: 5, domains: ['mail', 'contacts'] });
  await world.drain();
  const { connection } = (await world.app.connections.read(world.connectionId)) ?? {};
  const scopes = connection?.scopes ?? [];
  expect(scopes).toContain('contacts.readwrite');
  await alter(world, { scopes: scopes.filter((scope) => !scope.startsWith('contacts')) });
  await writeLocally(world.app, contacts, scopeOf(world), {
    intend: () =>
      Promise.resolve({
        type: 'create',
        kind: 'contact',
        action: 'create',
        fields: contactDefaults,
        stream: 'default',
      }),
  });
  await world.app.queues.push({ ...scopeOf(world), due: null });
  await world.drain();
  await world.arrive({ subject: 'Still there' });
  await sync(world, 'contacts');
  expect(await statusOf(world)).toEqual({ status: 'connected', contacts: 'consent_missing' });
  await sync(world, 'mail');
  expect((await world.messages()).map(({ subject }) => subject)).toContain('Still there');
  expect(await statusOf(world)).toEqual({ status: 'connected', contacts: 'consent_missing' });
  await alter(world, { scopes });
  await sync(world, 'contacts');
  expect(await statusOf(world)).toEqual({ status: 'connected', contacts: null });
});

it('P11: a mailbox by OWA alone, that nobody signed in to Graph for, reports consent_missing for contacts and asks Graph for nothing', async () => {
  await using world = await startWorld({ messages: 5, domains: ['mail', 'contacts'] });
  await world.drain();
  await alter(world, { source: 'owa', scopes: [], secret: null });
  const before = world.graph.requests.length;
  await sync(world, 'contacts');
  expect(await statusOf(world)).toEqual({ status: 'connected', contacts: 'consent_missing' });
  expect(world.graph.requests.length).toBe(before);
  const head = await world.app.store.readHead(scopeOf(world));
  expect(head?.head.status).toMatchObject({ status: 'error', reason: 'consent_missing', failures: 1 });
});
