import { parseArgs } from 'node:util';
import { DEFAULT_API, openApi } from './api/open-api.ts';
import { OpsError, UsageError } from './errors.ts';
import { helpOfAll, helpOf } from './help.ts';
import { clean, plain } from './terminal/format.ts';
import { openOutput } from './terminal/output.ts';
import type { Call, Option, Verb } from './verb.ts';
import { verbs } from './verbs.ts';

/** Flags that every verb takes. */
export const common: Readonly<Record<string, Option>> = {
  api: { value: 'url', help: `the API's address, or OUTLOOK_SYNC_API; default ${DEFAULT_API}` },
  key: { value: 'key', help: 'an API key; better in the environment: OUTLOOK_SYNC_API_KEY' },
  json: { help: 'results as JSON' },
  help: { help: 'this help' },
};

export interface Terminal {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Runs one command line. Answers the exit code: 0 ok, 1 found a problem, 2 bad usage. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const asked = name === undefined ? undefined : verbs[rest[0] ?? ''];
    const text =
      asked === undefined || rest[0] === undefined ? helpOfAll(verbs, common) : helpOf(rest[0], asked, common);
    (name === undefined ? terminal.err : terminal.out).write(`${text}\n`);
    return name === undefined ? 2 : 0;
  }
  try {
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (verb === undefined)
      throw new UsageError(`there is no verb "${plain(name)}"; there are: ${Object.keys(verbs).join(', ')}`);
    return await runVerb(name, verb, rest, terminal);
  } catch (error) {
    return tell(error, name, terminal);
  }
}

async function runVerb(name: string, verb: Verb, args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parse(verb, args);
  if (values['help'] === true) {
    terminal.out.write(`${helpOf(name, verb, common)}\n`);
    return 0;
  }
  if (positionals.length > verb.most) throw new UsageError(`too much: "${plain(positionals[verb.most] ?? '')}"`);
  const text = (flag: string): string | undefined => {
    const value = values[flag];
    return typeof value === 'string' ? value : undefined;
  };
  const output = openOutput({ out: terminal.out, err: terminal.err, json: values['json'] === true });
  const call: Call = {
    args: positionals,
    text,
    flag: (flag) => values[flag] === true,
    api: () => openApi({ api: text('api'), key: text('key') }, terminal.environment),
    environment: terminal.environment,
    output,
  };
  try {
    return await verb.run(call);
  } finally {
    output.settle();
  }
}

function parse(verb: Verb, args: readonly string[]): { values: Record<string, unknown>; positionals: string[] } {
  const all = Object.entries({ ...verb.options, ...common });
  const options = Object.fromEntries(
    all.map(([name, { value }]) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const) }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { values: { ...values }, positionals };
  } catch (error) {
    // What parseArgs throws is about the arguments, and says which.
    const [said] = error instanceof Error ? error.message.split('. ', 1) : [];
    throw new UsageError(said ?? 'the arguments are not understood', { cause: error });
  }
}

function tell(error: unknown, verb: string, { err }: Terminal): number {
  if (error instanceof UsageError) {
    err.write(
      `ops ${plain(verb)}: ${clean(error.message)}\nSee: npm run ops -- ${verbs[verb] === undefined ? '--help' : `${verb} --help`}\n`,
    );
    return 2;
  }
  if (error instanceof OpsError) {
    err.write(`ops ${verb}: ${clean(error.message)}\n${error.hint === null ? '' : `${error.hint}\n`}`);
    return 1;
  }
  throw error;
}
