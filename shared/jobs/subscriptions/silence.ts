import { watchOf } from '../../domains/subscription-resources.ts';
import type { Connection, Subscription } from '../../engine/connection.ts';
import type { DomainStatus } from '../../engine/head.ts';
import type { Found } from '../../engine/run.ts';
import { storedLists } from '../../engine/short-lists.ts';
import type { JobPorts } from '../ports.ts';
import { TOUCH_MS } from '../notifications/touch.ts';
import { distrustSubscriptions, isTrusted } from './health.ts';
import { changeRow } from './rows.ts';

/** A change that no notification told within this time was not merely late. */
const LATE_NOTIFICATION_MS = 5 * 60_000;

type SilencePorts = Pick<JobPorts, 'subscriptions' | 'lookups' | 'store' | 'due' | 'queues' | 'clock'>;

/**
 * Judges by what a poll of the schedule has found whether the domain's subscriptions are silent: those that are do not tell of
 * a change that they had ample time to tell. They are made anew.
 */
export async function judgeSilence(
  ports: SilencePorts,
  connection: Connection,
  polled: { readonly domain: string; readonly found: Pick<Found, 'earliest'>; readonly status: DomainStatus },
): Promise<void> {
  const { domain, found, status } = polled;
  const { earliest } = found;
  // Idle polls cost nothing here.
  if (earliest.size === 0) return;
  const silent =
    status.trusted === true
      ? isLate(ports, Math.min(...earliest.values()))
      : await isSilentWhereTold(ports, connection, { domain, earliest });
  if (silent) await distrustSubscriptions(ports, connection, domain);
}

/**
 * The domain polls at its schedule. Where it does so for streams of which nobody is to tell, those prove nothing, and the others are
 * judged. Polls that come often find each change before it is late: the first one that nobody had told is kept in mind, and the
 * next one proves that nobody was going to.
 */
async function isSilentWhereTold(
  ports: SilencePorts,
  connection: Connection,
  { domain, earliest }: { readonly domain: string; readonly earliest: ReadonlyMap<string, number> },
): Promise<boolean> {
  const { watched, told } = await watchOf(
    connection,
    domain,
    storedLists(ports.store, { connectionId: connection.id, domain }),
  );
  if (told === 'all') return false;
  const first = Math.min(...told.flatMap((stream) => earliest.get(stream) ?? []));
  if (first === Infinity) return false;
  const rows = (await ports.subscriptions.list(connection.account)).map((row) => row.subscription);
  let silent = false;
  for (const row of rows) {
    const ours = row.connections.includes(connection.id) && watched.some(({ resource }) => resource === row.resource);
    if (!ours || !isTrusted(row, ports.clock.now())) continue;
    const since = silentSince(row, first);
    if (since === null) continue;
    if (isLate(ports, since)) silent = true;
    else await keepInMind(ports, row, new Date(since).toISOString());
  }
  return silent;
}

async function keepInMind(ports: SilencePorts, row: Subscription, silentSince: string): Promise<void> {
  if (row.silentSince === silentSince) return;
  await changeRow(ports, row, (now) => (now.id === row.id ? { ...now, silentSince } : null));
}

/** Since when a subscription has told nothing, of this change or of one before it; null = it has, or was not there yet. */
function silentSince(
  { createdAt, lastNotificationAt, silentSince: before }: Subscription,
  first: number,
): number | null {
  if (createdAt === null) return null;
  // Of several that come at once only the first is recorded.
  const heard = lastNotificationAt === null ? -Infinity : Date.parse(lastNotificationAt) + TOUCH_MS;
  const isUntold = (at: number): boolean => at > Date.parse(createdAt) && at > heard;
  return [Date.parse(before ?? ''), first].find(isUntold) ?? null;
}

const isLate = ({ clock }: Pick<JobPorts, 'clock'>, at: number): boolean =>
  at < clock.now().getTime() - LATE_NOTIFICATION_MS;
