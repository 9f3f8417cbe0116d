import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startAzurite } from '../../infra/local/azurite.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const addresses = z.object({
  microsoft: z.object({ authority: z.string(), graph: z.string(), control: z.string() }),
  vault: z.object({ url: z.string() }),
});

/** An empty storage, and the process that serves it. */
export interface BenchStorage {
  readonly connectionString: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** The local Microsoft 365 and the vault, together in a process of their own; storage is opened for each run. */
export interface Emulators {
  readonly authority: string;
  readonly graph: string;
  readonly control: string;
  readonly vault: string;
  readonly pid: number;
  openStorage(): Promise<BenchStorage>;
  close(): Promise<void>;
}

/** Starts them. Each run has an Azurite of its own, for its times to be its own, unless storage is opened in another way. */
export async function startEmulators(openStorage: () => Promise<BenchStorage> = startAzurite): Promise<Emulators> {
  const child = spawn(process.execPath, [here('../../infra/local/emulators.ts'), '--only', 'microsoft,vault'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = z.tuple([z.string()]).parse(await once(createInterface({ input: child.stdout }), 'line'));
  const { microsoft, vault } = addresses.parse(JSON.parse(line));
  return { ...microsoft, vault: vault.url, pid: child.pid ?? 0, openStorage, close: () => end(child) };
}

/** A TCP relay that holds back each answer, in a process of its own, so that it takes nobody's event loop. */
export interface Delay {
  /** Origin to use in place of the server's. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startDelay(target: string, ms: number): Promise<Delay> {
  const child = fork(here('delay-process.ts'), [target, String(ms)], { execArgv: [] });
  const port = z.number().parse((await once(child, 'message'))[0]);
  return { url: `http://127.0.0.1:${port}`, close: () => end(child) };
}

/** Runs one program to its answer in a process of its own. Throws where it ends without one. */
export async function runOnce<T>(
  program: string,
  { input, answer, flags = [] }: { readonly input: unknown; readonly answer: z.ZodType<T>; readonly flags?: string[] },
): Promise<T> {
  const child = fork(here(program), [JSON.stringify(input)], { execArgv: flags });
  const exit = once(child, 'exit');
  const said = new Promise<unknown>((resolve) => child.once('message', resolve));
  const message = await Promise.race([said, exit.then(() => said), exit.then(() => null)]);
  await exit;
  if (child.exitCode !== 0) throw new Error(`${program} ended with ${child.exitCode ?? 'a signal'}`);
  return answer.parse(message);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
