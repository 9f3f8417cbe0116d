import type { Option, Verb } from './verb.ts';

type Verbs = Readonly<Record<string, Verb>>;
type Options = Readonly<Record<string, Option>>;

/** The help of the whole program. */
export function helpOfAll(verbs: Verbs, common: Options): string {
  const rows = Object.entries(verbs).map(([name, verb]) => [name, verb.summary] as const);
  return [
    'Usage: npm run ops -- <verb> [arguments]',
    '',
    ...columns(rows),
    '',
    'Every verb takes:',
    ...columns(optionRows(common)),
    '',
    'Help of a verb: npm run ops -- <verb> --help',
    'Exit codes: 0 ok, 1 found a problem, 2 bad usage.',
  ].join('\n');
}

/** The help of one verb. */
export function helpOf(name: string, verb: Verb, common: Options): string {
  const own = optionRows(verb.options);
  return [
    `Usage: npm run ops -- ${name}${verb.usage === '' ? '' : ` ${verb.usage}`}`,
    '',
    `${verb.summary.slice(0, 1).toUpperCase()}${verb.summary.slice(1)}.`,
    ...(verb.notes ?? []),
    '',
    ...columns([...own, ...optionRows(common)]),
  ].join('\n');
}

const optionRows = (options: Options): (readonly [string, string])[] =>
  Object.entries(options).map(([name, { value, help }]) => [
    `--${name}${value === undefined ? '' : ` <${value}>`}`,
    help,
  ]);

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
