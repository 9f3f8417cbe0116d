import type { Json } from '../lib/json.ts';
import { checkCounts } from './count-check.ts';
import type { StreamPlan } from './domain.ts';
import { Isolation } from './isolate.ts';
import type { Cursor, NewChange } from './model.ts';
import { settleNamed, streamsOfNamed } from './named.ts';
import { droppedStreams, dropStream, planStreams } from './plan-streams.ts';
import { restarted, runTurn } from './round.ts';
import type { Plans, Run } from './run.ts';
import { settleHints } from './settle.ts';

/**
 * One pass over a partition: the rounds of its streams, then all that can only be told once they are complete.
 * `more` = the budget ended first; the next job goes on where this one stood (P12).
 */
export async function runPass(run: Run, settings: Json): Promise<'done' | 'more'> {
  const { session } = run;
  if (session.head.asked.full) await restartAll(run);
  const isolation = new Isolation(run);
  const namedOnly = run.named.size > 0 && session.head.named !== 'all';
  let plans = await planStreams(run, settings);
  if (!namedOnly || !(await allBaselined(run, plans))) {
    const roots = [...plans.values()].filter((plan) => plan.root);
    const planned = session.head.commits.at(-1);
    if (!(await takeTurns(run, roots, isolation))) return 'more';
    // Where the roots brought nothing to commit they ask for the same streams.
    if (session.head.commits.at(-1) !== planned) plans = await planStreams(run, settings);
  }
  const chosen = namedOnly ? await streamsOfNamed(run, plans) : null;
  const leaves = [...plans.values()].filter((plan) => !plan.root);
  const wanted: StreamPlan[] = [];
  for (const plan of leaves) if (await isWanted(run, plan, chosen)) wanted.push(plan);
  if (!(await takeTurns(run, wanted, isolation))) return 'more';
  isolation.assertSomeSucceeded();
  return finishPass(run, plans, namedOnly);
}

async function finishPass(run: Run, plans: Plans, namedOnly: boolean): Promise<'done' | 'more'> {
  await settleNamed(run);
  if (!namedOnly) await checkCounts(run, plans);
  if (!(await settleHints(run, plans, await completeStreams(run)))) return 'more';
  for (const stream of await droppedStreams(run, plans)) if (!(await dropStream(run, stream))) return 'more';
  await tellBaselines(run, plans);
  return 'done';
}

/** Turns in rotation, so that one long stream does not keep the others waiting. False = the budget ended first. */
async function takeTurns(run: Run, plans: readonly StreamPlan[], isolation: Isolation): Promise<boolean> {
  let waiting = [...plans];
  while (waiting.length > 0) {
    const again: StreamPlan[] = [];
    for (const plan of waiting) {
      if (run.budget.spent()) return false;
      const outcome = await isolation.turn(plan.id, () => runTurn(run, plan));
      if (outcome === 'more') again.push(plan);
    }
    waiting = again;
  }
  return true;
}

async function isWanted(run: Run, plan: StreamPlan, chosen: ReadonlySet<string> | null): Promise<boolean> {
  const cursor = (await run.session.cursors()).get(plan.id);
  const rests =
    cursor?.notBefore !== null &&
    cursor !== undefined &&
    Date.parse(cursor.notBefore) > run.session.ports.clock.now().getTime();
  if (cursor === undefined || rests) return false;
  return chosen === null || cursor.midRound || chosen.has(plan.id);
}

async function completeStreams(run: Run): Promise<ReadonlySet<string>> {
  const cursors = [...(await run.session.cursors()).values()];
  return new Set(cursors.filter((cursor) => !cursor.midRound).map((cursor) => cursor.stream));
}

async function allBaselined(run: Run, plans: Plans): Promise<boolean> {
  const cursors = await run.session.cursors();
  return [...plans.keys()].every((stream) => cursors.get(stream)?.baselined === true);
}

/** A full round of every stream, asked for by API. */
async function restartAll(run: Run): Promise<void> {
  const streams = [...(await run.session.cursors()).keys()];
  const some = 90;
  for (let start = 0; start === 0 || start < streams.length; start += some) {
    await run.session.commit((chunk) => {
      for (const stream of streams.slice(start, start + some)) chunk.changeCursor(stream, restarted);
      if (start + some >= streams.length) {
        chunk.headPatch = { asked: { ...run.session.head.asked, full: false } };
      }
    });
  }
}

/** Tells the first complete sync of the domain, and of streams that came later, once each. */
async function tellBaselines(run: Run, plans: Plans): Promise<void> {
  const { session } = run;
  const cursors = await session.cursors();
  const leaves = [...plans.values()].filter((plan) => !plan.root).flatMap((plan) => cursors.get(plan.id) ?? []);
  if (session.head.baselined) {
    const late = leaves.filter((cursor) => cursor.baselined && !cursor.told);
    if (late.length === 0) return;
    await session.commit((chunk) => {
      for (const { stream } of late.slice(0, 50)) chunk.changeCursor(stream, (cursor) => ({ ...cursor, told: true }));
      chunk.feed.push(baselineRow(late.slice(0, 50), true));
    });
    if (late.length > 50) await tellBaselines(run, plans);
    return;
  }
  if (leaves.length === 0 && plans.size === 0) return;
  if (leaves.some((cursor) => !cursor.baselined)) return;
  await tellFirst(run, leaves);
}

async function tellFirst(run: Run, leaves: readonly Cursor[]): Promise<void> {
  const { session } = run;
  const untold = leaves.filter((cursor) => !cursor.told);
  for (let start = 0; start < untold.length - 50; start += 50) {
    await session.commit((chunk) => {
      for (const { stream } of untold.slice(start, start + 50))
        chunk.changeCursor(stream, (cursor) => ({ ...cursor, told: true }));
    });
  }
  await session.commit((chunk) => {
    for (const { stream } of untold.slice(-50)) chunk.changeCursor(stream, (cursor) => ({ ...cursor, told: true }));
    chunk.headPatch = { ...chunk.headPatch, baselined: true };
    chunk.feed.push(baselineRow(leaves, false));
  });
}

const baselineRow = (cursors: readonly Cursor[], withStreams: boolean): NewChange => ({
  type: 'sync.baseline_completed',
  id: null,
  graphId: null,
  cause: 'system',
  changed: [],
  before: null,
  after: null,
  details: {
    counts: Object.fromEntries(
      [...Map.groupBy(cursors, (cursor) => cursor.kind)].map(([kind, of]) => [
        kind,
        of.reduce((total, cursor) => total + cursor.records, 0),
      ]),
    ),
    ...(withStreams
      ? { streams: cursors.map((cursor) => ({ id: cursor.stream, name: cursor.label, records: cursor.records })) }
      : {}),
  },
});
