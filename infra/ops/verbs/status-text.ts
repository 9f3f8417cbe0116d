import type { Connection, Domain } from '../api/schemas.ts';
import { count, counted, duration, fromNow, NONE } from '../terminal/format.ts';
import { share } from '../terminal/progress.ts';
import { table } from '../terminal/table.ts';

const HEADINGS = ['CONNECTION', 'USER', 'STATUS', 'DOMAIN', 'STATE', 'LAG', 'PROGRESS', 'NEXT DUE', 'SUBSCRIPTION'];

/** A line for each connection and domain. */
export function overview(connections: readonly Connection[], now: Date): string {
  if (connections.length === 0) return 'No connections.';
  const rows = connections.flatMap((connection) => {
    const { id, userId, status, reason, domains } = connection;
    const own = [id, userId, withReason(status, reason)];
    if (isLeaving(connection)) return [own];
    const cells = Object.entries(domains).map(([name, domain]) => [name, ...domainCells(domain, now)]);
    return cells.length === 0 ? [own] : cells.map((row) => [...own, ...row]);
  });
  return table(HEADINGS, rows);
}

const domainCells = (domain: Domain, now: Date): string[] => [
  withReason(domain.status, domain.reason),
  domain.lagSeconds === null || domain.lagSeconds === undefined ? NONE : duration(domain.lagSeconds),
  progressText(domain),
  fromNow(domain.nextDueAt, now),
  domain.subscription === null ? 'none, polls' : `expires ${fromNow(domain.subscription.expiresAt, now)}`,
];

const withReason = (status: string, reason: string | null): string =>
  reason === null ? status : `${status} (${reason})`;

function progressText({ progress }: Domain): string {
  if (progress === null) return NONE;
  const part = share(progress);
  return `${count(progress.done)}${part === null ? '' : ` (${Math.floor(part * 100)}%)`}`;
}

/** All there is to know of one connection. */
export function describeConnection(connection: Connection, now: Date): string {
  const { id, userId, workspaceId, account, source, status, reason, warnings, settings } = connection;
  const lines: (readonly [string, string])[] = [
    ['Connection', id],
    ['User', `${userId}${workspaceId === null ? '' : ` in workspace ${workspaceId}`}`],
    ['Account', `${account.username} (${source})`],
    ['Status', withReason(status, reason)],
    ['Created', connection.createdAt],
    ['Settings', JSON.stringify(settings)],
    ...warnings.map((warning) => ['Warning', warning] as const),
  ];
  const domains = isLeaving(connection)
    ? []
    : Object.entries(connection.domains).flatMap(([name, domain]) => ['', ...describe(name, domain, now)]);
  return [...lines.map(([label, text]) => `${label.padEnd(12)} ${text}`), ...domains].join('\n');
}

function describe(name: string, domain: Domain, now: Date): string[] {
  const { lastErrorAt, lastError, progress } = domain;
  const lines: (readonly [string, string])[] = [
    [name, withReason(domain.status, domain.reason)],
    ['  synced', `${fromNow(domain.lastSyncedAt, now)}; next due ${fromNow(domain.nextDueAt, now)}`],
    ...(progress === null
      ? []
      : [
          [
            '  progress',
            `${progressText(domain)}, ${progress.streamsDone} of ${counted(progress.streams, 'stream')} done`,
          ] as const,
        ]),
    ...(lastErrorAt === null
      ? []
      : [['  last error', `${fromNow(lastErrorAt, now)}${lastError === null ? '' : `: ${lastError}`}`] as const]),
    ...(domain.subscriptions.length === 0 ? [['  subscription', 'none: the domain polls'] as const] : []),
    ...domain.subscriptions.map(
      ({ resource, expiresAt, lastNotificationAt }) =>
        [
          '  subscription',
          `${resource}, expires ${fromNow(expiresAt, now)}, last notification ${fromNow(lastNotificationAt, now)}`,
        ] as const,
    ),
  ];
  return lines.map(([label, text]) => `${label.padEnd(15)} ${text}`);
}

const isLeaving = ({ status }: Pick<Connection, 'status'>): boolean =>
  status === 'disconnecting' || status === 'disconnected';

/** Whether nobody need look at it. One that is leaving, or has left, is well. */
export const isWell = ({ status, domains }: Connection): boolean =>
  isLeaving({ status }) ||
  (status === 'connected' &&
    Object.values(domains).every((domain) => domain.status !== 'error' && domain.status !== 'degraded'));
