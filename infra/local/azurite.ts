import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Ports of the three services; one left out (or 0) becomes a free port. */
export interface AzuritePorts {
  readonly blob?: number;
  readonly queue?: number;
  readonly table?: number;
}

export interface AzuriteOptions {
  /** Folder to keep the data in; without it everything is in memory and gone at the end. */
  readonly location?: string;
  readonly ports?: AzuritePorts;
  /** Names of accounts to serve in place of the usual one (3 to 24 small letters and digits); their key is the usual one. */
  readonly accounts?: readonly string[];
}

export interface Azurite {
  /** For blob, queue and table, over plain http on 127.0.0.1; of the first account. */
  readonly connectionString: string;
  /** Of one account of those that were asked for; accounts see nothing of each other. */
  connectionOf(account: string): string;
  /** The process id, for tests that want to take the storage away. */
  readonly pid: number;
  /** Ends the process; data in `location` is on disk afterwards. Safe to call twice. */
  close(): Promise<void>;
}

const SERVICES = ['blob', 'queue', 'table'] as const;
type Service = (typeof SERVICES)[number];

const START_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 8_000;

/** The account and key that the vendor publishes for development; they protect nothing. */
const ACCOUNT = 'devstoreaccount1';
const PUBLIC_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * Starts Azurite (blob, queue and table) as a process of its own, which keeps its work off the caller's event loop.
 * Parallel starts do not meet: the system hands out the ports. Throws when a port that was asked for is taken.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const child = fork(fileURLToPath(new URL('./azurite-process.ts', import.meta.url)), azuriteArguments(options), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    env: { ...process.env, ...accountsOf(options) },
  });
  try {
    const addresses = await readAddresses(child);
    release(child);
    const connectionOf = (account: string): string => toConnectionString(addresses, account);
    const connectionString = connectionOf(options.accounts?.[0] ?? ACCOUNT);
    return { connectionString, connectionOf, pid: child.pid ?? 0, close: () => end(child) };
  } catch (error) {
    await end(child);
    throw error;
  }
}

function azuriteArguments({ location, ports = {} }: AzuriteOptions): string[] {
  return [
    ...SERVICES.flatMap((service) => [
      `--${service}Host`,
      '127.0.0.1',
      `--${service}Port`,
      String(ports[service] ?? 0),
    ]),
    ...(location === undefined ? ['--inMemoryPersistence'] : ['--location', location]),
    // The storage SDKs speak newer API versions than the pinned Azurite knows by name.
    '--skipApiVersionCheck',
    '--disableTelemetry',
    '--silent',
  ];
}

function accountsOf({ accounts = [] }: AzuriteOptions): Record<string, string> {
  if (accounts.length === 0) return {};
  return { AZURITE_ACCOUNTS: accounts.map((name) => `${name}:${PUBLIC_KEY}`).join(';') };
}

/** Azurite says on stdout where each service listens; with port 0 nothing else knows. */
function readAddresses(child: ChildProcess): Promise<Map<Service, string>> {
  const found = new Map<Service, string>();
  const errors: string[] = [];
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('Azurite was started without its outputs');
  stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Azurite did not start within ${START_TIMEOUT_MS} ms. ${errors.join('')}`));
    }, START_TIMEOUT_MS);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Azurite ended with code ${code ?? 'none'} while starting. ${errors.join('')}`));
    });
    // The reader stays: an output that nobody reads would fill up and stop the process.
    createInterface({ input: stdout }).on('line', (line) => {
      const match = /Azurite (Blob|Queue|Table) service is successfully listening at (http:\S+)/.exec(line);
      const service = SERVICES.find((name) => name === match?.[1]?.toLowerCase());
      if (service !== undefined && match?.[2] !== undefined) found.set(service, match[2]);
      if (found.size < SERVICES.length) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

function toConnectionString(addresses: ReadonlyMap<Service, string>, account: string): string {
  const endpoints = SERVICES.map(
    (service) =>
      `${service[0]?.toUpperCase() ?? ''}${service.slice(1)}Endpoint=${addresses.get(service) ?? ''}/${account}`,
  );
  return `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${PUBLIC_KEY};${endpoints.join(';')};`;
}

/** A running stand-in keeps no program alive that has nothing else to do. */
function release(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.ref();
  child.kill('SIGTERM');
  // Azurite waits for requests under way; whoever closes it has said that they no longer matter.
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
