import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pause } from './abort.ts';
import type { HostOptions } from './options.ts';
import { watchBuilds, type Builds } from './builds.ts';

const RESTART_DELAY_MS = 500;

/** Keeps a host in a child process: a new one after a crash (`--restart`) or a change of the built files (`--watch`). */
export async function supervise(options: HostOptions, args: readonly string[]): Promise<void> {
  const ending = new AbortController();
  const end = () => {
    ending.abort();
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.once('disconnect', end);
  const builds = options.watch ? await watchBuilds(options.app, ending.signal) : undefined;
  const start = childStarter(
    args.filter((arg) => arg !== '--watch' && arg !== '--restart'),
    options.port,
  );
  process.exit(await keepRunning(options, { start, builds, ending: ending.signal }));
}

interface Supervision {
  readonly start: () => ChildProcess;
  readonly builds: Builds | undefined;
  readonly ending: AbortSignal;
}

/** The exit code of the last child. */
async function keepRunning({ restart }: HostOptions, { start, builds, ending }: Supervision): Promise<number> {
  for (;;) {
    const built = builds?.next();
    const change = AbortSignal.any([ending, ...(built === undefined ? [] : [built])]);
    const code = await stopOn(start(), change);
    if (change.aborted) {
      if (ending.aborted) return code;
    } else if (restart) await pause(RESTART_DELAY_MS, ending);
    else await once(change, 'abort');
    if (isAborted(ending)) return code;
  }
}

/** Asked anew: the signal may have come while we waited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Starts the host; the free port that the first one got is kept, and only the first says that it is ready. */
function childStarter(args: readonly string[], port: number): () => ChildProcess {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  let known = port;
  let announced = false;
  return () => {
    const child = fork(main, [...args, '--port', String(known)], { stdio: ['inherit', 'pipe', 'inherit', 'ipc'] });
    const { stdout } = child;
    if (stdout === null) throw new Error('The host was started without its output');
    createInterface({ input: stdout }).on('line', (line) => {
      const found = /^\{"host":\{"url":"http:\/\/127\.0\.0\.1:(\d+)"\}\}$/.exec(line)?.[1];
      if (found !== undefined) known = Number(found);
      if (found === undefined || !announced) process.stdout.write(`${line}\n`);
      announced ||= found !== undefined;
    });
    return child;
  };
}

/** The exit code of a child, which is asked to end when the signal comes. */
async function stopOn(child: ChildProcess, signal: AbortSignal): Promise<number> {
  const ask = () => child.kill('SIGTERM');
  signal.addEventListener('abort', ask);
  if (signal.aborted) ask();
  await once(child, 'exit');
  signal.removeEventListener('abort', ask);
  return child.exitCode ?? 1;
}
