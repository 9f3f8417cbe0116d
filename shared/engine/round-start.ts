import { hash } from '../lib/hash.ts';
import { advanced, renewed, rolled } from './cursor-moves.ts';
import { decodeItems, type DecodedItem } from './decode-items.ts';
import type { StreamPlan } from './domain.ts';
import { cursorOf, fetchPage } from './fetch-page.ts';
import type { Cursor } from './model.ts';
import type { RemotePage } from './ports.ts';
import { kindOf, type Run } from './run.ts';

/**
 * Begins the round over a new window where the plan asks for one (P18): the next one, never in the midst of another, whose link
 * holds the window that it was begun with.
 */
export async function rollWindow(run: Run, plan: StreamPlan): Promise<void> {
  const cursor = cursorOf(run, plan.id);
  if (cursor.window === plan.window || cursor.phase === 'sweep' || (cursor.midRound && cursor.link !== null)) return;
  await run.session.commit((chunk) => {
    chunk.changeCursor(plan.id, (current) => rolled(current, plan.window));
  });
}

/** What was read of a plain list before anything was begun: its pages by their links, and all that it shows where its end was reached. */
export interface Look {
  readonly pages: ReadonlyMap<string | null, RemotePage>;
  readonly items: readonly DecodedItem[] | null;
}

/**
 * Reads a plain list whose round begins, as far as the turn allows. Where it shows what it showed the last time only the time of
 * its cursor moves, without a call; else a round that compares is begun, with the pages that are here already.
 */
export async function lookOver(run: Run, plan: StreamPlan): Promise<Look | 'unchanged'> {
  const cursor = cursorOf(run, plan.id);
  const atRest = cursor.phase === 'delta' && !cursor.midRound;
  const begins = plan.listed === true && cursor.phase !== 'sweep' && (atRest || cursor.link === null);
  if (!begins) return { pages: new Map(), items: null };
  const pages = await gather(run, plan, cursor);
  const read = [...pages.values()];
  const ended = read.at(-1)?.next === null;
  const raw = read.flatMap((page) => page.items);
  const items = ended ? decodeItems(kindOf(run, plan.kind), raw, false) : null;
  if (!atRest) return { pages, items };
  if (items !== null && cursor.print === printOf(items, cursor)) {
    const by = { now: run.session.ports.clock.now().toISOString(), pass: run.pass };
    await run.session.moveIdle(plan.id, (current) => advanced(current, { items: raw, next: null, delta: null }, by));
    return 'unchanged';
  }
  await run.session.commit((chunk) => {
    chunk.changeCursor(plan.id, (current) => (current.midRound ? current : renewed(current)));
  });
  return { pages, items };
}

async function gather(run: Run, plan: StreamPlan, cursor: Cursor): Promise<Map<string | null, RemotePage>> {
  const pages = new Map<string | null, RemotePage>();
  for (let link: string | null = null; pages.size < run.settings.turnPages && !run.budget.spent();) {
    const page = await fetchPage(run, plan, { ...cursor, link }, null);
    // Its link is dead: the round begins anew, by what was not read yet.
    if (page === 'again') return new Map();
    run.budget.page();
    pages.set(link, page);
    if (page.next === null || pages.has(page.next)) break;
    link = page.next;
  }
  return pages;
}

/** What a plain list shows, in whatever order, and how many records stand. */
export const printOf = (items: readonly DecodedItem[], { records }: Pick<Cursor, 'records'>): string =>
  hash([...items.map((item) => JSON.stringify(item)).toSorted(), String(records)]);
