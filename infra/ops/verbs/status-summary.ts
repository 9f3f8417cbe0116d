import type { Health, Statistics } from '../api/schemas.ts';
import { count, fromNow, NONE } from '../terminal/format.ts';

/** The installation in a few lines, and what it warns of. */
export function summary(health: Health, statistics: Statistics, now: Date): string {
  const parts = Object.entries(health.dependencies).map(
    ([name, { status, latencyMs, error }]) => `${name} ${error ?? status} ${latencyMs} ms`,
  );
  const lines: (readonly [string, string])[] = [
    ['Service', `${health.status}; ${parts.join(', ')}`],
    ['Connections', counts(statistics.connections)],
    ['Domains', counts(statistics.domains)],
    ['Subscriptions', health.subscriptions === null ? NONE : counts(health.subscriptions)],
    ['Sign-ins', health.tokens === null ? NONE : counts(health.tokens)],
    ['Queues', counts(nonEmpty(health.queues), 'all empty')],
    ['Oldest due', counts(dueOf(health, now), 'nothing')],
    ['Last failure', failure(health, now)],
    ['Counted', fromNow(statistics.at, now)],
  ];
  const warnings = health.warnings.map((warning) => `  ! ${warning}`);
  return [
    ...lines.map(([name, text]) => `${name.padEnd(14)} ${text}`),
    ...(warnings.length === 0 ? [] : ['Warnings', ...warnings]),
  ].join('\n');
}

function counts(values: Readonly<Record<string, number | string>>, none = 'none'): string {
  const entries = Object.entries(values);
  if (entries.length === 0) return none;
  return entries.map(([name, value]) => `${name} ${typeof value === 'number' ? count(value) : value}`).join(', ');
}

const nonEmpty = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value > 0));

const dueOf = (health: Health, now: Date): Record<string, string> =>
  Object.fromEntries(
    Object.entries(health.oldestDue).flatMap(([kind, at]) => (at === null ? [] : [[kind, fromNow(at, now)]])),
  );

function failure({ lastFailure }: Health, now: Date): string {
  if (lastFailure === null) return 'none';
  const { connectionId, domain, at, error } = lastFailure;
  return `${fromNow(at, now)}: ${domain} of ${connectionId}${error === null ? '' : `, ${error}`}`;
}
