import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient } from '../api/client.ts';
import type { Connection } from '../api/schemas.ts';
import { OpsError } from '../errors.ts';
import { duration } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { progressOf, standingOf, stuckBecause, type Before } from './round.ts';

/** How often the service is asked; growing, so that a long round costs little. */
const FIRST_MS = 200;
const LONGEST_MS = 2_000;

export interface FollowOptions {
  readonly domains: readonly string[];
  readonly before: Before;
  /** Null = without end. */
  readonly timeoutMs: number | null;
  /** Go on after a failure: the service tries again by itself. */
  readonly patient?: boolean;
  /** Say nothing of the progress: something else is shown. */
  readonly quiet?: boolean;
}

/** How a domain's round ended. */
export interface Ended {
  readonly domain: string;
  readonly status: string;
  readonly reason: string | null;
  readonly error: string | null;
}

/** Follows rounds of a connection to their end. Throws OpsError when the time is over or the connection cannot sync. */
export async function followRounds(
  api: ApiClient,
  id: string,
  output: Output,
  options: FollowOptions,
): Promise<Ended[]> {
  const end = options.timeoutMs === null ? Infinity : performance.now() + options.timeoutMs;
  const seen: Seen = { told: new Set(), since: performance.now() };
  for (let wait = FIRST_MS; ; wait = Math.min(LONGEST_MS, wait * 1.3)) {
    const connection = await api.connection(id);
    const stuck = stuckBecause(connection);
    if (stuck !== null) throw new OpsError(`${id} ${stuck}`);
    const standings = options.domains.map((name) => standingOf(connection.domains[name], options.before[name]));
    const over = standings.every(
      (standing) => standing === 'done' || (standing === 'failed' && options.patient !== true),
    );
    if (over) return options.domains.map((name) => endedOf(connection, name));
    if (options.quiet !== true) show(output, connection, options, seen);
    if (performance.now() > end)
      throw new OpsError(`${id} was not done in time`, `It goes on by itself: npm run ops -- status ${id}`);
    await pause(wait);
  }
}

function endedOf(connection: Connection, name: string): Ended {
  const domain = connection.domains[name];
  const { status = 'unknown', reason = null, lastError = null } = domain ?? {};
  return { domain: name, status, reason, error: status === 'ok' ? null : lastError };
}

interface Seen {
  /** Failures that were told. */
  readonly told: Set<string>;
  /** When following began. */
  readonly since: number;
}

function show(output: Output, connection: Connection, options: FollowOptions, { told, since }: Seen): void {
  for (const name of options.domains) {
    const domain = connection.domains[name];
    if (domain?.status === 'error' && domain.lastErrorAt !== null && !told.has(name + domain.lastErrorAt)) {
      told.add(name + domain.lastErrorAt);
      output.note(
        `${name} failed: ${domain.lastError ?? domain.reason ?? 'unknown'}; it is tried again ${domain.nextDueAt ?? 'soon'}`,
      );
    }
  }
  const progress = progressOf(options.domains, connection.domains);
  if (progress === null) output.busy(`${options.domains.join(', ')}: ${duration((performance.now() - since) / 1000)}`);
  else output.progress(progress);
}

export const isWell = (ended: Ended): boolean => ended.status === 'ok';

/** What is said of a round that ended. */
export function describeEnded(ended: Ended): string {
  const why = [ended.reason, ended.error].filter((part) => part !== null).join(': ');
  const hint =
    ended.reason === 'delete_guard' ? ' (to let the deletions pass: sync <connectionId> --approve-deletes)' : '';
  return `${ended.domain} ${ended.status}${why === '' ? '' : `, ${why}`}${hint}`;
}
