import type { Head } from '../../engine/head.ts';
import type { Change } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import type { ApiPorts } from '../ports.ts';
import { fromBookmark, type Bookmark } from './bookmark.ts';

type FeedPorts = Pick<ApiPorts, 'store'>;

/** Domains read at once. */
const PARALLEL = 6;

export interface FeedPage {
  readonly changes: readonly Change[];
  readonly positions: Bookmark;
}

/**
 * The next changes of these domains: in order within each; over domains by time. Positions move over what is answered
 * alone, so that nothing is skipped. Without `after` it begins with the oldest row kept; `latest` only gives a bookmark.
 */
export async function readFeed(
  ports: FeedPorts,
  connectionId: string,
  domains: readonly string[],
  query: { readonly after: string | undefined; readonly limit: number },
): Promise<FeedPage> {
  const marks = query.after === undefined || query.after === 'latest' ? {} : fromBookmark(connectionId, query.after);
  const latest = query.after === 'latest';
  const read = await mapLimit(domains, PARALLEL, (domain) =>
    readDomain(ports, { connectionId, domain }, { after: marks[domain], latest, limit: query.limit }),
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

async function readDomain(
  ports: FeedPorts,
  scope: { readonly connectionId: string; readonly domain: string },
  from: { readonly after: number | undefined; readonly latest: boolean; readonly limit: number },
): Promise<DomainPart> {
  const { domain } = scope;
  const found = await ports.store.readHead(scope);
  if (found === null) return { domain, position: from.after ?? 0, changes: [] };
  if (from.latest) return { domain, position: found.head.lastSeq, changes: [] };
  const position = from.after ?? found.head.oldestSeq - 1;
  demandKept(found.head, position, domain);
  if (position >= found.head.lastSeq) return { domain, position, changes: [] };
  const changes = await ports.store.readChanges(scope, position, from.limit);
  // Rows may have been dropped between the two reads: a gap must not pass for the end of a page.
  if ((changes[0]?.seq ?? position + 1) > position + 1) {
    const again = await ports.store.readHead(scope);
    if (again !== null) demandKept(again.head, position, domain);
  }
  return { domain, position, changes };
}

function demandKept(head: Head, position: number, domain: string): void {
  if (position + 1 >= head.oldestSeq) return;
  throw new ProblemError(
    410,
    'cursor_too_old',
    `Rows of the domain "${domain}" after this cursor are no longer kept. List the records, then follow the feed from after=latest`,
  );
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
