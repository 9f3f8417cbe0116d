import { z } from 'zod';
import { codeOf } from '../errors.ts';
import { contextOf } from './apply.ts';
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

/** Compares each complete stream with its container's own count, and lists the ids where they differ twice (P4). */
export async function checkCounts(run: Run, plans: Plans): Promise<void> {
  const cursors = await run.session.cursors();
  for (const plan of plans.values()) {
    const cursor = cursors.get(plan.id);
    if (
      cursor === undefined ||
      plan.expected === null ||
      plan.idsPath === null ||
      cursor.midRound ||
      cursor.failures > 0
    )
      continue;
    const differs = plan.expected !== cursor.records;
    if (!differs && cursor.miscounts === 0) continue;
    const miscounts = differs ? cursor.miscounts + 1 : 0;
    const compares = miscounts >= MISCOUNTS && !run.budget.spent();
    if (compares && !(await comparedIds(run, plan, cursor, plan.idsPath))) continue;
    await run.session.commit((chunk) => {
      chunk.changeCursor(plan.id, (current) => ({ ...current, miscounts: compares ? PATIENCE : miscounts }));
    });
  }
}

/** Whether the ids could be compared: a container that cannot be listed now delays nothing else (P11). */
async function comparedIds(run: Run, plan: StreamPlan, cursor: Cursor, idsPath: string): Promise<boolean> {
  try {
    await compareIds(run, plan, cursor, idsPath);
    return true;
  } catch (error) {
    if (!isStreamFailure(error)) throw error;
    run.session.ports.log.warn('sync.count_not_compared', { domain: run.domain.name, 'error.code': codeOf(error) });
    return false;
  }
}

/** Leaves a hint for each id that only one side has; settling reads the items. */
async function compareIds(run: Run, plan: StreamPlan, cursor: Cursor, idsPath: string): Promise<void> {
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
    for (const { id, graphId } of records) {
      if (graphId !== null && !theirs.delete(graphId)) hints.push({ id, graphId });
    }
  }
  for (const graphId of theirs) hints.push({ graphId, id: remoteRecordId(session.scope.connectionId, graphId) });
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
}
