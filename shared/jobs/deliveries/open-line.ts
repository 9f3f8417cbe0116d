import type { DeliveryAgain, DeliveryCursor, Endpoint, VersionedEndpoint } from '../../engine/delivery-ports.ts';
import type { Change, Scope } from '../../engine/model.ts';
import { unbroken } from '../../engine/unbroken.ts';
import { plus } from '../../lib/clock.ts';
import type { DeliverPorts } from './ports.ts';

/** Changes read at once. */
export const PAGE = 100;
/** How far back changes are sent where it is not known when the endpoint was made: longer than they wait for their first job. */
const UNSURE_MS = 15 * 60_000;

/** What a job finds to do for one feed at one endpoint. */
export interface Line {
  readonly endpoint: VersionedEndpoint;
  readonly cursor: DeliveryCursor;
  /** Null = the cursor is not stored yet. */
  readonly version: string | null;
  /** Requests to send again, the first of them by the time of their next attempts. */
  readonly again: readonly DeliveryAgain[];
  /** The changes that come next; fewer than PAGE = up to the end, or to where some are gone. */
  readonly changes: readonly Change[];
}

/** Reads where the feed stands at the endpoint, and what comes next. */
export async function openLine(
  ports: Pick<DeliverPorts, 'deliveries' | 'store' | 'clock'>,
  found: VersionedEndpoint,
  scope: Scope,
): Promise<Line> {
  const { endpoint } = found;
  const stands = await ports.deliveries.readCursor(endpoint.id, scope);
  const { again } = stands;
  const known =
    stands.found === null
      ? { version: null, cursor: await firstCursor(ports, endpoint, scope) }
      : { ...stands.found, cursor: await asAsked(ports, stands.found.cursor, again) };
  const changes = await readPage(ports, scope, known.cursor.seq);
  const line = { endpoint: found, ...known, again, changes };
  const cursor = await checkGap(ports, scope, line);
  if (cursor.seq >= known.cursor.seq) return { ...line, cursor };
  return { ...line, cursor, changes: await readPage(ports, scope, cursor.seq) };
}

/** The changes after a number, up to where the next are gone: what is beyond is read after the gap was told. */
export const readPage = async (
  { store }: Pick<DeliverPorts, 'store'>,
  scope: Scope,
  after: number,
): Promise<readonly Change[]> => unbroken(await store.readChanges(scope, after, PAGE));

/** Who asks for what stands first in line writes the time of its next attempt to its record, with a request beside it. */
async function asAsked(
  ports: Pick<DeliverPorts, 'deliveries'>,
  cursor: DeliveryCursor,
  again: readonly DeliveryAgain[],
): Promise<DeliveryCursor> {
  const { waiting } = cursor;
  const request = again.find(({ deliveryId }) => deliveryId === waiting?.deliveryId);
  if (waiting === null || request === undefined) return cursor;
  const record = await ports.deliveries.read(request.deliveryId);
  return { ...cursor, waiting: { ...waiting, nextAttemptAt: record?.nextAttemptAt ?? waiting.nextAttemptAt } };
}

/**
 * A feed that was never sent there begins with the first change made after the endpoint was. One whose time has not come yet was
 * made by a clock that went ahead, so that its time tells nothing: a change too many is better than one too few.
 */
async function firstCursor(
  ports: Pick<DeliverPorts, 'store' | 'clock'>,
  endpoint: Endpoint,
  scope: Scope,
): Promise<DeliveryCursor> {
  const now = ports.clock.now();
  const isAhead = new Date(endpoint.createdAt) > now;
  const seq = await lastBefore(ports, scope, isAhead ? plus(now, -UNSURE_MS).toISOString() : endpoint.createdAt);
  return { endpointId: endpoint.id, ...scope, seq, claim: null, waiting: null, gap: null, behind: false };
}

/** The number of the last change made before this time: by halving, for a feed may hold very many. */
async function lastBefore(ports: Pick<DeliverPorts, 'store'>, scope: Scope, at: string): Promise<number> {
  const head = (await ports.store.readHead(scope))?.head ?? null;
  if (head === null) return 0;
  let before = head.oldestSeq - 1;
  let after = head.lastSeq + 1;
  // The usual case first: all of it is older than the endpoint, or all of it but the last row.
  for (let probe = head.lastSeq; before + 1 < after; probe = Math.floor((before + after) / 2)) {
    const [change] = await ports.store.readChanges(scope, probe - 1, 1);
    if (change === undefined || change.at >= at) after = probe;
    else before = change.seq;
  }
  return before;
}

/**
 * The cursor, with the gap between it and what the feed still keeps. A cursor beyond the end of its feed is of a feed that was
 * removed and begun anew: it starts with that.
 */
export async function checkGap(
  ports: Pick<DeliverPorts, 'store' | 'clock'>,
  scope: Scope,
  line: Pick<Line, 'cursor' | 'version' | 'changes'>,
): Promise<DeliveryCursor> {
  const { cursor, version, changes } = line;
  const [first] = changes;
  if (version === null || first?.seq === cursor.seq + 1) return cursor;
  const head = (await ports.store.readHead(scope))?.head ?? null;
  if (head === null) return cursor;
  if (head.lastSeq < cursor.seq) return { ...cursor, seq: head.oldestSeq - 1, waiting: null, gap: null };
  const to = (first?.seq ?? head.oldestSeq) - 1;
  if (to <= cursor.seq || cursor.gap?.to === to) return cursor;
  const begun = cursor.gap ?? { from: cursor.seq + 1, at: ports.clock.now().toISOString() };
  return { ...cursor, gap: { ...begun, to }, waiting: null };
}

/** True where there is something to send, or to pass over. */
export const hasWork = (line: Line): boolean =>
  line.changes.length > 0 || line.cursor.gap !== null || line.again.length > 0;

/** When the first of what waits is tried again; null where something is to be sent now. */
export function waitsUntil(line: Line, now: Date, hurry: boolean): Date | null {
  if (hurry) return null;
  const { waiting } = line.cursor;
  const ahead = line.changes.length > 0 || line.cursor.gap !== null;
  const times = [
    ...(ahead ? [waiting === null ? now : new Date(waiting.nextAttemptAt)] : []),
    ...line.again.map(({ nextAttemptAt }) => new Date(nextAttemptAt)),
  ];
  const first = new Date(Math.min(...times.map((time) => time.getTime())));
  return first > now ? first : null;
}

/** A time after `from`, spread so that all who wait do not come at once. */
export const soonAfter = (ports: Pick<DeliverPorts, 'random'>, from: Date, spreadMs: number): Date =>
  plus(from, 1_000 + Math.floor(ports.random.fraction() * spreadMs));
