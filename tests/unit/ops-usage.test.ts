import { once } from 'node:events';
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../../infra/ops/cli.ts';

const at = '2026-01-05T09:30:00.000Z';
const settled = {
  status: 'ok',
  reason: null,
  lastSyncedAt: null,
  lagSeconds: null,
  lastErrorAt: null,
  lastError: null,
};
const domain = { ...settled, progress: null, nextDueAt: null, subscription: null, subscriptions: [] };
const connection = {
  ...{ id: 'c1', userId: 'u', workspaceId: null, account: { username: 'a' }, source: 'graph', status: 'connected' },
  ...{ reason: null, settings: {}, warnings: [], createdAt: at, updatedAt: at, domains: { mail: domain } },
};

/** Exit code, what was said, and what the API was asked to change, of a command line. */
async function ops(...args: string[]): Promise<{ code: number; said: string; writes: string[] }> {
  const writes: string[] = [];
  const server = createServer((request, response) => {
    if (request.method !== 'GET') writes.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end(JSON.stringify({ ...connection, domains: { mail: domain }, items: [connection], nextCursor: null }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const err = new PassThrough();
  const environment = { OUTLOOK_SYNC_API: `http://127.0.0.1:${port}/api`, OUTLOOK_SYNC_API_KEY: 'k' };
  const code = await run(args, { out: new PassThrough(), err, environment });
  server.close();
  return { code, said: String(err.read() ?? ''), writes };
}

it.each([
  ['erase', 'c1', '--yes', '--timeout', '10m'],
  ['erase', '--user', 'u', '--yes', '--timeout', '10m'],
  ['backfill', 'c1', '--timeout', '0.5'],
  ['backfill', 'c1', '--domains', ','],
  ['sync', 'c1', '--wait', '--timeout', 'soon'],
  ['sync', 'c1', '--key', 'two words'],
])('%s %s %s with a flag that cannot be meant changes nothing, and is bad usage', async (...args) => {
  const { code, said, writes } = await ops(...args);
  expect(writes).toEqual([]);
  expect(said).toMatch(/^ops \w+: [^]*See: npm run ops/);
  expect(code).toBe(2);
});
