import { until } from '../../../infra/local/demo/wait.ts';
import { FenceLostError } from '../../../shared/errors.ts';
import { MovedClock } from '../../support/moved-clock.ts';
import type { SeenRequest } from '../../support/fault-plan.ts';
import { concerns, kindOf, numbered, services, type Call, type Service } from './calls.ts';
import { checkAtoms, checkEnd, checkRest } from './check.ts';
import type { HostWorker } from './host-worker.ts';
import type { Outcome } from './in-process.ts';
import { readPartition, readRows, removeRow } from './partition.ts';
import type { FaultRig } from './rig.ts';
import { deaf, initOf, sendRound, type Prepared, type Scenario } from './scenarios.ts';
import { setTrap, type Mode, type Trap } from './trap.ts';

/** What a case prepares is due only then, so that the host's timer leaves it alone until it begins. */
export const AHEAD_MS = 45_000;
/** After this time without rest, what is due in a minute is due now: the minute has passed. */
export const PATIENCE_MS = 4_000;
/** What is wrong for so long is broken. A round that a timer began in the end takes less, on a busy machine too. */
export const SURE_MS = 30_000;
/** On a busy machine a worker may lose its lease of two seconds by itself; a stream that fails for it rests for 40 s. */
const LIMIT_MS = 90_000;
/** Looking reads all that the mailbox has in storage, which is the host's too. */
export const LOOK_MS = 150;

/** What prepares a case stalls with the whole process on a busy machine, and nobody else is to take its work over. */
const PREPARING = { LEASE_SECONDS: '60' };

/** Runs one scenario on the real host; with a target the host is killed there, and a new one goes on by itself. */
export async function runOnHost(
  rig: FaultRig,
  host: HostWorker,
  scenario: Scenario,
  target: { readonly call: Call; readonly mode: Mode } | null,
): Promise<Outcome> {
  await host.start();
  const clock = new MovedClock();
  clock.move(AHEAD_MS);
  const prepared = await scenario.prepare(rig, deaf(rig.openApp(clock, PREPARING)));
  const mine = (service: Service, request: SeenRequest): boolean => concerns(service, request, prepared.mailbox);
  rig.forget();
  const trap =
    target === null
      ? null
      : setTrap(rig, target, mine, () => {
          host.kill();
        });
  let calls: readonly Call[] = [];
  const done = rig.proxies.queue.plan({
    method: 'DELETE',
    path: /\/(sync|push)-jobs\/messages\//,
    fault: {
      call: {
        after: () => {
          calls = callsOf(rig, mine);
        },
      },
    },
  });
  const asking = ask(prepared, host, trap);
  await Promise.race([...(trap === null ? [] : [trap.met]), asking.then(() => done.met)]);
  // Nothing is killed from here on.
  rig.heal();
  const met = trap?.sprung === true;
  const broken: string[] = [];
  if (met) {
    const gone = host.gone().then(() => host.start());
    broken.push(...(await checkAtoms(prepared)).map((text) => `at the crash: ${text}`));
    await gone;
  }
  await asking;
  await comeToRest(prepared);
  await oneMoreRound(prepared);
  broken.push(...(await lastCheck(prepared)));
  await retire(prepared);
  return { calls, sprung: met, broken };
}

/** The calls of one connection so far. */
export const callsOf = (rig: FaultRig, mine: (service: Service, request: SeenRequest) => boolean): Call[] =>
  numbered(
    services.flatMap((service) =>
      rig.proxies[service].requests
        .filter((request) => mine(service, request))
        .map((request) => ({ service, kind: kindOf(service, request) })),
    ),
  );

