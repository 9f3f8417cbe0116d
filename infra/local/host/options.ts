import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { HostKeys } from './http/keys.ts';

export interface HostOptions {
  readonly port: number;
  /** The app's folder: where package.json and host.json are. */
  readonly app: string;
  /** Whether the app's local.settings.json is read. */
  readonly localSettings: boolean;
  readonly hiddenSeconds: number;
  readonly httpTimeoutSeconds: number;
  readonly lockSeconds: number;
  readonly lockPollSeconds: number;
  readonly drainSeconds: number;
  readonly keys: HostKeys | undefined;
  readonly jsonLogs: boolean;
  readonly watch: boolean;
  readonly restart: boolean;
}

export const USAGE = `node infra/local/host/main.ts [flags]
  --port <n>                 port on 127.0.0.1, 0 = a free one (7071)
  --app <folder>             the app: package.json, host.json (the working directory)
  --no-local-settings        the environment alone, without the app's local.settings.json
  --hidden-after-crash <s>   how long a queue message in work is hidden, so also after a crash (600)
  --http-timeout <s>         when the host gives up on an answer that has not begun (240)
  --lock-seconds <s>         life of the lease that makes one listener of a timer, 15 to 60 (60)
  --lock-poll-seconds <s>    how often a host without the lease asks for it (as --lock-seconds)
  --drain-seconds <s>        how long running functions may take when the host is told to end (60)
  --enable-auth              check function keys, given with --master-key and --function-key
  --json-logs                one JSON object a line
  --watch                    restart on a change of the built files
  --restart                  restart the app when it dies`;

const seconds = z.coerce.number().min(0);

const flags = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(7071),
  app: z.string().default('.'),
  'no-local-settings': z.boolean().default(false),
  'hidden-after-crash': z.coerce.number().int().min(1).max(604_800).default(600),
  'http-timeout': seconds.default(240),
  'lock-seconds': z.coerce.number().int().min(15).max(60).default(60),
  'lock-poll-seconds': seconds.optional(),
  'drain-seconds': seconds.default(60),
  'enable-auth': z.boolean().default(false),
  'master-key': z.string().min(1).optional(),
  'function-key': z.string().min(1).optional(),
  'json-logs': z.boolean().default(false),
  watch: z.boolean().default(false),
  restart: z.boolean().default(false),
});

const text = { type: 'string' } as const;
const toggle = { type: 'boolean' } as const;

/** Reads the command line. Throws with what is wrong with it. */
export function readOptions(args: readonly string[]): HostOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: text,
      app: text,
      'no-local-settings': toggle,
      'hidden-after-crash': text,
      'http-timeout': text,
      'lock-seconds': text,
      'lock-poll-seconds': text,
      'drain-seconds': text,
      'enable-auth': toggle,
      'master-key': text,
      'function-key': text,
      'json-logs': toggle,
      watch: toggle,
      restart: toggle,
    },
  });
  const parsed = flags.safeParse(values);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { data } = parsed;
  return {
    port: data.port,
    app: resolve(data.app),
    localSettings: !data['no-local-settings'],
    hiddenSeconds: data['hidden-after-crash'],
    httpTimeoutSeconds: data['http-timeout'],
    lockSeconds: data['lock-seconds'],
    lockPollSeconds: data['lock-poll-seconds'] ?? data['lock-seconds'],
    drainSeconds: data['drain-seconds'],
    keys: data['enable-auth'] ? keysOf(data['master-key'], data['function-key']) : undefined,
    jsonLogs: data['json-logs'],
    watch: data.watch,
    restart: data.restart,
  };
}

function keysOf(master: string | undefined, functionKey: string | undefined): HostKeys {
  if (master === undefined || functionKey === undefined) {
    throw new Error('--enable-auth needs --master-key and --function-key');
  }
  return { master, function: functionKey };
}
