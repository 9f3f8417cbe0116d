import { expect, it } from 'vitest';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { mail } from '../../shared/domains/mail/index.ts';
import { updateOf, writeLocally } from '../../shared/engine/local-write.ts';
import { runPushJob } from '../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies } from '../support/fault-proxy.ts';
import { connect, startWorld, type SyncWorld } from '../support/sync-world.ts';

const job = (world: SyncWorld, why = 'schedule'): unknown => ({
  connectionId: world.connectionId,
  domain: 'mail',
  why,
  due: null,
});

/** A worker that holds no token yet. */
const coldWorker = (world: SyncWorld): App =>
  openApp(loadConfig(world.environment), { clock: world.clock, log: silentLog });

const connectionOf = async (world: SyncWorld): Promise<unknown> =>
  (await world.app.connections.read(world.connectionId))?.connection;

/** Rounds that did not go on from a delta link. */
const freshRounds = (world: SyncWorld): number =>
  world.graph.seen({ path: /\/delta/ }).filter(({ path }) => !/token=/i.test(path)).length;

it('P17 a revoked grant is told within one cycle, and signing in again resumes from the cursors', async () => {
  await using world = await startWorld({ messages: 20 });
  await world.drain();
  const missed = await world.arrive({ subject: 'While signed out' });
  await world.user('POST', '/revoke', { error: '50173' });
  await runSyncJob(job(world), coldWorker(world));
  expect(await connectionOf(world)).toMatchObject({ status: 'reauth_required', reason: 'reauth_required' });
  expect((await world.head()).status).toMatchObject({ status: 'error', reason: 'reauth_required' });
  expect((await world.feed('connection')).map(({ type, after }) => [type, after?.['reason'] ?? null])).toEqual([
    ['connection.connected', null],
    ['connection.reauth_required', 'reauth_required'],
  ]);
  world.graph.forget();
  await connect(world.app, { username: world.upn, password: 'Pa55-word!', folders: 'all' });
  await world.drain();
  expect(await connectionOf(world)).toMatchObject({ status: 'connected', reason: null });
  expect((await world.head()).status).toMatchObject({ status: 'ok', reason: null });
  expect((await world.feed('connection')).at(-1)?.type).toBe('connection.recovered');
  expect((await world.feed()).filter((change) => change.graphId === missed).length).toBe(1);
  expect(await world.differences()).toEqual([]);
  expect(freshRounds(world)).toBe(0);
});

it('P17 signing in again resumes at once, though a job that met the old grant is still at work', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.drain();
  await world.user('POST', '/revoke', { error: '50173' });
  const tables = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'table'));
  const storage = throughProxies(world.azurite.connectionString, { table: tables.url });
  const settings = loadConfig({ ...world.environment, AzureWebJobsStorage: storage });
  // It holds its lease until it has written down what it met.
  const before = async (): Promise<void> => {
    await connect(world.app, { username: world.upn, password: 'Pa55-word!', folders: 'all' });
    await world.drain();
  };
  const late = tables.plan({ method: 'POST', path: /\$batch/, body: /\/sync\(/, nth: 2, fault: { call: { before } } });
  await runSyncJob(job(world), openApp(settings, { clock: world.clock, log: silentLog }));
  expect(late.hits).toBe(1);
  await world.drain();
  expect((await world.head()).status).toMatchObject({ status: 'ok', reason: null });
  expect(await connectionOf(world)).toMatchObject({ status: 'connected', reason: null });
  await tables.close();
});

it('P17 a revoked grant is told too when all that a round would read are the items that a notification named', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.drain();
  const fresh = await world.arrive({ subject: 'Named' });
  await world.app.wake.raise({ connectionId: world.connectionId, domain: 'mail' }, [fresh]);
  await world.user('POST', '/revoke', { error: '50173' });
  await runSyncJob(job(world, 'notification'), coldWorker(world));
  expect(await connectionOf(world)).toMatchObject({ status: 'reauth_required', reason: 'reauth_required' });
});

