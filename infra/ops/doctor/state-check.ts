import type { ApiClient } from '../api/client.ts';
import { health as healthSchema, statistics, type Connection, type Health } from '../api/schemas.ts';
import { ApiError } from '../errors.ts';
import { listConnections } from '../follow/connections.ts';
import { counted, duration } from '../terminal/format.ts';
import { bad, note, ok, warn, type Finding } from './finding.ts';

/** Connections that are named one by one. */
const NAMED = 20;

/** What the service says of itself, read for what an operator should do. */
export async function checkService(api: ApiClient): Promise<Finding[]> {
  try {
    const { value } = await api.ask(healthSchema, '/health/details', { also: [503], once: true });
    const { domains } = await api.get(statistics, '/stats');
    return [...judge(value), ...domainFindings(domains)];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'key_confined')
      return [note('service', 'a key that is confined to workspaces may not see its state', error.hint ?? undefined)];
    return [bad('service', error.message, error.hint ?? undefined)];
  }
}

/** Health details as findings. */
export function judge(health: Health): Finding[] {
  const now = Date.parse(health.checkedAt);
  return [
    ...Object.entries(health.dependencies).map(([name, { status, latencyMs, error }]) =>
      status === 'ok'
        ? ok(name, `answers in ${latencyMs} ms`)
        : bad(name, `failed after ${latencyMs} ms (${error ?? 'unknown'})`, dependencyHint(name)),
    ),
    dueFinding(health, now),
    poisonFinding(health),
    subscriptionFinding(health),
    ...failureFinding(health),
  ];
}

const dependencyHint = (name: string): string =>
  name.startsWith('vault')
    ? 'Check KEY_VAULT_URL and that the app may read and write secrets there.'
    : 'Check AzureWebJobsStorage and that the app may use its tables and queues.';

function dueFinding(health: Health, now: number): Finding {
  const late = health.late.map((kind) => {
    const at = health.oldestDue[kind] ?? health.checkedAt;
    return `${kind} since ${duration((now - Date.parse(at)) / 1000)}`;
  });
  return late.length === 0
    ? ok('due work', 'nothing waits longer than it should')
    : bad(
        'due work',
        `waits: ${late.join(', ')}`,
        'Are the timers running, and are the queues being emptied? See the logs of the timer functions.',
      );
}

function poisonFinding(health: Health): Finding {
  const full = Object.entries(health.queues).filter(([name, length]) => name.endsWith('-poison') && length > 0);
  return full.length === 0
    ? ok('poison queues', 'empty')
    : bad(
        'poison queues',
        full.map(([name, length]) => `${name} holds ${counted(length, 'message')}`).join(', '),
        `Look: npm run ops -- requeue ${full[0]?.[0].replace(/-poison$/, '') ?? ''} --dry-run`,
      );
}

function subscriptionFinding({ subscriptions, countedAt }: Health): Finding {
  const check = 'subscriptions';
  if (subscriptions === null) return note(check, 'not counted yet');
  const { live, overdue, missing } = subscriptions;
  const text = `${live} live, ${overdue} overdue for renewal, ${missing} missing (counted ${countedAt ?? 'never'})`;
  if (overdue > 0)
    return bad(check, text, 'Does the timer subscriptionRenewal run? Overdue ones lapse; domains poll then.');
  if (missing > 0)
    return warn(check, text, 'Their domains poll. Graph must reach the public address; the next renewal tries again.');
  return ok(check, text);
}

/** Domains that are not well, counted by `domain.status`. */
export function domainFindings(domains: Readonly<Record<string, number>>): Finding[] {
  const hint = 'npm run ops -- status names them, with the reason.';
  return Object.entries(domains).flatMap(([name, number]) => {
    const [domain = name, status = ''] = name.split('.');
    const text = `${domain} of ${counted(number, 'connection')} is in status ${status}`;
    if (status === 'error') return [bad('domains', text, hint)];
    return status === 'degraded' ? [warn('domains', text, hint)] : [];
  });
}

const failureFinding = ({ lastFailure }: Health): Finding[] =>
  lastFailure === null
    ? []
    : [
        note(
          'last failure',
          `${lastFailure.at} ${lastFailure.domain} of ${lastFailure.connectionId}: ${lastFailure.error ?? 'unknown'}`,
        ),
      ];

/** Connections that wait for somebody, by name. */
export async function checkConnections(api: ApiClient): Promise<Finding[]> {
  const signIn = await some(api, 'reauth_required');
  const failing = await some(api, 'error');
  const findings = [
    ...named(signIn, (connection) =>
      bad(
        'connection',
        `${tell(connection)} needs its user to sign in again`,
        `npm run ops -- connect --user ${connection.userId}`,
      ),
    ),
    ...named(failing, (connection) =>
      bad('connection', `${tell(connection)} cannot sync`, `npm run ops -- status ${connection.id}`),
    ),
  ];
  return findings.length === 0 ? [ok('connections', 'none waits for its user, none is in error')] : findings;
}

const tell = ({ id, userId, reason }: Connection): string =>
  `${id} of ${userId}${reason === null ? '' : ` (${reason})`}`;

/** Up to one more than are named. */
async function some(api: ApiClient, status: string): Promise<Connection[]> {
  const found: Connection[] = [];
  for await (const connection of listConnections(api, { status })) {
    found.push(connection);
    if (found.length > NAMED) break;
  }
  return found;
}

const named = (connections: readonly Connection[], find: (connection: Connection) => Finding): Finding[] => [
  ...connections.slice(0, NAMED).map(find),
  ...(connections.length > NAMED
    ? [bad('connections', 'and more of them', `npm run ops -- status --status ${connections[0]?.status ?? ''}`)]
    : []),
];
