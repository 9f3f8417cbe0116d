import { ProtocolError, ResyncRequiredError, TransientError } from '../errors.ts';
import { sameJson } from '../lib/json.ts';
import { applyItems } from './apply.ts';
import { decodeItems, type DecodedItem } from './decode-items.ts';
import { counted, endlessRound } from './barren.ts';
import type { Chunk } from './chunk.ts';
import { advanced, restarted } from './cursor-moves.ts';
import type { Kind, StreamPlan } from './domain.ts';
import { learnKnown } from './lookup.ts';
import type { Cause, Cursor } from './model.ts';
import type { RemotePage } from './ports.ts';
import { kindIn, type Run } from './run.ts';
import { progressOf } from './status.ts';
import { sweep } from './sweep.ts';

/** Resets in a row before a stream backs off: the fresh round fails the same way. */
const MAX_RESETS = 3;
const SMALLEST_PAGE = 10;

/**
 * One turn of a stream: pages until the round is complete (`complete`), or until its share or the budget is spent
 * (`more`). The next page is fetched while the last one is committed.
 */
export async function runTurn(run: Run, plan: StreamPlan): Promise<'complete' | 'more'> {
  let ahead: Ahead | null = null;
  for (let pages = 0; ;) {
    const cursor = cursorOf(run, plan.id);
    if (cursor.phase === 'sweep') {
      await sweep(run, cursor);
      return 'complete';
    }
    if (pages >= run.settings.turnPages || run.budget.spent()) {
      await ahead?.page.catch(() => undefined);
      return 'more';
    }
    const fetched = await fetchPage(run, plan, cursor, ahead);
    ahead = null;
    if (fetched === 'again') continue;
    run.budget.page();
    pages++;
    if (fetched.next !== null && pages < run.settings.turnPages && !run.budget.spent())
      ahead = fetchAhead(run, cursor, fetched.next);
    await commitPage(run, plan, cursor, fetched);
    const endless = endlessRound(cursorOf(run, plan.id));
    if (endless !== null) {
      await ahead?.page.catch(() => undefined);
      throw endless;
    }
    if (fetched.next === null && cursorOf(run, plan.id).phase === 'delta') return 'complete';
  }
}

interface Ahead {
  readonly link: string;
  readonly page: Promise<RemotePage>;
}

function fetchAhead(run: Run, cursor: Cursor, link: string): Ahead {
  const page = run.source.page(link, cursor.pageSize ?? run.settings.pageSize);
  // Its failure is met where the page is used; a commit that fails first must not leave it unhandled.
  page.catch(() => undefined);
  return { link, page };
}

function cursorOf(run: Run, stream: string): Cursor {
  const cursor = run.session.cursors.get(stream);
  if (cursor === undefined) throw new Error(`stream ${stream} has no cursor`);
  return cursor;
}

/** The page where the cursor stands; `again` after the cursor was changed (a reset, a smaller page). */
async function fetchPage(
  run: Run,
  plan: StreamPlan,
  cursor: Cursor,
  ahead: Ahead | null,
): Promise<RemotePage | 'again'> {
  const size = cursor.pageSize ?? run.settings.pageSize;
  try {
    const page = await (ahead !== null && ahead.link === cursor.link
      ? ahead.page
      : run.source.page(cursor.link ?? plan.first, size));
    if (page.next !== null && page.next === cursor.link) {
      throw new ProtocolError('remote.link_repeated', `a page of stream ${plan.label} names itself as the next one`);
    }
    return page;
  } catch (error) {
    if (isDeadLink(error)) return reset(run, cursor, error);
    if (error instanceof TransientError && error.facts.status === 504 && size > SMALLEST_PAGE) {
      const pageSize = Math.max(SMALLEST_PAGE, Math.floor(size / 2));
      await run.session.commit((chunk) => {
        chunk.changeCursor(cursor.stream, (current) => ({ ...current, pageSize }));
      });
    }
    throw error;
  }
}

/** The service forgot the link, or it belongs to another address of Graph than the one that is configured now. */
const isDeadLink = (error: unknown): error is ResyncRequiredError | ProtocolError =>
  error instanceof ResyncRequiredError || (error instanceof ProtocolError && error.code === 'remote.foreign_link');

async function reset(run: Run, cursor: Cursor, error: ResyncRequiredError | ProtocolError): Promise<'again'> {
  if (cursor.resets >= MAX_RESETS) {
    await run.session.commit((chunk) => {
      chunk.changeCursor(cursor.stream, (current) => ({ ...restarted(current), resets: 0 }));
    });
    throw new TransientError('the fresh round is refused as well', error.facts, { cause: error });
  }
  run.session.ports.log.warn('sync.reset', {
    domain: run.domain.name,
    'stream.kind': cursor.kind,
    'graph.request_id': error.facts.requestId,
  });
  await run.session.commit((chunk) => {
    chunk.changeCursor(cursor.stream, (current) => ({ ...restarted(current), resets: current.resets + 1 }));
  });
  return 'again';
}

async function commitPage(run: Run, plan: StreamPlan, cursor: Cursor, page: RemotePage): Promise<void> {
  if (cursor.phase === 'baseline' && page.items.length > 0) await learnKnown(run.session);
  const by = { now: run.session.ports.clock.now().toISOString(), pass: run.pass };
  if (isIdle(run, cursor, page)) {
    await run.session.moveIdle(plan.id, (current) => advanced(current, page, by));
    return;
  }
  const { notes } = run.session.head;
  const learnt = run.domain.learn?.(plan.id, page.items, notes) ?? notes;
  const kind = kindIn(run.domain, learnt, plan.kind);
  const decoded = placedIn(kind, plan.id, decodeItems(kind, page.items, false));
  await applyItems(
    run,
    {
      ...{ kind, stream: plan.id, cause: causeOf(run, cursor), authoritative: false, decoded },
      ...(sameJson(learnt, notes) ? {} : { notes: learnt }),
    },
    (chunk) => {
      chunk.changeCursor(plan.id, (current) => ({
        ...counted(chunk, current, advanced(current, page, by), page),
        expected: plan.expected,
      }));
      tellProgress(run, chunk, cursor);
    },
  );
}

/** Items with what their stream says of them, and they do not. */
function placedIn(kind: Kind, stream: string, items: readonly DecodedItem[]): readonly DecodedItem[] {
  const placed = kind.placed?.(stream);
  if (placed === undefined) return items;
  return items.map((item) => (item.type === 'item' ? { ...item, fields: { ...placed, ...item.fields } } : item));
}

/** The first sync, and any round that compares all, can be watched. */
function tellProgress(run: Run, chunk: Chunk, cursor: Cursor): void {
  const { baselined, status } = run.session.head;
  if (baselined && cursor.phase !== 'full') return;
  const progress = progressOf(chunk);
  chunk.headPatch = {
    ...chunk.headPatch,
    status: { ...status, ...(baselined ? {} : { status: 'syncing' }), progress },
  };
}

/** A whole ordinary round that brought nothing: only the link moves. */
const isIdle = (run: Run, cursor: Cursor, page: RemotePage): boolean =>
  page.items.length === 0 &&
  page.next === null &&
  cursor.phase === 'delta' &&
  !cursor.midRound &&
  run.session.head.baselined;

const causeOf = (run: Run, cursor: Cursor): Cause => (cursor.phase === 'full' ? 'resync' : run.cause);
