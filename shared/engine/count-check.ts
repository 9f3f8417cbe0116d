import { z } from 'zod';
import { codeOf } from '../errors.ts';
import { contextOf, knownBad } from './apply.ts';
import { restarted } from './cursor-moves.ts';
import type { StreamPlan } from './domain.ts';
import { hintEffect } from './effects.ts';
import { remoteRecordId } from './ids.ts';
import { isStreamFailure } from './isolate.ts';
import type { Cursor, Hint } from './model.ts';
import { kindOf, type Plans, type Run } from './run.ts';

/** Polls in a row that must differ before the container is listed. */
const MISCOUNTS = 2;
/** Listings that did not come to their end after which a round compares all instead: it goes on where it stood (P12). */
const LISTINGS = 2;
/** A container that holds more is not listed at all. */
const MOST_LISTED = 20_000;
/** After a listing that explains nothing (hidden items), so many polls pass before the next one. */
const PATIENCE = -50;
/** After a round that compares all it is more of them, whatever difference they find. */
const LONG_PATIENCE = -200;

const identified = z.object({ id: z.string() });

/** A stream whose count differs, or differed until now. */
interface Miscount {
  readonly plan: StreamPlan;
  readonly idsPath: string;
  readonly cursor: Cursor;
  readonly gap: number;
  readonly isLarge: boolean;
  /** Polls in a row that found a difference. */
  readonly polls: number;
}

/**
 * Compares each complete stream with its container's own count, and lists the ids where they differ twice (P4). False = the
 * budget was spent before: the next job goes on here.
 */
export async function checkCounts(run: Run, plans: Plans): Promise<boolean> {
  const cursors = run.session.cursors;
  const outbox = [...(await run.session.outbox()).values()];
  // What waits to be made or deleted there is counted on one side only.
  const waiting = new Set(outbox.flatMap(({ kind, effect }) => (effect === undefined ? [] : [kind])));
  const miscounts = [...plans.values()]
    .filter(({ kind }) => !waiting.has(kind))
    .flatMap((plan) => miscountOf(plan, cursors.get(plan.id)) ?? []);
  for (const miscount of miscounts.filter(isDue)) {
    if (run.budget.spent()) return false;
    await explain(run, miscount);
    if (run.budget.spent()) return false;
  }
  for (const miscount of miscounts) if (!isDue(miscount)) await note(run, miscount, miscount.polls);
  return true;
}

const isDue = ({ polls }: Miscount): boolean => polls >= MISCOUNTS;

function miscountOf(plan: StreamPlan, cursor: Cursor | undefined): Miscount | null {
  const { expected, idsPath } = plan;
  if (cursor === undefined || expected === null || idsPath === null) return null;
  if (cursor.midRound || cursor.failures > 0) return null;
  const gap = expected - cursor.records;
  if (gap === 0 && cursor.miscounts === 0) return null;
  const isLarge = Math.max(expected, cursor.records) > MOST_LISTED;
  const before = countsOn(cursor, gap, isLarge) ? cursor.miscounts : 0;
  return { plan, idsPath, cursor, gap, isLarge, polls: gap === 0 ? 0 : before + 1 };
}

/** Whether a difference goes on with those that were found before it. */
function countsOn(cursor: Cursor, gap: number, isLarge: boolean): boolean {
  // Patience is with the difference that a listing left unexplained, not with another one; after a round it is with any.
  if (cursor.miscounts < 0) return cursor.gap === undefined || cursor.gap === gap;
  // In a large one that is busy some difference is always found.
  return !isLarge || cursor.gap === gap;
}

/** Finds out what differs: now, or by a round that compares all. It is noted before that it was tried: no attempt is made for ever. */
async function explain(run: Run, miscount: Miscount): Promise<void> {
  const { plan, isLarge, polls } = miscount;
  if (isLarge || polls >= MISCOUNTS + LISTINGS) {
    run.session.ports.log.info('sync.count_compared_by_round', { domain: run.domain.name });
    await run.session.commit((chunk) => {
      chunk.changeCursor(plan.id, (current) => ({ ...restarted(current), miscounts: LONG_PATIENCE, gap: undefined }));
    });
    return;
  }
  await note(run, miscount, polls);
  const found = await differences(run, miscount);
  if (found !== null) await note(run, miscount, found > 0 ? 0 : PATIENCE);
}

async function note(run: Run, { plan, gap }: Miscount, miscounts: number): Promise<void> {
  await run.session.commit((chunk) => {
    chunk.changeCursor(plan.id, (current) => ({ ...current, miscounts, ...(miscounts < 0 ? {} : { gap }) }));
  });
}

/** How many ids differ; null = they could not be compared, or not within the budget. A container that cannot be listed now delays nothing else (P11). */
async function differences(run: Run, miscount: Miscount): Promise<number | null> {
  try {
    return await compareIds(run, miscount);
  } catch (error) {
    if (!isStreamFailure(error)) throw error;
    run.session.ports.log.warn('sync.count_not_compared', { domain: run.domain.name, 'error.code': codeOf(error) });
    return null;
  }
}

/** Leaves a hint for each id that only one side has; settling reads the items. */
async function compareIds(run: Run, { plan, cursor, idsPath }: Miscount): Promise<number | null> {
  const { session, budget } = run;
  const theirs = new Set<string>();
  for await (const page of run.source.list(idsPath)) {
    if (budget.spent()) return null;
    budget.page();
    for (const raw of page) {
      const entry = identified.safeParse(raw);
      if (entry.success) theirs.add(entry.data.id);
    }
  }
  const hints: Pick<Hint, 'id' | 'graphId'>[] = [];
  for await (const records of session.ports.store.recordsOf(session.scope, plan.id)) {
    if (budget.spent()) return null;
    for (const { id, graphId, leaving } of records) {
      // One that was deleted here may be there in truth, or be gone by now: the item itself tells.
      if (graphId !== null && (!theirs.delete(graphId) || leaving !== undefined)) hints.push({ id, graphId });
    }
  }
  // What is kept aside is known to differ.
  const bad = await knownBad(session, plan.id);
  for (const graphId of theirs)
    if (!bad.has(graphId)) hints.push({ graphId, id: remoteRecordId(session.scope.connectionId, graphId) });
  session.ports.log.info('sync.count_compared', { domain: run.domain.name, 'stream.differences': hints.length });
  const kind = kindOf(run, cursor.kind);
  for (let index = 0; index < hints.length;) {
    const start = index;
    await session.commit(async (chunk) => {
      index = start;
      const context = await contextOf(run, { kind, cause: 'resync', authoritative: false });
      for (const hint of hints.slice(start)) {
        const since = context.now.toISOString();
        const put: Hint = {
          ...hint,
          stream: plan.id,
          kind: kind.name,
          why: 'counted',
          cause: 'resync',
          since,
          notBefore: null,
          held: false,
        };
        if (!chunk.add(hintEffect(context, put))) break;
        index++;
      }
    });
  }
  return hints.length;
}
