import { auditEntry, type AuditEntry } from '../api/schemas.ts';
import { checkedId } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { NONE } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';
import type { Call, Verb } from '../verb.ts';

const USUAL_LIMIT = 50;

/** Who changed what. */
export const audit: Verb = {
  summary: 'who changed what, newest first (needs a key with the scope admin)',
  usage: '[connectionId]',
  options: {
    by: { value: 'name', help: 'acts of the API key with this name alone' },
    since: { value: 'time', help: 'begun then or later: 2026-01-05 or 2026-01-05T09:30:00Z' },
    until: { value: 'time', help: 'begun before' },
    limit: { value: 'n', help: `so many at most; default ${USUAL_LIMIT}` },
  },
  notes: [
    'Outcomes: done, refused, failed, replayed (a stored answer was given), begun (how it ended is not known).',
    'Names of what was set are shown, never values.',
  ],
  most: 1,
  run: async (call) => {
    const limit = limitOf(call);
    const entries: AuditEntry[] = [];
    for await (const page of call.api().pages(auditEntry, pathOf(call))) {
      entries.push(...page);
      if (entries.length >= limit) break;
    }
    const shown = entries.slice(0, limit);
    call.output.data(shown);
    call.output.say(table(['TIME', 'WHO', 'WHAT', 'ON', 'SET', 'OUTCOME'], shown.map(rowOf)));
    if (entries.length > limit) call.output.note(`There are more: --limit, or --until ${shown.at(-1)?.at ?? ''}`);
    return 0;
  },
};

function pathOf(call: Call): string {
  const [id] = call.args;
  const [by, since, until] = [call.text('by'), timeOf(call, 'since'), timeOf(call, 'until')];
  const query = new URLSearchParams({
    ...(id === undefined ? {} : { connectionId: checkedId(id) }),
    ...(by === undefined ? {} : { key: by }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }).toString();
  return query === '' ? '/audit' : `/audit?${query}`;
}

function timeOf(call: Call, flag: string): string | undefined {
  const text = call.text(flag);
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new UsageError(`--${flag}: a time, such as 2026-01-05T09:30:00Z`);
  return time.toISOString();
}

function limitOf(call: Call): number {
  const text = call.text('limit') ?? String(USUAL_LIMIT);
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError('--limit: a whole number from 1');
  return Number(text);
}

const rowOf = ({ at, actor, operation, on, changed, outcome, status, code }: AuditEntry): string[] => [
  at,
  actor.name ?? actor.kind,
  operation,
  Object.values(on).join(' ') || NONE,
  changed.join(' ') || NONE,
  [outcome, status ?? '', code ?? ''].join(' ').trim(),
];
