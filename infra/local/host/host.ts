import { createHash } from 'node:crypto';
import { pause } from './abort.ts';
import { Executor } from './execution.ts';
import { HttpFront } from './http/server.ts';
import { indexFunctions, type Index } from './indexing.ts';
import { createLog, type Log } from './log.ts';
import type { HostOptions } from './options.ts';
import { writeQueueOutputs } from './queues/outputs.ts';
import { WakeUp } from './queues/wake-up.ts';
import { readAppFolder, type AppFolder } from './settings/app-settings.ts';
import { Connections } from './storage/connections.ts';
import { Worker } from './worker/worker.ts';

const BODY_LIMIT_BYTES = 104_857_600;

export interface Host {
  readonly url: string;
  /** Ends as the real host does: listeners stop, what runs may end, the app's `appTerminate` hooks run. */
  stop(): Promise<void>;
}

export interface HostWorld {
  readonly environment: NodeJS.ProcessEnv;
  readonly write: (text: string) => void;
  /** Ends the process as when the worker dies. */
  readonly die: () => void;
}

/** Starts host and worker in this process. Throws when the app cannot be started (a failing `appStart` hook, say). */
export async function startHost(options: HostOptions, world: HostWorld): Promise<Host> {
  const app = await readAppFolder(options.app, world.environment, options.localSettings);
  const log = createLog({ json: options.jsonLogs, levels: app.settings.logLevels, write: world.write });
  const front = await HttpFront.listen({
    port: options.port,
    timeoutMs: options.httpTimeoutSeconds * 1000,
    bodyLimit: Number(world.environment['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'] ?? BODY_LIMIT_BYTES),
    log,
  });
  world.environment['WEBSITE_HOSTNAME'] ??= new URL(front.url).host;
  const worker = new Worker(app, log);
  await worker.start();
  return run(options, world, { app, log, front, worker });
}

interface Started {
  readonly app: AppFolder;
  readonly log: Log;
  readonly front: HttpFront;
  readonly worker: Worker;
}

function run(options: HostOptions, { environment, die }: HostWorld, { app, log, front, worker }: Started): Host {
  const { settings } = app;
  const hostId = hostIdOf(app.path, environment);
  const outputs = {
    environment,
    connections: new Connections(environment),
    settings: settings.queues,
    wakeUp: new WakeUp(),
  };
  const executor = new Executor({
    worker,
    log,
    functionTimeoutMs: settings.functionTimeoutMs,
    writeOutputs: (registered, response) => writeQueueOutputs(registered, response, outputs),
    fatal: (message) => {
      log({ level: 'error', category: 'Host', message });
      die();
    },
  });
  const index = indexFunctions(worker.registry.functions.values(), {
    ...outputs,
    options,
    settings,
    hostId,
    executor,
    log,
  });
  const { table, listeners, functions } = index;
  const admin = { hostId, startedAt: new Date(), keys: options.keys, functions, http: table.functions, listeners };
  front.open({ table, admin, executor, settings: settings.http, httpUri: worker.httpUri });
  announce(index, front.url, log);

  const stopping = new AbortController();
  const listening = listeners.map((listener) => listener.run(stopping.signal));
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    log({
      level: 'information',
      category: 'Host',
      message: `Stopping; ${executor.runningCount} functions are running`,
    });
    stopping.abort();
    front.stopAccepting();
    const drained = Promise.all([...listening, executor.idle()]);
    const late = new AbortController();
    await Promise.race([drained, pause(options.drainSeconds * 1000, late.signal)]);
    late.abort();
    await worker.terminate();
    front.close();
    log({ level: 'information', category: 'Host', message: 'Stopped' });
  };
  return { url: front.url, stop: () => (stopped ??= stop()) };
}

/** Hosts of one app folder share an id, and so their timers; a setting gives another. At most 32 characters. */
function hostIdOf(path: string, environment: NodeJS.ProcessEnv): string {
  const given = environment['AzureFunctionsWebHost__hostid'];
  return given ?? `local-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
}

function announce({ table, functions }: Index, url: string, log: Log): void {
  const lines = functions.map(({ metadata }) => {
    const http = table.functions.find(({ name }) => name === metadata.name);
    const trigger = Object.values(metadata.bindings).find(({ type }) => /trigger$/i.test(type))?.type ?? '';
    const detail = http === undefined ? trigger : `[${http.methods.join(',')}] ${url}/${http.route.template}`;
    return `\n  ${metadata.name}: ${detail}`;
  });
  log({ level: 'information', category: 'Host.Startup', message: `${functions.length} functions:${lines.join('')}` });
}
