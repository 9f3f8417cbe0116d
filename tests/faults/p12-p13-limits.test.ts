import { expect, it } from 'vitest';
import { z } from 'zod';
import { messages } from '../../shared/api/families/messages.ts';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { API_KEY, startWorld, type SyncWorld } from '../support/sync-world.ts';

const anotherWorker = (world: SyncWorld): App =>
  openApp(loadConfig(world.environment), { clock: world.clock, log: silentLog });

/** Reads a message's body through to Graph, as the API does. */
const readBody = async (app: App, world: SyncWorld, id: string): Promise<Response> =>
  messages(app).fetch(
    new Request(`http://127.0.0.1/api/connections/${world.connectionId}/messages/${id}?include=body`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    }),
  );

it('P12 a job stops inside its budget of pages and goes on in the next, until all is there', async () => {
  await using world = await startWorld({ messages: 60, settings: { SYNC_BUDGET_PAGES: '2', SYNC_PAGE_SIZE: '5' } });
  const { sync } = await world.drain();
  const pages = world.graph.seen({ path: /\/delta/ }).length;
  expect(sync).toBeGreaterThan(5);
  expect(pages).toBeLessThanOrEqual(sync * 2);
  expect(await world.differences()).toEqual([]);
  expect((await world.feed()).map((change) => change.type)).toEqual(['sync.baseline_completed']);
});

it('P13 nobody asks a mailbox again before its Retry-After, whichever worker and whatever for', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await world.drain();
  const job = { connectionId: world.connectionId, domain: 'mail', why: 'manual', due: null };
  const [message] = await world.messages();
  const other = anotherWorker(world);
  await world.arrive({ subject: 'Later' });
  await world.control('POST', '/faults', {
    match: { path: '/delta' },
    action: { kind: 'status', status: 429, code: 'TooManyRequests', headers: { 'Retry-After': '30' } },
  });
  await runSyncJob(job, world.app);
  world.graph.forget();
  for (const seconds of [0, 15, 29]) {
    if (seconds > 0) world.clock.move(seconds === 15 ? 15_000 : 12_000);
    await runSyncJob(job, world.app);
    await runSyncJob(job, other);
    const answer = await readBody(other, world, message?.id ?? '');
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(world.graph.requests).toEqual([]);
  expect((await world.app.connections.read(world.connectionId))?.connection.status).toBe('connected');
  world.clock.move(5_000);
  await runSyncJob(job, other);
  expect(await world.differences()).toEqual([]);
  expect((await readBody(other, world, message?.id ?? '')).status).toBe(200);
});

const line = z.object({ inFlight: z.number(), batch: z.number().optional(), upn: z.string().nullable() });

it('P13 never more than four requests in flight for a mailbox, over all workers', async () => {
  await using world = await startWorld({ messages: 60, settings: { SYNC_PAGE_SIZE: '5' } });
  await world.drain();
  const ids = (await world.messages()).map((message) => message.id);
  for (let n = 0; n < 10; n++) await world.arrive({ subject: `More ${n}` });
  await world.control('PATCH', '/settings', { latencyMs: 25, throttle: { concurrency: null } });
  await world.control('DELETE', '/requests');
  const workers = [world.app, anotherWorker(world), anotherWorker(world)];
  const job = { connectionId: world.connectionId, domain: 'mail', why: 'manual', due: null };
  await Promise.all([
    ...workers.map((app) => runSyncJob(job, app)),
    ...ids.slice(0, 40).map((id, n) => readBody(workers[n % 3] ?? world.app, world, id)),
  ]);
  const requests = z.array(line).parse(await world.control('GET', '/requests?since=0'));
  const outer = requests.filter((request) => request.batch === undefined && request.upn !== null);
  const most = Math.max(...outer.map((request) => request.inFlight));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
}, 60_000);
