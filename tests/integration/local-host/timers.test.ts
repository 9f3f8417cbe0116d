import { text as readText } from 'node:stream/consumers';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startAzurite, type Azurite } from '../../../infra/local/azurite.ts';
import { createApp, Leftovers, spawnHost, until, type HostProcess } from './fixture-app.ts';

const leftovers = new Leftovers();
let azurite: Azurite;
let container: ContainerClient;
let count = 0;

beforeAll(async () => {
  azurite = await startAzurite();
  container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    'azure-webjobs-hosts',
  );
});

afterEach(() => leftovers.clear());
afterAll(() => azurite.close());

/** Far from any moment at which a test runs by chance: it fires only when something else makes it. */
const RARELY = '0 0 0 29 2 *';
const FAST_LOCKS = ['--lock-seconds', '15', '--lock-poll-seconds', '0.2'];

interface Fixture {
  readonly hostId: string;
  readonly start: (flags?: readonly string[]) => HostProcess;
}

async function fixture(timer: string, settings: Readonly<Record<string, string>> = {}): Promise<Fixture> {
  count += 1;
  const hostId = `timers-${count}`;
  const main = `import { app } from '@azure/functions'; ${timer}`;
  const app = leftovers.app(await createApp({ main, localSettings: settings }));
  const env = { AzureWebJobsStorage: azurite.connectionString, AzureFunctionsWebHost__hostid: hostId };
  return { hostId, start: (flags = FAST_LOCKS) => leftovers.host(spawnHost(app, flags, env)) };
}

function statusBlob(hostId: string) {
  return container.getBlockBlobClient(`timers/${hostId}/Host.Functions.tick/status`);
}

async function readStatus(hostId: string): Promise<{ Last: string; Next: string; LastUpdated: string }> {
  // In one request: the SDK's own shortcuts make two, between which the host may write.
  const { readableStreamBody } = await statusBlob(hostId).download();
  const text = readableStreamBody === undefined ? '' : await readText(readableStreamBody);
  return z.object({ Last: z.string(), Next: z.string(), LastUpdated: z.string() }).parse(JSON.parse(text));
}

const TELL = `(timer) => console.log('::' + JSON.stringify(timer))`;

describe('local host on timers', () => {
  it('fires by a schedule from a setting, without status more often than once a minute', async () => {
    const { start } = await fixture(`app.timer('tick', { schedule: '%TICK%', handler: ${TELL} });`, {
      TICK: '* * * * * *',
    });
    const host = start();
    await until(() => host.marks().length >= 2);
    expect(JSON.parse(host.marks()[0] ?? '')).toEqual({
      schedule: { adjustForDST: true },
      scheduleStatus: null,
      isPastDue: false,
    });
  });

  it('does not take a timer whose setting is missing or whose schedule is none, and says so', async () => {
    const { start } = await fixture(`
      app.timer('unset', { schedule: '%NOT_THERE%', handler: () => {} });
      app.timer('odd', { schedule: '0 99 * * * *', handler: () => {} });
      app.timer('good', { schedule: '${RARELY}', handler: () => {} });`);
    const host = start();
    const url = await host.ready();
    const functions = z
      .array(z.object({ name: z.string() }))
      .parse(await (await fetch(`${url}/admin/functions`)).json());
    expect(functions.map(({ name }) => name)).toEqual(['good']);
    for (const name of ['unset', 'odd']) {
      expect(host.lines.some((line) => line.includes(`The '${name}' function is in error`))).toBe(true);
    }
  });

  it('makes up for missed runs once, with isPastDue', async () => {
    const { start, hostId } = await fixture(`app.timer('tick', { schedule: '${RARELY}', handler: ${TELL} });`);
    const first = start();
    await until(async () => statusBlob(hostId).exists());
    first.kill('SIGTERM');
    await first.exit();
    expect(first.marks()).toEqual([]);

    // As if the host had been away over several occurrences.
    const missed = {
      Last: '0001-01-01T00:00:00',
      Next: '2016-02-29T00:00:00.000Z',
      LastUpdated: '2015-01-01T00:00:00.000Z',
    };
    const text = JSON.stringify(missed);
    await statusBlob(hostId).upload(text, text.length);
    const second = start();
    await until(() => second.marks().length > 0);
    await until(async () => Date.parse((await readStatus(hostId)).Next) > Date.now());
    expect(second.marks().map((mark) => z.object({ isPastDue: z.boolean() }).parse(JSON.parse(mark)))).toEqual([
      { isPastDue: true },
    ]);
  });

  it('makes up for nothing when the schedule has changed', async () => {
    const { start, hostId } = await fixture(`app.timer('tick', { schedule: '${RARELY}', handler: ${TELL} });`);
    await container.createIfNotExists();
    const text = JSON.stringify({
      Last: '2020-01-01T00:00:00Z',
      Next: '2020-01-02T00:00:00Z',
      LastUpdated: '2020-01-01T00:00:00Z',
    });
    await statusBlob(hostId).upload(text, text.length);
    const host = start();
    await until(async () => Date.parse((await readStatus(hostId)).Next) > Date.now());
    expect(host.marks()).toEqual([]);
  });

  it('runs by hand, whatever the schedule says', async () => {
    const { start } = await fixture(`app.timer('tick', { schedule: '${RARELY}', handler: ${TELL} });`);
    const host = start();
    const url = await host.ready();
    const response = await fetch(`${url}/admin/functions/tick`, { method: 'POST', body: '{"input":""}' });
    expect(response.status).toBe(202);
    await until(() => host.marks().length === 1);
  });

  it('never runs twice at once, and skips what came due meanwhile', async () => {
    const { start } = await fixture(`app.timer('tick', { schedule: '* * * * * *', handler: async () => {
      console.log('::in'); await new Promise((done) => setTimeout(done, 1500)); console.log('::out'); } });`);
    const host = start();
    await until(() => host.marks().length >= 4);
    expect(host.marks().slice(0, 4)).toEqual(['in', 'out', 'in', 'out']);
  });

  it('runs at start with runOnStartup, and again by its retry policy', async () => {
    const { start } = await fixture(`app.timer('tick', {
      schedule: '${RARELY}', runOnStartup: true, retry: { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: 100 },
      handler: (_, context) => { console.log('::' + context.retryContext.retryCount); throw new Error('on purpose'); } });`);
    const host = start();
    await until(() => host.marks().length === 3);
    expect(host.marks()).toEqual(['0', '1', '2']);
  });

  it('has one listener over all hosts of an app, and another host takes over after a graceful end', async () => {
    const { start } = await fixture(`app.timer('tick', { schedule: '* * * * * *', handler: ${TELL} });`);
    const first = start();
    await until(() => first.marks().length >= 1);
    const second = start();
    await second.ready();
    const before = first.marks().length;
    await until(() => first.marks().length >= before + 2);
    expect(second.marks()).toEqual([]);
    first.kill('SIGTERM');
    expect(await first.exit()).toBe(0);
    await until(() => second.marks().length >= 1);
  });

  it('takes over from a host that was killed, once its lease is over', async () => {
    const { start } = await fixture(`app.timer('tick', { schedule: '* * * * * *', handler: ${TELL} });`);
    const first = start();
    await until(() => first.marks().length >= 1);
    const second = start();
    await second.ready();
    process.kill(first.pid, 'SIGKILL');
    await first.exit();
    expect(second.marks()).toEqual([]);
    await until(() => second.marks().length >= 1, 45_000);
  }, 60_000);
});
