import type { Json } from '../lib/json.ts';
import { changeCursors } from './change-cursors.ts';
import { checkCounts } from './count-check.ts';
import { restarted } from './cursor-moves.ts';
import type { StreamPlan } from './domain.ts';
import { Isolation } from './isolate.ts';
import type { Cursor, NewChange } from './model.ts';
import { placesOfNamed, type Places } from './named.ts';
import { droppedStreams, dropStream, planStreams } from './plan-streams.ts';
import { runTurn } from './round.ts';
import type { Plans, Run } from './run.ts';
import { leaveNamed, settleNamed } from './settle-named.ts';
import { settleHints } from './settle.ts';

/**
 * One pass over a partition: the rounds of its streams, then all that can only be told once they are complete.
 * `more` = the budget ended first; the next job goes on where this one stood (P12).
 */
export async function runPass(run: Run, settings: Json): Promise<'done' | 'more'> {
  const { session } = run;
  if (session.head.asked.full) await restartAll(run);
  const isolation = new Isolation(run);
  let plans = await planStreams(run, settings);
  // In each pass: they tell which streams there are, and their own records (folders with their counts) are listed too.
  const roots = [...plans.values()].filter((plan) => plan.root);
  isolation.roots = roots.map((plan) => plan.id);
  const planned = session.head.commits.at(-1);
  if (!(await takeTurns(run, inTurn(run, roots), isolation))) return 'more';
  // What the roots lost is settled first: the streams of folders that are gone are not asked for any more.
  if (!(await settleHints(run, plans, completeStreams(run, roots)))) return 'more';
  // Where the roots brought nothing to commit they ask for the same streams.
  if (session.head.commits.at(-1) !== planned) plans = await planStreams(run, settings);
  const places = await placesOfNamed(run);
  if ([...places.values()].includes(null)) beginAnew(run);
  if (!(await takeTurns(run, wantedStreams(run, plans, places), isolation))) {
    await leaveNamed(run, plans, places, isolation.ended);
    return 'more';
  }
  isolation.assertSomeSucceeded();
  return finishPass(run, plans);
}

async function finishPass(run: Run, plans: Plans): Promise<'done' | 'more'> {
  await settleNamed(run, plans);
  if (run.all && !(await checkCounts(run, plans))) return 'more';
  const complete = completeStreams(run, [...plans.values()]);
  if (!(await settleHints(run, plans, complete))) return 'more';
  // Half a tree of folders does not tell which streams should be.
  const planned = [...plans.values()].every((plan) => !plan.root || complete.has(plan.id));
  const dropped = planned ? droppedStreams(run, plans) : [];
  for (const stream of dropped) if (!(await dropStream(run, stream))) return 'more';
  await tellBaselines(run, plans);
  return 'done';
}

/** What may be anywhere is looked for by a pass over all, in which no stream had its turn yet. */
function beginAnew(run: Run): void {
  run.all = true;
  run.pass = run.session.ports.random.token(6);
}

/** Turns in rotation, so that one long stream does not keep the others waiting. False = the budget ended first. */
async function takeTurns(run: Run, plans: readonly StreamPlan[], isolation: Isolation): Promise<boolean> {
  let waiting = [...plans];
  while (waiting.length > 0) {
    const again: StreamPlan[] = [];
    for (const plan of waiting) {
      if (run.budget.spent()) return false;
      const outcome = await isolation.turn(plan.id, () => runTurn(run, plan));
      if (outcome === 'complete') isolation.ended.add(plan.id);
      if (outcome === 'more' || (outcome === 'complete' && isOwed(run, plan))) again.push(plan);
    }
    waiting = again;
  }
  return true;
}

/** A round that was begun before this pass is no turn in it: it need not show what has changed since (P3). */
function isOwed(run: Run, { id }: StreamPlan): boolean {
  const cursor = run.session.cursors.get(id);
  return run.all && cursor !== undefined && !hadItsTurn(run, cursor);
}

