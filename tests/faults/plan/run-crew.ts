import { seededRandom } from '../../../infra/local/graph/seed/random.ts';
import { MovedClock } from '../../support/moved-clock.ts';
import { callerOf } from './caller.ts';
import { checkRest, tenantDifferences } from './check.ts';
import { crewWork, type crewDomains, type CrewWork } from './crew-work.ts';
import { Member } from './crew.ts';
import { brokenAtoms } from './invariants.ts';
import { readPartition } from './partition.ts';
import { API_KEY, type FaultRig } from './rig.ts';
import { deaf, sendRound, syncOnce, wrongEffects, type Prepared } from './scenarios.ts';
import { clearQueues } from './worker.ts';

const MOST_TURNS = 40;
const TURN_MS = 75_000;

export interface CrewRun {
  readonly domain: (typeof crewDomains)[number];
  readonly workers: number;
  readonly seed: number;
  readonly steps: number;
}

/**
 * Several workers in one process on one domain of a mailbox: in each step something changes there, the application writes,
 * rounds are asked for, and all workers run at the same time; some of them die on the way and start anew. Answers what is
 * broken, at any step or in the end.
 */
export async function runCrew(rig: FaultRig, run: CrewRun): Promise<{ broken: string[]; deaths: number }> {
  const random = seededRandom(run.seed);
  const clock = new MovedClock();
  const app = deaf(rig.openApp(clock));
  const work = crewWork(run.domain);
  const mailbox = await work.mailbox(rig, app);
  await syncOnce(app, mailbox.connectionId, run.domain);
  await clearQueues(rig);
  const effects: Record<string, string[]> = {};
  const prepared: Prepared = { rig, mailbox, expected: { told: {}, effects }, request: null };
  const crew = await Promise.all(Array.from({ length: run.workers }, () => Member.start(rig, clock)));
  const broken: string[] = [];
  for (let step = 0; step < run.steps; step++) {
    await work.change(rig, mailbox, { step, kind: random.int(4) });
    for (const member of crew)
      if (random.next() < 0.6) member.dieAt(1 + random.int(work.calls), random.next() < 0.5 ? 'before' : 'after');
    const writing = write(prepared, crew[random.int(crew.length)], { work, effects });
    await sendRound(prepared);
    await sendRound(prepared);
    await Promise.all([writing, ...crew.map((member) => member.worker.runQueues(() => member.isDead))]);
    const partition = await readPartition(rig, mailbox.connectionId, run.domain);
    broken.push(...brokenAtoms(partition, mailbox).map((text) => `step ${step}: ${text}`));
    for (const member of crew) member.revive();
    clock.move(1_000 + random.int(90_000));
    await Promise.all(crew.map((member) => member.worker.runDue()));
  }
  await comeToRest(prepared, crew, clock);
  broken.push(...(await checkRest(prepared)), ...(await wrongEnd(prepared, work)));
  broken.push(...crew.flatMap((member) => member.worker.poisoned.map(() => 'a message was put aside')));
  const deaths = crew.reduce((sum, member) => sum + member.deaths, 0);
  await Promise.all(crew.map((member) => member.close()));
  await clearQueues(rig);
  return { broken, deaths };
}

/** The application marks one item that it has not written to before, and asks again where it hears nothing. */
async function write(
  { rig, mailbox }: Prepared,
  member: Member | undefined,
  { work, effects }: { readonly work: CrewWork; readonly effects: Record<string, string[]> },
): Promise<void> {
  const { records } = await readPartition(rig, mailbox.connectionId, mailbox.domain);
  const record = records.find(
    (each) => work.isOurs(each) && each.leaving === undefined && each.graphId !== null && !(each.graphId in effects),
  );
  if (record?.graphId === null || record === undefined || member === undefined) return;
  const path = `/api/connections/${mailbox.connectionId}/${work.list}/${record.id}`;
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ categories: [`Ours ${Object.keys(effects).length}`] });
  const healthy = rig.openApp(new MovedClock());
  for (const app of [member.worker.app, healthy, healthy, healthy]) {
    const answer = await callerOf(app)(path, { method: 'PATCH', headers, body });
    if (answer.status < 300) {
      effects[record.graphId] = ['update'];
      return;
    }
    // It is gone meanwhile.
    if (answer.status === 404) return;
  }
  throw new Error('the write is refused for good');
}

async function comeToRest(prepared: Prepared, crew: readonly Member[], clock: MovedClock): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    clock.move(TURN_MS);
    await Promise.all(crew.map((member) => member.worker.runDue()));
    await Promise.all(crew.map((member) => member.worker.runQueues()));
    if ((await checkRest(prepared)).length === 0 && turn > 0) return;
  }
}

async function wrongEnd(prepared: Prepared, { rows }: CrewWork): Promise<string[]> {
  const { rig, mailbox } = prepared;
  const partition = await readPartition(rig, mailbox.connectionId, mailbox.domain);
  const twice = ['created', 'deleted'].filter((what) => {
    const ids = partition.changes.filter((change) => change.type === `${rows}.${what}`).map((change) => change.id);
    return new Set(ids).size !== ids.length;
  });
  return [
    ...(await tenantDifferences(prepared, partition)),
    ...(await wrongEffects(prepared, partition)),
    ...twice.map((what) => `something was told as ${what} twice`),
  ];
}
