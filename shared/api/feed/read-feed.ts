import type { Head } from '../../engine/head.ts';
import type { Change } from '../../engine/model.ts';
import { unbroken } from '../../engine/unbroken.ts';
import { StorageError } from '../../errors.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import type { ApiPorts } from '../ports.ts';
import { fromBookmark, tooOld, type Bookmark, type FeedOwner } from './bookmark.ts';

type FeedPorts = Pick<ApiPorts, 'store'>;

/** Readings of a head and rows that do not fit together, because rows are being dropped. */
const TRIES = 5;
/** Domains read at once. */
const PARALLEL = 6;

export interface FeedPage {
  readonly changes: readonly Change[];
  readonly positions: Bookmark;
}

/**
 * The next changes of these domains: in order within each; over domains by time. Positions move over what is answered
 * alone, so that nothing is skipped. Without `after` it begins with the oldest row kept; `latest` only gives a bookmark.
 * A domain that a bookmark does not know is read from its first row on. 410 where a row after the bookmark is not kept, and
 * where the bookmark is of a feed that was there before this one.
 */
export async function readFeed(
  ports: FeedPorts,
  connection: FeedOwner,
  domains: readonly string[],
  query: { readonly after: string | undefined; readonly limit: number },
): Promise<FeedPage> {
  const latest = query.after === 'latest';
  const marks = query.after === undefined || latest ? null : fromBookmark(connection, query.after);
  const read = await mapLimit(domains, PARALLEL, (domain) =>
    readDomain(
      ports,
      { connectionId: connection.id, domain },
      { after: marks === null ? undefined : (marks[domain] ?? 0), latest, limit: query.limit },
    ),
  );
  const changes = merge(read.map((part) => part.changes)).slice(0, query.limit);
  const positions = Object.fromEntries(read.map(({ domain, position }) => [domain, position]));
  for (const change of changes) positions[change.domain] = change.seq;
  return { changes, positions };
}

interface DomainPart {
  readonly domain: string;
  readonly position: number;
  readonly changes: readonly Change[];
}

/**
 * The rows that follow a position without a gap. Rows may be dropped between the readings of the head and of the rows, and
 * between two pages of rows: what is behind a gap is left to the next request, which is told the truth by the head.
 */
async function readDomain(
  ports: FeedPorts,
  scope: { readonly connectionId: string; readonly domain: string },
  from: { readonly after: number | undefined; readonly latest: boolean; readonly limit: number },
): Promise<DomainPart> {
  const { domain } = scope;
  for (let tries = 1; tries <= TRIES; tries++) {
    const head = (await ports.store.readHead(scope))?.head ?? null;
    if (head === null) return { domain, position: from.after ?? 0, changes: [] };
    if (from.latest) return { domain, position: head.lastSeq, changes: [] };
    const position = from.after ?? head.oldestSeq - 1;
    demandKept(head, position, domain);
    const end = { domain, position, changes: [] };
    if (position >= head.lastSeq) return end;
    const changes = unbroken(await ports.store.readChanges(scope, position, from.limit), position + 1);
    if (changes.length > 0) return { domain, position, changes };
    // The rows of a connection that leaves go without being told of one by one: its last row tells of all.
    if (head.closed) return end;
  }
  throw new StorageError('store.unavailable', `The feed of the domain "${domain}" lacks rows`);
}

function demandKept(head: Head, position: number, domain: string): void {
  if (position + 1 < head.oldestSeq)
    throw tooOld(`Rows of the domain "${domain}" after this cursor are no longer kept`);
  // A position that this feed never had is of one that went, whose numbers it gives out again.
  if (position > head.lastSeq) throw tooOld(`The feed of the domain "${domain}" was begun anew after this cursor`);
}

/** Merges lists that are each in order, by time, keeping the order within each. */
function merge(lists: readonly (readonly Change[])[]): Change[] {
  const next = lists.map(() => 0);
  const merged: Change[] = [];
  for (;;) {
    let best: { readonly list: number; readonly change: Change } | undefined;
    for (const [list, changes] of lists.entries()) {
      const change = changes[next[list] ?? 0];
      if (change !== undefined && (best === undefined || change.at < best.change.at)) best = { list, change };
    }
    if (best === undefined) return merged;
    next[best.list] = (next[best.list] ?? 0) + 1;
    merged.push(best.change);
  }
}
