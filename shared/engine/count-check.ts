import { z } from 'zod';
import { codeOf } from '../errors.ts';
import { contextOf, knownBad } from './apply.ts';
import type { StreamPlan } from './domain.ts';
import { hintEffect } from './effects.ts';
import { remoteRecordId } from './ids.ts';
import { isStreamFailure } from './isolate.ts';
import type { Cursor, Hint } from './model.ts';
import { kindOf, type Plans, type Run } from './run.ts';

/** Polls in a row that must differ before the container is listed. */
const MISCOUNTS = 2;
/** After a listing that explains nothing (hidden items), so many polls pass before the next one. */
const PATIENCE = -50;

const identified = z.object({ id: z.string() });

/** A stream whose count differs, or differed until now. */
interface Miscount {
  readonly plan: StreamPlan;
  readonly idsPath: string;
  readonly cursor: Cursor;
  readonly gap: number;
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
  if (run.budget.spent() && miscounts.some(({ polls }) => polls >= MISCOUNTS)) return false;
  for (const miscount of miscounts) {
    const { plan, gap, polls } = miscount;
    const compares = polls >= MISCOUNTS;
    const found = compares && !run.budget.spent() ? await differences(run, miscount) : null;
    if (compares && found === null) continue;
    const next = found === null ? polls : found > 0 ? 0 : PATIENCE;
    await run.session.commit((chunk) => {
      chunk.changeCursor(plan.id, (current) => ({ ...current, miscounts: next, gap }));
    });
  }
  return true;
}

function miscountOf(plan: StreamPlan, cursor: Cursor | undefined): Miscount | null {
  const { expected, idsPath } = plan;
  if (cursor === undefined || expected === null || idsPath === null) return null;
  if (cursor.midRound || cursor.failures > 0) return null;
  const gap = expected - cursor.records;
  if (gap === 0 && cursor.miscounts === 0) return null;
  // Patience is with the difference that a listing left unexplained, not with another one.
  const before = cursor.miscounts < 0 && cursor.gap !== gap ? 0 : cursor.miscounts;
  return { plan, idsPath, cursor, gap, polls: gap === 0 ? 0 : before + 1 };
}

/** How many ids differ; null = they could not be compared. A container that cannot be listed now delays nothing else (P11). */
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
async function compareIds(run: Run, { plan, cursor, idsPath }: Miscount): Promise<number> {
  const { session } = run;
  const theirs = new Set<string>();
  for await (const page of run.source.list(idsPath)) {
    for (const raw of page) {
      const entry = identified.safeParse(raw);
      if (entry.success) theirs.add(entry.data.id);
    }
  }
  const hints: Pick<Hint, 'id' | 'graphId'>[] = [];
  for await (const records of session.ports.store.recordsOf(session.scope, plan.id)) {
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