it('P17 an item that a notification named is not forgotten because reading it fails in passing', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await world.drain();
  const fresh = await world.arrive({ subject: 'Named' });
  await world.app.wake.raise({ connectionId: world.connectionId, domain: 'mail' }, [fresh]);
  world.graph.plan({ method: 'GET', path: /\/me\/messages\//, times: 2, fault: { before: { status: 503 } } });
  await runSyncJob(job(world, 'notification'), world.app);
  const { named, status } = await world.head();
  const held = (await world.messages()).some((message) => message.graphId === fresh);
  const soon = Date.parse(status.nextDueAt ?? '') - world.clock.now().getTime() < 3_600_000;
  expect(held || (named.includes(fresh) && soon)).toBe(true);
});

it('P17 a mailbox that cannot be reached is told, nothing is taken for deleted, and it resumes from its cursors', async () => {
  await using world = await startWorld({ messages: 20 });
  await world.drain();
  const before = (await world.messages()).length;
  await world.user('PATCH', '', { mailbox: 'notEnabled' });
  await world.poll();
  expect(await connectionOf(world)).toMatchObject({ status: 'error', reason: 'mailbox_unreachable' });
  expect((await world.head()).status).toMatchObject({ status: 'error', reason: 'mailbox_unreachable' });
  expect((await world.messages()).length).toBe(before);
  await world.user('PATCH', '', { mailbox: 'ok' });
  const fresh = await world.arrive({ subject: 'Back again' });
  world.graph.forget();
  world.clock.move(7_200_000);
  await world.poll();
  expect(await connectionOf(world)).toMatchObject({ status: 'connected', reason: null });
  expect((await world.feed('connection')).map((change) => change.type)).toEqual([
    'connection.connected',
    'connection.error',
    'connection.recovered',
  ]);
  expect((await world.feed()).slice(1).map(({ type, graphId }) => [type, graphId])).toEqual([
    ['message.created', fresh],
  ]);
  expect(await world.differences()).toEqual([]);
  expect(freshRounds(world)).toBe(0);
});

it('P17 contacts that are refused as a whole keep the connection in error while mail goes on, until they are read again', async () => {
  const domains = ['mail', 'contacts'];
  await using world = await startWorld({ messages: 5, contacts: 5, domains });
  await world.drain();
  const sync = async (domain: string): Promise<void> => {
    world.clock.move(7_200_000);
    await runSyncJob({ connectionId: world.connectionId, domain, why: 'schedule', due: null }, world.app);
  };
  const action = { kind: 'status', status: 403, code: 'ErrorAccessDenied' };
  await world.control('POST', '/faults', { match: { path: '/contact' }, times: 0, action });
  for (const domain of ['contacts', 'mail', 'contacts', 'mail']) {
    await sync(domain);
    expect(await connectionOf(world)).toMatchObject({ status: 'error', reason: 'access_denied' });
  }
  const told = async (): Promise<string[]> => (await world.feed('connection')).slice(1).map(({ type }) => type);
  expect(await told()).toEqual(['connection.error']);
  await world.control('DELETE', '/faults');
  await sync('contacts');
  expect(await connectionOf(world)).toMatchObject({ status: 'connected', reason: null });
  expect(await told()).toEqual(['connection.error', 'connection.recovered']);
});

it('P17 a new sign-in begins with no word of what an older one met', async () => {
  const domains = ['mail', 'contacts'];
  await using world = await startWorld({ messages: 5, contacts: 5, domains });
  await world.drain();
  const action = { kind: 'status', status: 403, code: 'ErrorAccessDenied' };
  await world.control('POST', '/faults', { match: { path: '/contact' }, times: 0, action });
  await runSyncJob({ connectionId: world.connectionId, domain: 'contacts', why: 'schedule', due: null }, world.app);
  expect(await connectionOf(world)).toMatchObject({ status: 'error', stuck: { contacts: 'access_denied' } });
  await connect(world.app, { username: world.upn, password: 'Pa55-word!', folders: 'all', domains });
  expect(await connectionOf(world)).toMatchObject({ status: 'connected', reason: null, stuck: {} });
});

it('P17 what a push alone has met stands no longer than until the mailbox can be read', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.drain();
  const [message] = await world.messages();
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  await writeLocally(world.app, mail, scope, {
    intend: updateOf(message?.id ?? '', 'update', { categories: ['Red'] }),
  });
  await world.user('PATCH', '', { mailbox: 'notEnabled' });
  await runPushJob({ ...scope, due: null }, world.app);
  expect(await connectionOf(world)).toMatchObject({ status: 'error', reason: 'mailbox_unreachable' });
  await world.user('PATCH', '', { mailbox: 'ok' });
  await world.drain();
  expect(await connectionOf(world)).toMatchObject({ status: 'connected', reason: null });
});