/** Begins the scenario. An application whose request got no answer sends it again, to whichever host runs then. */
async function ask(prepared: Prepared, host: HostWorker, trap: Trap | null): Promise<void> {
  const { request } = prepared;
  if (request === null) {
    await sendRound(prepared);
    return;
  }
  let last = 'nothing';
  const isTaken = async (): Promise<boolean> => {
    try {
      const answer = await fetch(`${host.url}${request.path}`, initOf(request));
      last = `${answer.status} ${await answer.text()}`;
      return answer.ok;
    } catch (error) {
      // The host is gone, or not there yet: only a trap may do that.
      if (trap?.sprung === true) return false;
      throw error;
    }
  };
  await until('the request is taken', isTaken).catch((error: unknown) => {
    throw new Error(`${request.path} was answered ${last}`, { cause: error });
  });
}

/** Waits for rest. Throws with what is left to be done. */
async function comeToRest(
  prepared: Prepared,
  isMore: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> {
  let left: readonly string[] = ['nothing was looked at'];
  let hurried = performance.now();
  const rest = async (): Promise<boolean> => {
    left = await checkRest(prepared);
    if (left.length > 0 && performance.now() - hurried > PATIENCE_MS) {
      await hurry(prepared);
      hurried = performance.now();
    }
    return left.length === 0 && (await isMore());
  };
  await until('rest', rest, LIMIT_MS, LOOK_MS).catch((error: unknown) => {
    throw new Error(`not at rest: ${left.join('; ')}`, { cause: error });
  });
}

/** A timer's next round may be under way at the moment: what is really broken stays so. */
async function lastCheck(prepared: Prepared): Promise<string[]> {
  const end = performance.now() + SURE_MS;
  for (;;) {
    const broken = await checkEnd(prepared);
    if (broken.length === 0 || performance.now() > end) return broken;
  }
}

/** In it an echo would show. */
async function oneMoreRound(prepared: Prepared): Promise<void> {
  const before = await lastSynced(prepared);
  await sendRound(prepared);
  await comeToRest(prepared, async () => (await lastSynced(prepared)) !== before);
}

const lastSynced = async ({ rig, mailbox }: Prepared): Promise<string | null> =>
  (await readPartition(rig, mailbox.connectionId, mailbox.domain)).head.status.lastSyncedAt;

async function dueRows({
  rig,
  mailbox,
}: Prepared): Promise<{ partitionKey: string; rowKey: string; connectionId: string }[]> {
  const rows = await readRows(rig, 'due');
  return rows
    .filter((row) => row['connectionId'] === mailbox.connectionId)
    .map((row) => ({
      partitionKey: String(row['partitionKey']),
      rowKey: row.rowKey,
      connectionId: mailbox.connectionId,
    }));
}

/** Lets a minute pass: what stands in `due` for the connections of this mailbox is due now. */
export async function hurry(prepared: Prepared): Promise<void> {
  const table = prepared.rig.table('due');
  const now = new Date().toISOString().replaceAll(/\D/g, '');
  for (const { partitionKey, rowKey, connectionId } of await dueRows(prepared)) {
    if (rowKey < now) continue;
    await table.upsertEntity({ partitionKey, rowKey: `${now}|${rowKey.split('|')[1] ?? ''}`, connectionId });
    await removeRow(prepared.rig, 'due', { partitionKey, rowKey });
  }
}

/** Takes the connection out, so that no timer of the next case has anything to do with it, and waits for the last message. */
async function retire(prepared: Prepared): Promise<void> {
  const { rig, mailbox } = prepared;
  const app = rig.openApp(new MovedClock());
  await until('the connection is retired', async () => {
    const found = await app.connections.read(mailbox.connectionId);
    if (found === null) return true;
    try {
      await app.connections.replace({ ...found.connection, status: 'disconnected' }, found.version);
      return true;
    } catch (error) {
      if (error instanceof FenceLostError) return false;
      throw error;
    }
  });
  for (const { partitionKey, rowKey } of await dueRows(prepared)) await removeRow(rig, 'due', { partitionKey, rowKey });
  for (const name of ['sync-jobs', 'push-jobs']) {
    const queue = rig.queues.getQueueClient(name);
    await queue.createIfNotExists();
    await until('the queue is empty', async () => ((await queue.getProperties()).approximateMessagesCount ?? 0) === 0);
  }
}
