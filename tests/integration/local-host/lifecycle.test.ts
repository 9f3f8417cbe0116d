import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../../../infra/local/azurite.ts';
import { createApp, Leftovers, spawnHost, until, type FixtureApp } from './fixture-app.ts';

const leftovers = new Leftovers();
let azurite: Azurite;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterEach(() => leftovers.clear());
afterAll(() => azurite.close());

async function appOf(main: string): Promise<FixtureApp> {
  return leftovers.app(
    await createApp({
      main: `import { app } from '@azure/functions'; ${main}`,
      localSettings: { A: 'file', B: 'file' },
    }),
  );
}

const HELLO = `app.http('hello', { handler: () => ({ body: 'hello' }) });`;

describe('local host, start and end', () => {
  it('fails the start with code 1 and the reason when an appStart hook throws', async () => {
    const app = await appOf(`${HELLO} app.hook.appStart(() => { throw new Error('settings are missing: X, Y'); });`);
    const host = leftovers.host(spawnHost(app));
    expect(await host.exit()).toBe(1);
    expect(host.lines.some((line) => line.includes('settings are missing: X, Y'))).toBe(true);
    expect(host.lines.some((line) => line.startsWith('{"host"'))).toBe(false);
  });

  it('runs an app empty, and loud, whose file cannot be loaded before the first function', async () => {
    const host = leftovers.host(spawnHost(await appOf(`throw new Error('broken import'); ${HELLO}`)));
    const url = await host.ready();
    expect((await fetch(`${url}/api/hello`)).status).toBe(404);
    expect(host.lines.filter((line) => line.includes(' error ')).join('\n')).toContain('broken import');
    expect(host.lines.some((line) => line.includes('0 functions'))).toBe(true);
  });

  it('fails the start when the file breaks after a function was registered', async () => {
    const host = leftovers.host(spawnHost(await appOf(`${HELLO} throw new Error('broken later');`)));
    expect(await host.exit()).toBe(1);
    expect(host.lines.join('\n')).toContain('broken later');
  });

  it('lets the environment win over local.settings.json', async () => {
    const app = await appOf(`console.log('::' + process.env.A + ' ' + process.env.B);`);
    const host = leftovers.host(spawnHost(app, [], { B: 'environment' }));
    await host.ready();
    expect(host.marks()).toEqual(['file environment']);
  });

  it('ends gracefully: running work ends, messages are deleted, the hooks run, the code is 0', async () => {
    const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
    const queue = queues.getQueueClient('graceful');
    await queue.create();
    await queue.sendMessage(Buffer.from('x').toString('base64'));
    const app = await appOf(`
      app.storageQueue('work', { queueName: 'graceful', connection: 'AzureWebJobsStorage', handler: async () => {
        console.log('::begun'); await new Promise((done) => setTimeout(done, 700)); console.log('::done'); } });
      app.hook.appTerminate(() => console.log('::terminated'));`);
    const host = leftovers.host(spawnHost(app, [], { AzureWebJobsStorage: azurite.connectionString }));
    await until(() => host.marks().includes('begun'));
    host.kill('SIGTERM');
    expect(await host.exit()).toBe(0);
    expect(host.marks()).toEqual(['begun', 'done', 'terminated']);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(0);
  });

  it('dies with code 1 of a rejection that nobody handles', async () => {
    const app = await appOf(
      `app.http('hello', { handler: () => { void Promise.reject(new Error('floating')); return {}; } });`,
    );
    const host = leftovers.host(spawnHost(app));
    await fetch(`${await host.ready()}/api/hello`).catch(() => undefined);
    expect(await host.exit()).toBe(1);
    expect(host.lines.join('\n')).toContain('floating');
  });

  it('comes back on the same port with --restart', async () => {
    const app = await appOf(`${HELLO} app.http('die', { handler: () => process.exit(1) });`);
    const host = leftovers.host(spawnHost(app, ['--restart']));
    const url = await host.ready();
    const works = () => fetch(`${url}/api/hello`).then((response) => response.ok, () => false); // prettier-ignore
    await fetch(`${url}/api/die`).catch(() => undefined);
    await until(works);
    host.kill('SIGTERM');
    expect(await host.exit()).toBe(0);
    expect(host.lines.filter((line) => line.startsWith('{"host"'))).toHaveLength(1);
    expect(await works()).toBe(false);
  });

  it('restarts with --watch when the build has changed', async () => {
    const app = await appOf(HELLO);
    const host = leftovers.host(spawnHost(app, ['--watch']));
    const url = await host.ready();
    await app.write(
      `import { app } from '@azure/functions'; app.http('hello', { handler: () => ({ body: 'changed' }) });`,
    );
    const text = () => fetch(`${url}/api/hello`).then((response) => response.text(), () => ''); // prettier-ignore
    await until(async () => (await text()) === 'changed');
    host.kill('SIGTERM');
    expect(await host.exit()).toBe(0);
  });
});

describe('local host, hooks', () => {
  it('runs hooks around an invocation; they share data and may change inputs, result and error', async () => {
    const app = await appOf(`
      app.http('value', { route: 'value', handler: (request) => ({ body: String(request.marker) }) });
      app.http('failing', { route: 'failing', handler: () => { throw new Error('on purpose'); } });
      app.hook.appStart((context) => { context.hookData.started = true; });
      app.hook.appTerminate((context) => console.log('::' + context.hookData.started));
      app.hook.preInvocation((context) => { context.hookData.at = 1; context.inputs[0].marker = 'from hook'; });
      app.hook.postInvocation((context) => {
        console.log('::' + context.hookData.at);
        if (context.error) { context.error = null; context.result = { body: 'saved' }; }
      });`);
    const host = leftovers.host(spawnHost(app));
    const url = await host.ready();
    expect(await (await fetch(`${url}/api/value`)).text()).toBe('from hook');
    expect(await (await fetch(`${url}/api/failing`)).text()).toBe('saved');
    await until(() => host.marks().length === 2);
    host.kill('SIGTERM');
    await host.exit();
    expect(host.marks()).toEqual(['1', '1', 'true']);
  });

  it('shows log hooks every line and lets them change those of the user', async () => {
    const app = await appOf(`
      app.http('hello', { handler: (_, context) => { context.log('secret 42'); return {}; } });
      app.hook.log((context) => { context.message = context.message.replace('42', '**'); });`);
    const host = leftovers.host(spawnHost(app, ['--json-logs']));
    await fetch(`${await host.ready()}/api/hello`);
    await until(() => host.lines.some((line) => line.includes('secret **')));
    expect(host.lines.some((line) => line.includes('secret 42'))).toBe(false);
  });
});
