import { createHash } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startAzurite } from './azurite.ts';
import { startMicrosoft } from './graph/server.ts';
import { CLIENT_ID, CLIENT_SECRET } from './graph/tenant.ts';
import { startVault } from './vault/server.ts';

/** The key that the local stack's API takes, for the demo and for curl. */
export const LOCAL_API_KEY = 'local-api-key';

/** Where connect links of the local stack may return to: an application under development, at the ports that are usual. */
export const LOCAL_RETURN_URLS: readonly string[] = ['127.0.0.1', 'localhost'].flatMap((host) =>
  ['', ':3000', ':4200', ':5000', ':5173', ':8000', ':8080'].map((port) => `http://${host}${port}`),
);

export interface StackOptions {
  /** Folder to keep storage and secrets in; without it everything is in memory. */
  readonly location?: string;
  /** Port of the functions host, where it is free; else, and by default, a free one. */
  readonly port?: number;
  /** Ports of the local Microsoft 365 and the vault, where they are free; by default free ones. */
  readonly microsoftPort?: number;
  readonly vaultPort?: number;
  /** Where the host's log lines go. */
  readonly onLog?: (line: string) => void;
  /** Restart the app when its build changes. */
  readonly watch?: boolean;
  /** Further settings for the app. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Stack {
  /** `http://127.0.0.1:7071/api` */
  readonly api: string;
  readonly host: string;
  readonly authority: string;
  readonly graph: string;
  readonly control: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Ends everything, the host first. */
  close(): Promise<void>;
}

/** Starts storage, vault, Microsoft 365 and the functions host with the built app, wired together. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closers.toReversed()) await end();
  };
  try {
    const azurite = await startAzurite(
      options.location === undefined ? {} : { location: `${options.location}/azurite` },
    );
    closers.push(() => azurite.close());
    const vault = await startVault({
      port: await freePort(options.vaultPort ?? 0),
      ...(options.location === undefined ? {} : { file: `${options.location}/vault.json` }),
    });
    closers.push(() => vault.close());
    const microsoft = await startMicrosoft({ port: await freePort(options.microsoftPort ?? 0) });
    closers.push(() => microsoft.close());
    const port = await freePort(options.port ?? 0);
    const settings = {
      ...stackSettings({
        storage: azurite.connectionString,
        vault: vault.url,
        authority: microsoft.authority,
        graph: microsoft.graph,
        port,
      }),
      ...options.settings,
    };
    const host = await startHost({
      port,
      settings,
      ...(options.onLog === undefined ? {} : { onLog: options.onLog }),
      watch: options.watch ?? false,
    });
    closers.push(() => host.close());
    const { authority, graph, control } = microsoft;
    return { api: `${host.url}/api`, host: host.url, authority, graph, control, settings, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The app's settings on the local parts. */
export function stackSettings(parts: {
  readonly storage: string;
  readonly vault: string;
  readonly authority: string;
  readonly graph: string;
  readonly port: number;
}): Record<string, string> {
  const sha256 = createHash('sha256').update(LOCAL_API_KEY).digest('hex');
  return {
    AzureWebJobsStorage: parts.storage,
    MICROSOFT_CLIENT_ID: CLIENT_ID,
    MICROSOFT_CLIENT_SECRET: CLIENT_SECRET,
    MICROSOFT_AUTHORITY_HOST: parts.authority,
    GRAPH_BASE_URL: parts.graph,
    KEY_VAULT_URL: parts.vault,
    PUBLIC_BASE_URL: `http://127.0.0.1:${parts.port}`,
    API_KEYS: JSON.stringify([{ name: 'local', sha256, scopes: ['read', 'write', 'admin'] }]),
    RETURN_URL_ALLOWLIST: LOCAL_RETURN_URLS.join(','),
    // Receivers under development are on this machine.
    DELIVERY_ALLOW_PRIVATE_TARGETS: 'true',
  };
}

/** The port itself where it is free, else a free one. */
async function freePort(wanted: number): Promise<number> {
  const { createServer } = await import('node:net');
  const listen = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        const taken = typeof address === 'object' && address !== null ? address.port : 0;
        server.close(() => {
          resolve(taken);
        });
      });
    });
  try {
    return await listen(wanted);
  } catch {
    // Taken by another program: any free one does, and the printed addresses say which.
    return listen(0);
  }
}

export interface HostOptions {
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly onLog?: (line: string) => void;
  readonly watch?: boolean;
  readonly flags?: readonly string[];
}

export interface HostProcess {
  readonly url: string;
  readonly pid: number;
  /** Resolves with the exit code once the process has ended, however. */
  readonly ended: Promise<number | null>;
  /** A graceful stop: listeners first, then what is running. */
  close(): Promise<void>;
  /** As a crash: nothing is told to anybody. */
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** Starts the local functions host as a process of its own. It is given all settings: those of local.settings.json are for other parts. */
export async function startHost(options: HostOptions): Promise<HostProcess> {
  const main = fileURLToPath(new URL('./host/main.ts', import.meta.url));
  const flags = [
    '--port',
    String(options.port),
    '--no-local-settings',
    ...(options.watch === true ? ['--watch'] : []),
    ...(options.flags ?? []),
  ];
  const child = spawn(process.execPath, [main, ...flags], {
    // The channel tells it of our end, however we end: it stops then.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...options.settings },
  });
  const ended = once(child, 'exit').then(([code]: unknown[]) => (typeof code === 'number' ? code : null));
  const url = await readUrl(child, options.onLog, ended);
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  return { url, pid: child.pid ?? 0, ended, close: () => stop('SIGTERM'), kill: () => stop('SIGKILL') };
}

/** Waits for the host's one JSON line; every other line is log. */
async function readUrl(
  child: ChildProcess,
  onLog: HostOptions['onLog'],
  ended: Promise<number | null>,
): Promise<string> {
  const lines: string[] = [];
  const log = (line: string): void => {
    lines.push(line);
    if (lines.length > 200) lines.shift();
    onLog?.(line);
  };
  if (child.stdout === null || child.stderr === null) throw new Error('the host has no output to read');
  createInterface({ input: child.stderr }).on('line', log);
  const found = new Promise<string>((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /^\{"host":\{"url":"([^"]+)"/.exec(line)?.[1];
      if (url === undefined) log(line);
      else resolve(url);
    });
  });
  const failed = ended.then((code) => {
    throw new Error(`the functions host ended with ${String(code)}:\n${lines.join('\n')}`);
  });
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => {
      reject(new Error(`the functions host did not start in time:\n${lines.join('\n')}`));
    }, START_TIMEOUT_MS).unref();
  });
  failed.catch(() => undefined);
  return Promise.race([found, failed, late]);
}
