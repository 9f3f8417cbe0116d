import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { MovedClock } from '../../support/moved-clock.ts';
import { emptyVault } from './account.ts';
import { callerOf, type Caller } from './caller.ts';
import { kindOf, numbered, services, type Call } from './calls.ts';
import { checkAtoms, checkEnd, checkRest } from './check.ts';
import { readRows, removeRow } from './partition.ts';
import type { FaultRig } from './rig.ts';
import { deaf, initOf, sendRound, type Life, type Prepared, type Request, type Scenario } from './scenarios.ts';
import { setTrap, type Mode, type Trap } from './trap.ts';
import { clearQueues, Worker } from './worker.ts';

/** How often the clock moves on to what is due before a case counts as stuck. */
const MOST_TURNS = 12;
const TURN_MS = 75_000;
/** Messages that a busy worker runs at the same time. */
const AT_ONCE = 3;

export interface Outcome {
  /** All calls of the run up to the moment that nothing was left to do at once. */
  readonly calls: readonly Call[];
  readonly sprung: boolean;
  /** What is wrong in the end, or was in the moment of the crash. */
  readonly broken: readonly string[];
}

/** Runs one scenario with one fault (null = none) in this process, on a mailbox of its own. */
export async function runInProcess(
  rig: FaultRig,
  scenario: Scenario,
  target: { readonly call: Call; readonly mode: Mode } | null,
): Promise<Outcome> {
  const clock = new MovedClock();
  const first = rig.openApp(clock);
  rig.front.retarget(rig.receiver.url);
  rig.receiver.serve(first);
  const prepared = await scenario.prepare(rig, deaf(first));
  await clearQueues(rig);
  if (prepared.request === null && prepared.life === undefined) await sendRound(prepared);
  rig.forget();
  const trap = target === null ? null : setTrap(rig, target, () => true);
  const broken: string[] = [];
  let worker = startWorker(rig, clock);
  let asked = await beginAndWork(prepared, worker, trap);
  const calls = callsOf(rig);
  const sprung = trap?.sprung ?? false;
  rig.heal();
  if (target?.mode.startsWith('stopped') === true) {
    if (prepared.life === undefined)
      broken.push(...(await checkAtoms(prepared)).map((text) => `at the crash: ${text}`));
    worker = startWorker(rig, clock);
  }
  asked ||= await begin(prepared, worker, null);
  if (!asked) broken.push('the request is refused for good');
  await comeToRest(prepared, worker, clock);
  // Where nothing failed nothing comes late.
  const judged = target === null ? { ...prepared, expected: { ...prepared.expected, late: [] } } : prepared;
  const wrong = prepared.life === undefined ? await checkEnd(judged) : await wrongLife(prepared.life, worker);
  broken.push(...wrong, ...worker.poisoned.map(() => 'a message was put aside'));
  await retire(prepared);
  return { calls, sprung, broken };
}

/** What begins it, and all messages that come of it: after it, or while it is under way. */
async function beginAndWork(prepared: Prepared, worker: Worker, trap: Trap | null): Promise<boolean> {
  const dead = (): boolean => isDead(trap);
  if (prepared.life?.busy !== true) {
    const asked = await begin(prepared, worker, trap);
    await worker.runQueues(dead);
    return asked;
  }
  const state = { begun: false };
  const working = Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (!state.begun && !dead()) await worker.runQueues(dead);
      await worker.runQueues(dead);
    }),
  );
  const asked = await begin(prepared, worker, trap).finally(() => {
    state.begun = true;
  });
  await working;
  return asked;
}

function startWorker(rig: FaultRig, clock: MovedClock): Worker {
  const app = rig.openApp(clock);
  rig.receiver.serve(app);
  return new Worker(rig, app);
}

const wrongLife = async (life: Life, worker: Worker): Promise<string[]> => [
  ...(await life.rest()).map((text) => `left to be done: ${text}`),
  ...(await life.end(worker.app)),
];

/** Sends the request as an application or a person does: again where it was refused, until its worker is dead. */
async function begin({ request, life }: Prepared, worker: Worker, trap: Trap | null): Promise<boolean> {
  if (request === null && life === undefined) return true;
  const call = callerOf(worker.app);
  for (let tries = 0; tries < 4 && !isDead(trap); tries++) {
    const taken = life === undefined ? request === null || (await send(call, request)) : await life.begin(call);
    if (taken) return !isDead(trap);
  }
  return false;
}

const isDead = (trap: Trap | null): boolean => trap?.dead === true;

async function send(call: Caller, request: Request): Promise<boolean> {
  const answer = await call(request.path, initOf(request));
  return answer.status < 300;
}

/** Queue and timers, as time goes by, until nothing is left; then two quiet polls, in which an echo would show. */
async function comeToRest(prepared: Prepared, worker: Worker, clock: MovedClock): Promise<void> {
  const { mailbox, life } = prepared;
  await worker.runQueues();
  const rest = life === undefined ? () => checkRest(prepared) : () => life.rest();
  for (let turn = 0; turn < MOST_TURNS && (await rest()).length > 0; turn++) {
    clock.move(life?.turnMs ?? TURN_MS);
    await worker.runDue();
    await worker.runQueues();
  }
  if (life !== undefined) return;
  for (let quiet = 0; quiet < 2; quiet++)
    await runSyncJob(
      { connectionId: mailbox.connectionId, domain: mailbox.domain, why: 'manual', due: null },
      worker.app,
    );
}

/** Numbered within their kinds, in order of arrival within a service. */
export const callsOf = (rig: FaultRig): Call[] =>
  numbered(
    services.flatMap((service) =>
      rig.proxies[service].requests.map((request) => ({ service, kind: kindOf(service, request) })),
    ),
  );

/** Leaves nothing to do behind, so that the next case is alone. */
async function retire({ rig }: Prepared): Promise<void> {
  await clearQueues(rig);
  await emptyVault(rig);
  for (const row of await readRows(rig, 'due')) await removeRow(rig, 'due', row);
}
