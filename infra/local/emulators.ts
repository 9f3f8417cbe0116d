import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startAzurite } from './azurite.ts';
import { startVault } from './vault/server.ts';

/** Any of the stand-ins alone: prints where they are, as one line of JSON, and keeps them running until it is ended. */
const NAMES = ['azurite', 'vault', 'microsoft'] as const;

const USAGE = `npm run emulators -- [flags]
  --only <names>            of azurite,vault,microsoft, comma-separated (all)
  --azurite-blob-port, --azurite-queue-port, --azurite-table-port, --vault-port, --microsoft-port <n>
                            ports on 127.0.0.1 (free ones)
  --location <folder>       keeps storage and secrets there (in memory)`;

const port = z.coerce.number().int().min(0).max(65_535).default(0);

const flags = z.object({
  only: z
    .string()
    .default(NAMES.join(','))
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(NAMES)).min(1)),
  'azurite-blob-port': port,
  'azurite-queue-port': port,
  'azurite-table-port': port,
  'vault-port': port,
  'microsoft-port': port,
  location: z.string().optional(),
});

type Flags = z.infer<typeof flags>;

interface Running {
  /** What is said about it in the JSON line. */
  readonly address: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

const starters: Readonly<Record<(typeof NAMES)[number], (options: Flags) => Promise<Running>>> = {
  azurite: async (options) => {
    const azurite = await startAzurite({
      ...(options.location !== undefined && { location: join(options.location, 'azurite') }),
      ports: {
        blob: options['azurite-blob-port'],
        queue: options['azurite-queue-port'],
        table: options['azurite-table-port'],
      },
    });
    return { address: { connectionString: azurite.connectionString }, close: () => azurite.close() };
  },
  vault: async ({ location, 'vault-port': vaultPort }) => {
    const file = location === undefined ? {} : { file: join(location, 'vault.json') };
    const vault = await startVault({ port: vaultPort, ...file });
    return { address: { url: vault.url }, close: () => vault.close() };
  },
  microsoft: async ({ 'microsoft-port': microsoftPort }) => {
    // Loaded only when it is asked for: it is the largest of them.
    const { startMicrosoft } = await import('./graph/server.ts');
    const { CLIENT_ID, CLIENT_SECRET } = await import('./graph/tenant.ts');
    const microsoft = await startMicrosoft({ port: microsoftPort });
    const { authority, graph, control } = microsoft;
    const app = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
    return { address: { authority, graph, control, ...app }, close: () => microsoft.close() };
  },
};

async function main(): Promise<void> {
  const options = readFlags();
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(signal, resolve);
  });
  const running = new Map<string, Running>();
  try {
    for (const name of new Set(options.only)) running.set(name, await starters[name](options));
    const addresses = [...running].map(([name, { address }]) => [name, address] as const);
    console.log(JSON.stringify(Object.fromEntries(addresses)));
    await ended;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
  await Promise.all([...running.values()].map(({ close }) => close()));
  process.exit();
}

function readFlags(): Flags {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    process.exit(0);
  }
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: Object.fromEntries(Object.keys(flags.shape).map((name) => [name, text])) });
    return flags.parse(values);
  } catch (error) {
    console.error(`${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

await main();
