import { expect, it } from 'vitest';
import { openApp, type App } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { makeCertificate, type MadeCertificate } from '../../support/certificate.ts';
import { connect, startWorld, type SyncWorld } from '../../support/sync-world.ts';

const CLIENT_ID = '11111111-2222-4333-8444-555555555555';

/** A worker with that certificate for its credential, that holds no token yet. */
const workerWith = (world: SyncWorld, { pem }: MadeCertificate): App =>
  openApp(loadConfig({ ...world.environment, MICROSOFT_CLIENT_SECRET: '', MICROSOFT_CLIENT_CERTIFICATE: pem }), {
    clock: world.clock,
    log: silentLog,
  });

const sync = (world: SyncWorld, worker: App): Promise<void> =>
  runSyncJob({ connectionId: world.connectionId, domain: 'mail', why: 'schedule', due: null }, worker);
const connectionOf = async (world: SyncWorld): Promise<unknown> =>
  (await world.app.connections.read(world.connectionId))?.connection;

it("P17 a wrong credential is told as the operator's fault, needs no user, and is over with the right one", async () => {
  await using world = await startWorld({ messages: 5 });
  await world.drain();
  const [held, wrong] = [makeCertificate(), makeCertificate()];
  await world.control('PATCH', `/apps/${CLIENT_ID}`, { certificates: [held.certificate] });
  const missed = await world.arrive({ subject: 'Meanwhile' });

  await sync(world, workerWith(world, wrong));
  expect(await connectionOf(world)).toMatchObject({ status: 'error', reason: 'app_misconfigured' });
  expect((await world.head()).status).toMatchObject({ status: 'error', reason: 'app_misconfigured' });
  expect((await world.feed('connection')).map(({ type }) => type)).toEqual([
    'connection.connected',
    'connection.error',
  ]);
  // It is tried again by itself: nobody has to sign in.
  expect((await world.head()).status.nextDueAt).not.toBeNull();

  await sync(world, workerWith(world, held));
  expect(await connectionOf(world)).toMatchObject({ status: 'connected', reason: null });
  expect((await world.feed('connection')).at(-1)?.type).toBe('connection.recovered');
  expect((await world.feed()).filter((change) => change.graphId === missed)).toHaveLength(1);
  expect(await world.differences()).toEqual([]);
});

it('a user connects while the credential is a certificate', async () => {
  await using world = await startWorld({ messages: 2 });
  await world.drain();
  const held = makeCertificate();
  await world.control('PATCH', `/apps/${CLIENT_ID}`, { certificates: [held.certificate], secret: 'another' });
  const account = { username: world.upn, password: 'Pa55-word!', folders: 'all', userId: 'another-user' } as const;
  const id = await connect(workerWith(world, held), account);
  expect((await world.app.connections.read(id))?.connection).toMatchObject({
    status: 'connected',
    userId: 'another-user',
  });
});
