import { TableClient } from '@azure/data-tables';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { disconnect } from '../../../shared/api/connections/disconnect.ts';
import { ClosedError } from '../../../shared/errors.ts';
import { runTimer } from '../../../shared/jobs/timers.ts';
import { storedTexts } from '../../support/stored-texts.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

const remotes = z.array(z.object({ resource: z.string() }));

let world: SyncWorld;
beforeEach(async () => {
  world = await startWorld({ messages: 5, folders: 1 });
  await world.drain();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

async function rowsOf(table: string): Promise<string[]> {
  const client = TableClient.fromConnectionString(world.azurite.connectionString, table, {
    allowInsecureConnection: true,
  });
  const rows: string[] = [];
  for await (const row of client.listEntities()) rows.push(JSON.stringify(row));
  return rows.filter((row) => row.includes(world.connectionId));
}

describe('disconnecting (P15)', () => {
  it('leaves the feed of the connection, its row, and nothing else', async () => {
    const scope = { connectionId: world.connectionId, domain: 'mail' };
    const held = (await world.app.store.readHead(scope)) ?? expect.fail('no head');
    const secret = (await world.app.connections.read(world.connectionId))?.connection.secret ?? null;
    await disconnect(world.app, world.connectionId);
    await world.drain();

    expect((await world.app.connections.read(world.connectionId))?.connection.status).toBe('disconnected');
    const feed = await world.feed('connection');
    expect(feed.map((row) => row.type)).toEqual(['connection.connected', 'connection.disconnected']);
    expect(feed.at(-1)?.details).toEqual({ unreached: [] });
    expect(await world.control('GET', '/subscriptions')).toEqual([]);
    expect(secret === null ? 'none' : await world.app.secrets.read(secret)).toBeNull();
    expect(await rowsOf('lookups')).toEqual([]);
    const left = (await rowsOf('sync')).filter((row) => !row.includes('connection.') && !row.includes('"head"'));
    expect(left).toEqual([]);
    const late = {
      version: held.version,
      head: { ...held.head, commits: [...held.head.commits.slice(1), 'late'] },
      commitId: 'late',
      writes: [],
    };
    await expect(world.app.store.commit(scope, late)).rejects.toThrow(ClosedError);
  });

  it('ends in time whatever else is due, and leaves no due row', async () => {
    await disconnect(world.app, world.connectionId);
    await world.drain();
    world.clock.move(8 * 86_400_000);
    for (const timer of ['emailSync', 'subscriptionRenewal', 'housekeeping'] as const) {
      await runTimer(timer, world.app);
      await world.drain();
    }
    expect(await rowsOf('due')).toEqual([]);
    expect(await world.app.store.readHead({ connectionId: world.connectionId, domain: 'mail' })).toBeNull();
  });

  it('leaves no row, subscription or secret of any domain, though several are synced', async () => {
    const domains = ['mail', 'contacts', 'calendar'];
    await using several = await startWorld({ messages: 3, folders: 1, contacts: 3, domains });
    await several.user('POST', '/events', { count: 3, seed: 3 });
    await several.drain();
    const { app, connectionId } = several;
    const secret = (await app.connections.read(connectionId))?.connection.secret ?? expect.fail('no secret');
    const resources = remotes.parse(await several.control('GET', '/subscriptions')).map(({ resource }) => resource);
    for (const word of ['messages', 'contacts', 'events']) expect(resources.join()).toContain(word);
    await disconnect(app, connectionId);
    await several.drain();
    expect(await several.control('GET', '/subscriptions')).toEqual([]);
    expect(await app.secrets.read(secret)).toBeNull();
    several.clock.move(8 * 86_400_000);
    for (const timer of ['emailSync', 'contactSync', 'calendarSync', 'subscriptionRenewal', 'housekeeping'] as const) {
      await runTimer(timer, app);
      await several.drain();
    }
    for (const domain of domains) expect(await app.store.readHead({ connectionId, domain })).toBeNull();
    const left = (await storedTexts(several.azurite.connectionString)).filter((text) => text.includes(connectionId));
    // Its own row, the feed of the connection with its head, and the audit.
    const places = `"partitionKey":"(connection\\|${connectionId}|${connectionId}\\|connection)[|"]`;
    const own = new RegExp(`${places}|\\\\"operation\\\\":\\\\"(connectAccount|disconnect\\.completed)`);
    expect(left.filter((text) => !own.test(text))).toEqual([]);
  });

  it('tells that Graph could not be reached, and goes on without it', async () => {
    const match = { method: 'DELETE', path: '/subscriptions/' };
    await world.control('POST', '/faults', { match, times: 0, action: { kind: 'status', status: 503 } });
    await disconnect(world.app, world.connectionId);
    await world.drain();
    expect((await world.feed('connection')).at(-1)).toMatchObject({
      type: 'connection.disconnected',
      details: { unreached: ['subscription'] },
    });
  });
});

describe('a public address that Graph cannot reach', () => {
  it('leaves the domain polling, with a warning', async () => {
    await using unreachable = await startWorld({
      messages: 3,
      folders: 1,
      settings: { PUBLIC_BASE_URL: 'http://127.0.0.1:1' },
    });
    await unreachable.drain();
    const connection = (await unreachable.app.connections.read(unreachable.connectionId))?.connection;
    expect(connection).toMatchObject({ status: 'connected', warnings: ['notifications_unreachable'] });
    const id = await unreachable.arrive({ subject: 'Polled' });
    await runTimer('emailSync', unreachable.app);
    await unreachable.drain();
    expect((await unreachable.messages()).map((message) => message.graphId)).toContain(id);
  });
});
