import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../../../infra/local/azurite.ts';
import { createApp, Leftovers, spawnHost, until, type FixtureApp, type HostProcess } from './fixture-app.ts';

const leftovers = new Leftovers();
let azurite: Azurite;
let count = 0;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterEach(() => leftovers.clear());
afterAll(() => azurite.close());

const SETTINGS = { batchSize: 2, newBatchThreshold: 1, maxDequeueCount: 3, maxPollingInterval: '00:00:00.100' };

interface Fixture {
  readonly app: FixtureApp;
  readonly queue: QueueClient;
  readonly poison: QueueClient;
  readonly start: (...flags: string[]) => HostProcess;
}

/** An app with a queue function whose handler is given as text, on a queue of its own. */
async function fixture(
  handler: string,
  options: { suffix?: string; more?: string; settings?: object } = {},
): Promise<Fixture> {
  count += 1;
  const name = `jobs-${count}${options.suffix ?? ''}`;
  const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  await queues.createQueue(name);
  const main = `import { app, output } from '@azure/functions';
    app.storageQueue('worker', { queueName: '%JOBS%', connection: 'AzureWebJobsStorage', handler: ${handler} });
    ${options.more ?? ''}`;
  const hostJson = { extensions: { queues: { ...SETTINGS, ...options.settings } } };
  const app = leftovers.app(await createApp({ main, hostJson, localSettings: { JOBS: name } }));
  const env = { AzureWebJobsStorage: azurite.connectionString };
  return {
    app,
    queue: queues.getQueueClient(name),
    poison: queues.getQueueClient(`${name}-poison`),
    start: (...flags) => leftovers.host(spawnHost(app, flags, env)),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** How many messages a queue holds, hidden ones too. */
async function held(queue: QueueClient): Promise<number> {
  return (await queue.exists()) ? ((await queue.getProperties()).approximateMessagesCount ?? 0) : 0;
}

describe('local host on queues', () => {
  it('gives JSON parsed, with the facts of the message, and deletes what succeeded', async () => {
    const { start, queue } = await fixture(
      `(message, context) => console.log('::' + JSON.stringify([message, context.triggerMetadata.dequeueCount, typeof context.triggerMetadata.insertionTime, context.triggerMetadata.kind]))`,
    );
    await queue.sendMessage(base64(JSON.stringify({ kind: 'a', n: 1 })));
    const host = start();
    await until(() => host.marks().length === 1);
    expect(host.marks()).toEqual([JSON.stringify([{ kind: 'a', n: 1 }, 1, 'string', 'a'])]);
    await until(async () => (await held(queue)) === 0);
  });

  it('moves a message to the poison queue, unchanged, at its last failed try', async () => {
    const { start, queue, poison } = await fixture(
      `(message, context) => { console.log('::' + context.triggerMetadata.dequeueCount); throw new Error('on purpose'); }`,
    );
    await queue.sendMessage(base64('bad'));
    const host = start();
    await until(async () => (await held(poison)) === 1);
    expect(host.marks()).toEqual(['1', '2', '3']);
    expect((await poison.peekMessages()).peekedMessageItems[0]?.messageText).toBe(base64('bad'));
    await until(async () => (await held(queue)) === 0);
  });

  it('moves what is not base64 to the poison queue without running the function', async () => {
    const { start, queue, poison } = await fixture(`() => console.log('::ran')`);
    await queue.sendMessage('{"plain": true}');
    const host = start();
    await until(async () => (await held(poison)) === 1);
    expect(host.marks()).toEqual([]);
    expect((await poison.peekMessages()).peekedMessageItems[0]?.messageText).toBe('{"plain": true}');
  });

  it('takes plain text where host.json says so', async () => {
    const { start, queue } = await fixture(`(message) => console.log('::' + message)`, {
      settings: { messageEncoding: 'none' },
    });
    await queue.sendMessage('plain');
    const host = start();
    await until(() => host.marks().includes('plain'));
  });

  it('hides a failed message for the visibility timeout', async () => {
    const { start, queue } = await fixture(`() => { console.log('::' + Date.now()); throw new Error('on purpose'); }`, {
      settings: { visibilityTimeout: '00:00:02' },
    });
    await queue.sendMessage(base64('later'));
    const host = start();
    await until(() => host.marks().length === 2);
    const [first, second] = host.marks().map(Number);
    // The service counts in whole seconds.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(1_000);
  });

  it('leaves a failed message of a poison queue hidden, with no poison queue of its own', async () => {
    const { start, queue, poison } = await fixture(`() => { console.log('::ran'); throw new Error('on purpose'); }`, {
      suffix: '-poison',
      settings: { maxDequeueCount: 1 },
    });
    await queue.sendMessage(base64('again'));
    const host = start('--hidden-after-crash', '1');
    await until(() => host.marks().length >= 3);
    expect(await poison.exists()).toBe(false);
    expect(await held(queue)).toBe(1);
  });

  it('runs at most batch size and threshold together', async () => {
    const { start, queue } = await fixture(
      `async () => { globalThis.now = (globalThis.now ?? 0) + 1; console.log('::' + globalThis.now); await new Promise((done) => setTimeout(done, 50)); globalThis.now -= 1; }`,
    );
    for (let index = 0; index < 12; index += 1) await queue.sendMessage(base64('x'));
    const host = start();
    await until(() => host.marks().length === 12);
    expect(Math.max(...host.marks().map(Number))).toBeLessThanOrEqual(3);
  });

  it('keeps a message hidden while its function runs longer than the hiding', async () => {
    const { start, queue } = await fixture(
      `async () => { console.log('::start'); await new Promise((done) => setTimeout(done, 2500)); console.log('::end'); }`,
    );
    await queue.sendMessage(base64('long'));
    const host = start('--hidden-after-crash', '1');
    await until(async () => (await held(queue)) === 0);
    expect(host.marks()).toEqual(['start', 'end']);
  });

  it('redelivers after a crash, once the hiding is over, and counts the crash as a try', async () => {
    const { start, queue } = await fixture(
      `async (message, context) => { console.log('::' + context.triggerMetadata.dequeueCount); if (context.triggerMetadata.dequeueCount === 1) await new Promise(() => setInterval(() => {}, 1000)); }`,
    );
    await queue.sendMessage(base64('crash'));
    const first = start('--hidden-after-crash', '2');
    await until(() => first.marks().length === 1);
    process.kill(first.pid, 'SIGKILL');
    await first.exit();

    const second = start('--hidden-after-crash', '2');
    await second.ready();
    await until(() => second.marks().length === 1);
    expect(second.marks()).toEqual(['2']);
    await until(async () => (await held(queue)) === 0);
  });

  it('does not try again what has crashed the host as often as it may', async () => {
    const { start, queue, poison } = await fixture(`() => process.exit(1)`, { settings: { maxDequeueCount: 1 } });
    await queue.sendMessage(base64('killer'));
    await start('--hidden-after-crash', '1').exit();
    const second = start('--hidden-after-crash', '1');
    await until(async () => (await held(poison)) === 1);
    expect(second.lines.some((line) => line.includes('Executing'))).toBe(false);
  });

  it('waits for a queue that is not there yet, and does not create it', async () => {
    const { start, queue } = await fixture(`(message) => console.log('::' + message)`);
    await queue.delete();
    const host = start();
    await host.ready();
    expect(await queue.exists()).toBe(false);
    await queue.create();
    await queue.sendMessage(base64('late'));
    await until(() => host.marks().includes('late'));
  });

  it('sends returned values and extra outputs, an array one by one, to queues that it creates', async () => {
    const { start } = await fixture(`(message) => console.log('::' + JSON.stringify(message))`, {
      more: `
        const extra = output.storageQueue({ queueName: 'extra-%JOBS%', connection: 'AzureWebJobsStorage' });
        app.http('send', {
          route: 'send', extraOutputs: [extra],
          handler: (_, context) => { context.extraOutputs.set(extra, [{ n: 1 }, 'two']); return { status: 202 }; },
        });
        app.storageQueue('relay', {
          queueName: 'extra-%JOBS%', connection: 'AzureWebJobsStorage',
          return: output.storageQueue({ queueName: '%JOBS%', connection: 'AzureWebJobsStorage' }),
          handler: (message) => ({ relayed: message }),
        });`,
    });
    const host = start();
    const url = await host.ready();
    expect((await fetch(`${url}/api/send`)).status).toBe(202);
    await until(() => host.marks().length === 2);
    expect(host.marks().sort()).toEqual(['{"relayed":"two"}', '{"relayed":{"n":1}}']);
  });

  it('runs a queue function by hand with the given input', async () => {
    const { start } = await fixture(`(message) => console.log('::' + JSON.stringify(message))`);
    const host = start();
    const url = await host.ready();
    const body = JSON.stringify({ input: '{"by":"hand"}' });
    expect((await fetch(`${url}/admin/functions/worker`, { method: 'POST', body })).status).toBe(202);
    await until(() => host.marks().includes('{"by":"hand"}'));
  });
});
