import { sameJson } from '../lib/json.ts';
import { applyItems } from './apply.ts';
import { decodeItems, type DecodedItem } from './decode-items.ts';
import { counted, endlessRound } from './barren.ts';
import type { Chunk } from './chunk.ts';
import { advanced, comparedBy } from './cursor-moves.ts';
import type { Kind, StreamPlan } from './domain.ts';
import { cursorOf, TurnPages } from './fetch-page.ts';
import { learnKnown } from './lookup.ts';
import type { Cause, Cursor } from './model.ts';
import type { RemotePage } from './ports.ts';
import { lookOver, printOf, rollWindow } from './round-start.ts';
import { kindIn, type Run } from './run.ts';
import { progressOf } from './status.ts';
import { sweep } from './sweep.ts';

/**
 * One turn of a stream: pages until the round is complete (`complete`), or until its share or the budget is spent
 * (`more`). The next page is fetched while the last one is committed; however the turn ends, none is under way after it (P13).
 */
export async function runTurn(run: Run, plan: StreamPlan): Promise<'complete' | 'more'> {
  const look = await lookOver(run, plan);
  if (look === 'unchanged') return 'complete';
  const pages = new TurnPages(run, plan, look.pages);
  try {
    return await takePages(run, plan, { pages, items: look.items });
  } finally {
    await pages.end();
  }
}

/** What a turn reads, and what the whole of a plain list shows where all of it was read before. */
interface Reading {
  readonly pages: TurnPages;
  readonly items: readonly DecodedItem[] | null;
}

async function takePages(run: Run, plan: StreamPlan, { pages, items }: Reading): Promise<'complete' | 'more'> {
  for (;;) {
    await rollWindow(run, plan);
    const cursor = cursorOf(run, plan.id);
    if (cursor.phase === 'sweep') {
      await sweep(run, cursor);
      return 'complete';
    }
    const page = await pages.at(cursor);
    if (page === 'spent') return 'more';
    if (page === 'again') continue;
    await commitPage(run, plan, cursor, { page, items });
    const endless = endlessRound(cursorOf(run, plan.id));
    if (endless !== null) throw endless;
    if (page.next === null && cursorOf(run, plan.id).phase === 'delta') return 'complete';
  }
}

interface Fetched extends Pick<Reading, 'items'> {
  readonly page: RemotePage;
}

async function commitPage(run: Run, plan: StreamPlan, cursor: Cursor, { page, items }: Fetched): Promise<void> {
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
  if (!cursor.midRound) run.brought.delete(plan.id);
  const earlier = cursor.phase === 'delta' ? (run.brought.get(plan.id) ?? new Set<string>()) : 'compared';
  await applyItems(
    run,
    {
      ...{ kind, stream: plan.id, cause: causeOf(run, cursor), authoritative: false, decoded, earlier },
      ...(sameJson(learnt, notes) ? {} : { notes: learnt }),
    },
    (chunk) => {
      chunk.changeCursor(plan.id, (current) => ({
        ...counted(chunk, current, advanced(current, page, by), page),
        expected: plan.expected,
        ...(items !== null && page.next === null ? { print: printOf(items, current) } : {}),
      }));
      tellProgress(run, chunk, cursor);
    },
  );
  if (kind.groupOf === undefined || earlier === 'compared' || page.next === null) return;
  const ids = decoded.map((item) => (item.type === 'bad' ? item.id : item.graphId));
  run.brought.set(plan.id, new Set([...earlier, ...ids]));
}

/** Items with what their stream says of them, and they do not. */
function placedIn(kind: Kind, stream: string, items: readonly DecodedItem[]): readonly DecodedItem[] {
  const placed = kind.placed?.(stream);
  if (placed === undefined) return items;
  return items.map((item) => (item.type === 'item' ? { ...item, fields: { ...placed, ...item.fields } } : item));
}

/** The first sync, and any round that compares all because its place was lost, can be watched. */
function tellProgress(run: Run, chunk: Chunk, cursor: Cursor): void {
  const { baselined, status } = run.session.head;
  if (baselined && (cursor.phase !== 'full' || cursor.ordinary === true)) return;
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

const causeOf = (run: Run, cursor: Cursor): Cause =>
  cursor.phase === 'full' ? comparedBy(cursor, run.cause) : run.cause;