/** Streams that have their turn in this pass. */
function wantedStreams(run: Run, plans: Plans, places: Places): StreamPlan[] {
  const chosen = new Set(places.values());
  const cursors = run.session.cursors;
  const now = run.session.ports.clock.now().toISOString();
  return [...plans.values()].filter((plan) => {
    const cursor = cursors.get(plan.id);
    if (plan.root || cursor === undefined || (cursor.notBefore !== null && cursor.notBefore > now)) return false;
    return cursor.midRound || chosen.has(plan.id) || (run.all && !hadItsTurn(run, cursor));
  });
}

function inTurn(run: Run, plans: readonly StreamPlan[]): StreamPlan[] {
  const cursors = run.session.cursors;
  return plans.filter((plan) => {
    const cursor = cursors.get(plan.id);
    return cursor === undefined || cursor.midRound || !hadItsTurn(run, cursor);
  });
}

/** A pass that goes on where it stood does not begin with the first streams again (P12). */
const hadItsTurn = (run: Run, cursor: Cursor): boolean => run.all && cursor.pass === run.pass;

function completeStreams(run: Run, plans: readonly StreamPlan[]): ReadonlySet<string> {
  const cursors = run.session.cursors;
  return new Set(plans.map((plan) => plan.id).filter((stream) => cursors.get(stream)?.midRound === false));
}

/** A full round of every stream, asked for by API. */
async function restartAll(run: Run): Promise<void> {
  const { session } = run;
  await changeCursors(run, [...session.cursors.keys()], restarted, () => ({
    asked: { ...session.head.asked, full: false },
  }));
}

/** Tells the first complete sync of the domain, and of streams that came later, once each. */
async function tellBaselines(run: Run, plans: Plans): Promise<void> {
  const { session } = run;
  const cursors = session.cursors;
  const leaves = [...plans.values()].filter((plan) => !plan.root).flatMap((plan) => cursors.get(plan.id) ?? []);
  if (session.head.baselined) {
    await tellRoots(run, plans);
    const late = leaves.filter(isUnsaid);
    if (late.length === 0) return;
    await session.commit((chunk) => {
      for (const { stream } of late.slice(0, 50)) chunk.changeCursor(stream, (cursor) => ({ ...cursor, told: true }));
      chunk.feed.push(baselineRow(late.slice(0, 50), true));
    });
    if (late.length > 50) await tellBaselines(run, plans);
    return;
  }
  // One that fails and fails must not keep the others from being told (P11): it is told when it can be read.
  if (leaves.some((cursor) => !cursor.baselined && cursor.failures < GIVEN_UP)) return;
  await tellFirst(
    run,
    leaves.filter((cursor) => cursor.baselined),
    untoldRoots(run, plans),
  );
}

const isUnsaid = ({ baselined, told }: Cursor): boolean => baselined && !told;

/** The lists of places have no baseline of their own: they are told with the first sync. */
const untoldRoots = ({ session }: Run, plans: Plans): readonly Cursor[] =>
  [...plans.values()]
    .filter(({ root }) => root)
    .flatMap(({ id }) => session.cursors.get(id) ?? [])
    .filter(isUnsaid);

/** Those whose first sync came before this was kept. */
async function tellRoots(run: Run, plans: Plans): Promise<void> {
  const late = untoldRoots(run, plans);
  if (late.length === 0) return;
  await run.session.commit((chunk) => {
    for (const { stream } of late) chunk.changeCursor(stream, (cursor) => ({ ...cursor, told: true }));
  });
}

/** Failures in a row after which the first sync is complete without a stream. */
const GIVEN_UP = 3;

async function tellFirst(run: Run, leaves: readonly Cursor[], roots: readonly Cursor[]): Promise<void> {
  const { session } = run;
  const untold = leaves.filter((cursor) => !cursor.told);
  for (let start = 0; start < untold.length - 50; start += 50) {
    await session.commit((chunk) => {
      for (const { stream } of untold.slice(start, start + 50))
        chunk.changeCursor(stream, (cursor) => ({ ...cursor, told: true }));
    });
  }
  await session.commit((chunk) => {
    for (const { stream } of [...roots, ...untold.slice(-50)])
      chunk.changeCursor(stream, (cursor) => ({ ...cursor, told: true }));
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
      ? {
          streams: cursors.map(({ stream, label, records, place }) => ({ id: stream, name: label, records, ...place })),
        }
      : {}),
  },
});
