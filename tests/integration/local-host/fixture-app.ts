import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { programEnv } from '../../support/program-env.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const HOST = join(ROOT, 'infra/local/host/main.ts');
const WAIT_MS = 20_000;
const LOOK_MS = 15;

export interface FixtureFiles {
  /** The text of `dist/main.mjs`; `@azure/functions` is the project's. */
  readonly main: string;
  readonly hostJson?: object;
  readonly localSettings?: Readonly<Record<string, string>>;
}

/** A function app in a folder of its own. */
export interface FixtureApp {
  readonly folder: string;
  write(main: string): Promise<void>;
  remove(): Promise<void>;
}

export async function createApp({ main, hostJson = {}, localSettings }: FixtureFiles): Promise<FixtureApp> {
  const folder = await mkdtemp(join(tmpdir(), 'host-app-'));
  const write = (text: string) => writeFile(join(folder, 'dist/main.mjs'), text);
  await mkdir(join(folder, 'dist'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'dist/main.mjs' }));
  await writeFile(join(folder, 'host.json'), JSON.stringify({ version: '2.0', ...hostJson }));
  if (localSettings !== undefined) {
    await writeFile(join(folder, 'local.settings.json'), JSON.stringify({ IsEncrypted: false, Values: localSettings }));
  }
  await write(main);
  return { folder, write, remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface HostProcess {
  readonly pid: number;
  /** Throws if the host has ended before it was ready. */
  ready(): Promise<string>;
  /** All that the process has written, line by line. */
  readonly lines: readonly string[];
  /** The lines that an app has written as `::text`. */
  marks(): string[];
  kill(signal: NodeJS.Signals): void;
  /** The exit code; null after a signal. */
  exit(): Promise<number | null>;
}

/** Starts a host of its own process on a free port. */
export function spawnHost(
  app: FixtureApp,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): HostProcess {
  const child = spawn(process.execPath, [HOST, '--app', app.folder, '--port', '0', ...flags], {
    env: { ...programEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  return {
    pid: child.pid ?? 0,
    lines,
    ready: () => readyUrl(child, lines),
    marks: () => lines.flatMap((line) => /::(.*)$/.exec(line)?.[1] ?? []),
    kill: (signal) => child.kill(signal),
    exit: async () => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
}

async function readyUrl(child: ChildProcess, lines: readonly string[]): Promise<string> {
  const find = () => lines.flatMap((line) => /^\{"host":\{"url":"([^"]+)"\}\}$/.exec(line)?.[1] ?? [])[0];
  await until(() => find() !== undefined || child.exitCode !== null);
  const url = find();
  if (url === undefined) throw new Error(`The host has ended: ${lines.join('\n')}`);
  return url;
}

/** Waits for a condition. Throws after 20 seconds. */
export async function until(condition: () => boolean | Promise<boolean>, waitMs = WAIT_MS): Promise<void> {
  const end = Date.now() + waitMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${waitMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Ends hosts and removes apps after a test, whatever it has left. */
export class Leftovers {
  readonly #hosts: HostProcess[] = [];
  readonly #apps: FixtureApp[] = [];

  host(host: HostProcess): HostProcess {
    this.#hosts.push(host);
    return host;
  }

  app(app: FixtureApp): FixtureApp {
    this.#apps.push(app);
    return app;
  }

  async clear(): Promise<void> {
    for (const host of this.#hosts.splice(0)) {
      host.kill('SIGKILL');
      await host.exit();
    }
    for (const app of this.#apps.splice(0)) await app.remove();
  }
}
