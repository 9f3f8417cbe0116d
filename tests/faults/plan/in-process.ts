import { messages } from '../../../shared/api/families/messages.ts';
import type { App } from '../../../shared/app.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { MovedClock } from '../../support/moved-clock.ts';
import { kindOf, numbered, services, type Call } from './calls.ts';
import { checkAtoms, checkEnd, checkRest } from './check.ts';
import { readRows, removeRow } from './partition.ts';
import { API_KEY, type FaultRig } from './rig.ts';
import { deaf, sendRound, type Prepared, type Scenario } from './scenarios.ts';
import { setTrap, type Mode, type Trap } from './trap.ts';
import { clearQueues, Worker } from './worker.ts';

/** How often the clock moves on to what is due before a case counts as stuck. */
const MOST_TURNS = 12;
const TURN_MS = 75_000;

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
  const prepared = await scenario.prepare(rig, deaf(rig.openApp(clock)));
  await clearQueues(rig);
  if (prepared.request === null) await sendRound(prepared);
  rig.forget();
  const trap = target === null ? null : setTrap(rig, target, () => true);
  const broken: string[] = [];
  let worker = new Worker(rig, rig.openApp(clock));
  let asked = await begin(prepared, worker, trap);
  await worker.runQueues(() => isDead(trap));
  const calls = callsOf(rig);
  const sprung = trap?.sprung ?? false;
  rig.heal();
  if (target?.mode.startsWith('stopped') === true) {
    broken.push(...(await checkAtoms(prepared)).map((text) => `at the crash: ${text}`));
    worker = new Worker(rig, rig.openApp(clock));
  }
  asked ||= await begin(prepared, worker, null);
  if (!asked) broken.push('the request is refused for good');
  await comeToRest(prepared, worker, clock);
  broken.push(...(await checkEnd(prepared)), ...worker.poisoned.map(() => 'a message was put aside'));
  await retire(prepared);
  return { calls, sprung, broken };
}

/** Sends the request as an application does: again where it was refused, until its worker is dead. */
async function begin({ request }: Prepared, worker: Worker, trap: Trap | null): Promise<boolean> {
  if (request === null) return true;
  for (let tries = 0; tries < 4 && !isDead(trap); tries++) {
    if ((await patch(worker.app, request)) < 300) return !isDead(trap);
  }
  return false;
}

const isDead = (trap: Trap | null): boolean => trap?.dead === true;

async function patch(app: App, { path, body }: NonNullable<Prepared['request']>): Promise<number> {
  const request = new Request(`http://127.0.0.1${path}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await messages(app).fetch(request, { requestId: 'test', log: app.log })).status;
}

/** Queue and timer, as time goes by, until nothing is left; then two quiet polls, in which an echo would show. */
async function comeToRest(prepared: Prepared, worker: Worker, clock: MovedClock): Promise<void> {
  const { connectionId } = prepared.mailbox;
  await worker.runQueues();
  for (let turn = 0; turn < MOST_TURNS && (await checkRest(prepared)).length > 0; turn++) {
    clock.move(TURN_MS);
    await worker.runDue(connectionId);
    await worker.runQueues();
  }
  for (let quiet = 0; quiet < 2; quiet++)
    await runSyncJob({ connectionId, domain: 'mail', why: 'manual', due: null }, worker.app);
}

/** Numbered within their kinds, in order of arrival within a service. */
export const callsOf = (rig: FaultRig): Call[] =>
  numbered(
    services.flatMap((service) =>
      rig.proxies[service].requests.map((request) => ({ service, kind: kindOf(service, request) })),
    ),
  );

/** Leaves nothing to do behind, so that the next case is alone. */
async function retire({ rig, mailbox }: Prepared): Promise<void> {
  await clearQueues(rig);
  for (const row of await readRows(rig, 'due')) {
    if (row['connectionId'] !== mailbox.connectionId) continue;
    await removeRow(rig, 'due', row);
  }
}
