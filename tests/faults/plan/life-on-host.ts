import { until } from '../../../infra/local/demo/wait.ts';
import { FenceLostError } from '../../../shared/errors.ts';
import { MovedClock } from '../../support/moved-clock.ts';
import type { SeenRequest } from '../../support/fault-plan.ts';
import { readAccount } from './account.ts';
import type { Caller } from './caller.ts';
import { concerns, type Call, type Service } from './calls.ts';
import type { HostWorker } from './host-worker.ts';
import type { Outcome } from './in-process.ts';
import { removeRow } from './partition.ts';
import type { FaultRig } from './rig.ts';
import { deaf, type Life, type Prepared, type Scenario } from './scenarios.ts';
import { setTrap, type Mode, type Trap } from './trap.ts';
import { AHEAD_MS, callsOf, hurry, LOOK_MS, PATIENCE_MS, SURE_MS } from './with-host.ts';

const LIMIT_MS = 150_000;

/** The timers of a host for these scenarios: subscriptions and leaving are theirs to find. */
export const LIFE_TIMERS = { SUBSCRIPTION_RENEWAL_SCHEDULE: '1-59/3 * * * * *' } as const;

/** Runs one scenario in the life of a connection on the real host; with a target the host is killed there, and a new one goes on. */
export async function runLifeOnHost(
  rig: FaultRig,
  host: HostWorker,
  scenario: Scenario,
  target: { readonly call: Call; readonly mode: Mode } | null,
): Promise<Outcome> {
  await host.start();
  const clock = new MovedClock();
  clock.move(AHEAD_MS);
  const prepared = await scenario.prepare(rig, deaf(rig.openApp(clock)));
  const { life, mailbox } = prepared;
  if (life === undefined) throw new Error(`${scenario.name} is about records`);
  const mine = (service: Service, request: SeenRequest): boolean => concerns(service, request, mailbox);
  rig.forget();
  const kill = (): void => {
    host.kill();
  };
  const trap = target === null ? null : setTrap(rig, target, mine, kill);
  const asking = ask(prepared, host, life);
  const resting = asking.then(() => comeToRest(prepared, life));
  const met = await Promise.race([...(trap === null ? [] : [metOf(trap)]), resting.then(() => false)]);
  const calls = callsOf(rig, mine);
  rig.heal();
  if (met) await host.gone().then(() => host.start());
  await resting;
  const broken = await lastCheck(rig, life);
  await retire(prepared);
  return { calls, sprung: met, broken };
}

const metOf = (trap: Trap): Promise<boolean> => trap.met.then(() => true);

/** Begins it, as often as it takes: whoever gets no answer from a host that is gone asks the one that runs then. */
async function ask(prepared: Prepared, host: HostWorker, life: Life): Promise<void> {
  const call: Caller = async (path, init) => {
    try {
      return await fetch(new URL(path, host.url), { redirect: 'manual', ...init });
    } catch {
      // No host is there at the moment, or it died over the request.
      return new Response(null, { status: 599 });
    }
  };
  await until('the request is taken', () => life.begin(call), LIMIT_MS);
  if (life.timed === true) await hurry(prepared);
}

/** Waits for rest. Throws with what is left to be done. */
async function comeToRest(prepared: Prepared, life: Life): Promise<void> {
  let left: readonly string[] = ['nothing was looked at'];
  let hurried = performance.now();
  const rest = async (): Promise<boolean> => {
    left = await life.rest();
    if (left.length > 0 && performance.now() - hurried > PATIENCE_MS) {
      await hurry(prepared);
      hurried = performance.now();
    }
    return left.length === 0;
  };
  await until('rest', rest, LIMIT_MS, LOOK_MS).catch((error: unknown) => {
    throw new Error(`not at rest: ${left.join('; ')}`, { cause: error });
  });
}

/** A timer's next round may be under way at the moment: what is really broken stays so. */
async function lastCheck(rig: FaultRig, life: Life): Promise<string[]> {
  const end = performance.now() + SURE_MS;
  for (;;) {
    const broken = [...(await life.rest()), ...(await life.end(rig.openApp(new MovedClock())))];
    if (broken.length === 0 || performance.now() > end) return broken;
  }
}

/** Takes what is left of the connections out, so that no timer of the next case has anything to do with it. */
async function retire({ rig, mailbox }: Prepared): Promise<void> {
  const app = rig.openApp(new MovedClock());
  for (const { id, status } of (await readAccount(rig, mailbox.objectId)).connections) {
    if (status === 'disconnected') continue;
    await until('the connection is retired', async () => {
      const found = await app.connections.read(id);
      if (found === null) return true;
      try {
        await app.connections.replace({ ...found.connection, status: 'disconnected' }, found.version);
        return true;
      } catch (error) {
        if (error instanceof FenceLostError) return false;
        throw error;
      }
    });
  }
  for (const row of (await readAccount(rig, mailbox.objectId)).due) await removeRow(rig, 'due', row);
  for (const name of ['sync-jobs', 'push-jobs']) {
    const queue = rig.queues.getQueueClient(name);
    await queue.createIfNotExists();
    await until('the queue is empty', async () => ((await queue.getProperties()).approximateMessagesCount ?? 0) === 0);
  }
}
