import { z } from '@hono/zod-openapi';
import { accountSchema, type Connection, type Subscription } from '../../engine/connection.ts';
import { pendingStatus, type DomainStatus } from '../../engine/head.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import type { ApiPorts } from '../ports.ts';
import { time } from '../router/common-schemas.ts';
import { unlistedIn } from './unlisted-in.ts';

const subscriptionExample = {
  ...{ id: '7f105c7d-2dc5-4530-97cd-4e7ae6534c07', resource: 'me/messages' },
  ...{ expiresAt: '2026-01-11T09:30:00.000Z', lastNotificationAt: '2026-01-05T09:29:59.000Z' },
};
const domainExample = {
  ...{ status: 'ok' as const, reason: null, lastSyncedAt: '2026-01-05T09:30:00.000Z', lagSeconds: 12 },
  ...{ lastErrorAt: null, lastError: null, progress: null, nextDueAt: '2026-01-05T21:30:00.000Z' },
  ...{ subscription: subscriptionExample, subscriptions: [subscriptionExample] },
};

const subscriptionView = z
  .object({
    id: z.string(),
    resource: z.string(),
    expiresAt: time.nullable(),
    lastNotificationAt: time.nullable(),
  })
  .openapi('Subscription', { example: subscriptionExample });

const domainView = z
  .object({
    status: z.enum(['pending', 'syncing', 'ok', 'degraded', 'error']),
    reason: z.string().nullable(),
    lastSyncedAt: time.nullable(),
    lagSeconds: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Seconds since lastSyncedAt; null before the first sync' }),
    lastErrorAt: time.nullable(),
    lastError: z.string().nullable(),
    progress: z
      .object({
        done: z.number().int(),
        total: z.number().int().nullable(),
        streams: z.number().int(),
        streamsDone: z.number().int(),
      })
      .nullable(),
    nextDueAt: time.nullable(),
    subscription: subscriptionView.nullable().meta({ description: 'The one that lapses first' }),
    subscriptions: z.array(subscriptionView).meta({
      description:
        'By which Microsoft tells of changes, each until its `expiresAt`; while there is none the domain is polled. `warnings` of the connection say why one could not be made',
    }),
  })
  .openapi('DomainStatus', { example: domainExample });

export const connectionView = z
  .object({
    id: z.string(),
    userId: z.string(),
    workspaceId: z.string().nullable(),
    account: accountSchema,
    source: z.enum(['graph', 'owa']),
    status: z.enum(['connected', 'reauth_required', 'error', 'disconnecting', 'disconnected']),
    reason: z.string().nullable(),
    domains: z.record(z.string(), domainView),
    settings: z.record(z.string(), z.record(z.string(), z.unknown())),
    warnings: z.array(z.string()).meta({
      description:
        '`notifications_unreachable`, `notifications_refused`: it is polled instead. `unlisted:settings.mail.folders.0` (of a connection that is read by itself): that setting names what the mailbox does not list',
    }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi('Connection', {
    example: {
      ...{ id: 'p3s1Xv6r2kQm8TzYb0LcWd', userId: 'u-1', workspaceId: 'w-1' },
      account: {
        ...{ tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47', objectId: '48d31887-5fad-4d73-a9f5-3c356e68a038' },
        ...{ username: 'ada@contoso.example', displayName: 'Ada Lovelace', kind: 'work' },
      },
      ...{ source: 'graph', status: 'connected', reason: null },
      domains: { mail: domainExample },
      settings: { mail: { source: 'graph', folders: ['inbox', 'sentitems'] } },
      ...{ warnings: [], createdAt: '2026-01-02T08:00:00.000Z', updatedAt: '2026-01-02T08:00:04.000Z' },
    },
  });
export type ConnectionView = z.output<typeof connectionView>;

type ViewPorts = Pick<ApiPorts, 'store' | 'subscriptions' | 'clock' | 'domains'>;

/** Mailboxes asked for their subscriptions at once, and heads read at once. */
const PARALLEL = 8;

/** Connections as a list shows them: domain statuses are the copies in their rows. */
export function viewMany(ports: ViewPorts, connections: readonly Connection[]): Promise<ConnectionView[]> {
  return mapLimit(connections, PARALLEL, (connection) => view(ports, connection, connection.copies));
}

/** Before the place in the settings that names what the mailbox does not list. */
const UNLISTED = 'unlisted:';

/** One connection: domain statuses are read from the heads, which are the truth; its settings are held to what the mailbox lists. */
export async function viewOne(ports: ViewPorts, connection: Connection): Promise<ConnectionView> {
  const statuses = await mapLimit(connection.domains, PARALLEL, async (domain) => {
    const found = await ports.store.readHead({ connectionId: connection.id, domain });
    return [domain, found?.head.status] as const;
  });
  const unlisted = (await unlistedIn(ports, connection)).map((place) => UNLISTED + place);
  const warned = { ...connection, warnings: [...connection.warnings, ...unlisted] };
  return view(ports, warned, Object.fromEntries(statuses));
}

async function view(
  ports: ViewPorts,
  connection: Connection,
  statuses: Readonly<Record<string, DomainStatus | undefined>>,
): Promise<ConnectionView> {
  const { id, userId, workspaceId, account, source, status, reason, settings, warnings, createdAt, updatedAt } =
    connection;
  const subscriptions = (await ports.subscriptions.list(account))
    .map((row) => row.subscription)
    .filter((row) => row.connections.includes(id));
  const domains = connection.domains.map((domain) => {
    const own = subscriptions.filter((row) => row.domain === domain);
    return [domain, viewDomain(ports, statuses[domain] ?? pendingStatus, own)] as const;
  });
  return {
    ...{ id, userId, workspaceId, account, source, status, reason },
    domains: Object.fromEntries(domains),
    ...{ settings, warnings, createdAt, updatedAt },
  };
}

function viewDomain(
  ports: Pick<ApiPorts, 'clock'>,
  status: DomainStatus,
  rows: readonly Subscription[],
): ConnectionView['domains'][string] {
  const { reason, lastSyncedAt, lastErrorAt, lastError, progress, nextDueAt } = status;
  const subscriptions = rows
    .flatMap(({ id, resource, expiresAt, lastNotificationAt }) =>
      id === null ? [] : [{ id, resource, expiresAt, lastNotificationAt }],
    )
    .toSorted((a, b) => (a.expiresAt ?? '').localeCompare(b.expiresAt ?? ''));
  const now = ports.clock.now().getTime();
  return {
    ...{ status: status.status, reason, lastSyncedAt },
    lagSeconds: lastSyncedAt === null ? null : Math.max(0, Math.round((now - Date.parse(lastSyncedAt)) / 1000)),
    ...{ lastErrorAt, lastError, progress, nextDueAt },
    subscription: subscriptions[0] ?? null,
    subscriptions,
  };
}
