/**
 * What a cold worker does: loads the built app, answers a notification, runs a queue job; and tells what each took. Bundled
 * before it runs, and free of libraries, so that nothing else is loaded in the process that is measured. Arguments: the path
 * of the build, address and body of the notification, the job.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { provideCore } from '../../infra/local/host/worker/intercept.ts';
import { Registry } from '../../infra/local/host/worker/registry.ts';

const MIB = 1024 * 1024;
const [, , main = '', url = '', body = '', job = ''] = process.argv;

let bytes = 0;
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    // What is built in has none, whatever the type says.
    const source: unknown = loaded.source;
    if (typeof source === 'string') bytes += Buffer.byteLength(source);
    else if (ArrayBuffer.isView(source)) bytes += source.byteLength;
    return loaded;
  },
});

const registry = new Registry();
provideCore({
  version: '3.9.1',
  hostVersion: '4.1037.0',
  setProgrammingModel: registry.setProgrammingModel.bind(registry),
  getProgrammingModel: () => registry.model,
  registerFunction: registry.registerFunction.bind(registry),
  registerHook: registry.registerHook.bind(registry),
  log: () => undefined,
});

interface Step {
  readonly ms: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly rssMb: number;
}

async function step(work: () => Promise<unknown>): Promise<Step> {
  const began = performance.now();
  const before = bytes;
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return {
    ms: performance.now() - began,
    cpuMs: (user + system) / 1000,
    bytes: bytes - before,
    rssMb: process.memoryUsage.rss() / MIB,
  };
}

const quiet = (): void => undefined;
const context = { invocationId: 'cold', info: quiet, warn: quiet, error: quiet };
function call(name: string, argument: unknown): unknown {
  const found = registry.functions.get(name);
  if (found === undefined) throw new Error(`${name} is not registered`);
  return found.callback(argument, context);
}

const bare = await step(() => Promise.resolve());
const load = await step(async () => {
  await import(pathToFileURL(main).href);
  for (const hook of registry.hooks('appStart')) await hook({});
});
const webhook = await step(async () => {
  const headers = { 'content-type': 'application/json' };
  const answer = await call('webhookGraph', new Request(url, { method: 'POST', headers, body }));
  if (!(answer instanceof Response) || answer.status !== 202) throw new Error('the webhook did not answer 202');
});
const run = await step(async () => {
  await call('syncJobs', JSON.parse(job));
});
process.send?.({ bare, load, webhook, job: run }, () => process.exit());
