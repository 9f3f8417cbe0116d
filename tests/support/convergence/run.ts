import { z } from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { brokenAtoms, unsettled } from '../../faults/plan/invariants.ts';
import type { FaultRig } from '../../faults/plan/rig.ts';
import { effectFaults } from './effects.ts';
import type { Sort } from './side.ts';
import { World } from './world.ts';

const HOUR = 3_600;
const MOST_POLLS = 40;

export interface Convergence {
  readonly seed: number;
  readonly edits: number;
  /** What both sides edit. */
  readonly of: Sort;
  /** Most edits that are done at once, before anything else happens. */
  readonly burst: number;
  /** How often all is asked once more when it has come to rest. */
  readonly cycles: number;
}

export interface Converged {
  readonly faults: readonly string[];
  readonly edits: number;
  readonly writes: number;
  readonly deaths: number;
  readonly workers: number;
  readonly conflicts: number;
}

/** Hears what the edits, the feed and the tenant's log say in the end. */
export type Witness = (world: World) => Promise<void>;

/**
 * Random edits on both sides of a mailbox, while workers die, Graph throttles and refuses, and notifications are lost,
 * doubled and late. Answers everything that is wrong once all has come to rest.
 */
export async function converge(
  rig: FaultRig,
  given: Convergence,
  witness: Witness = () => Promise.resolve(),
): Promise<Converged> {
  const world = await World.start(rig, given.of, given.seed);
  const faults: string[] = [];
  for (let step = 0; world.side.edits.count < given.edits; step++) {
    await stepOf(world, step, given.burst);
    await world.follow();
    if (step % 20 === 0) faults.push(...(await atomFaults(world)).map((text) => `step ${step}: ${text}`));
  }
  await comeToRest(world);
  faults.push(...(await endFaults(world)));
  await witness(world);
  const effects = await world.effects();
  faults.push(...(await silenceFaults(world, given.cycles)));
  await world.close();
  return {
    faults,
    edits: world.side.edits.count,
    writes: effects.filter(({ by }) => by === 'app').length,
    deaths: world.crew.reduce((sum, member) => sum + member.deaths, 0),
    workers: world.crew.length,
    conflicts: world.side.reader.rows.filter((row) => row.type.endsWith('.conflict')).length,
  };
}

/** Some edits, some trouble, some work. */
async function stepOf(world: World, step: number, burst: number): Promise<void> {
  const { random, courier, crew } = world;
  const { edits } = world.side;
  await edits.look();
  await edits.some(1 + random.int(burst), world.someone.worker.app);
  courier.note(edits.takeTouched());
  if (random.chance(0.3)) await world.trouble();
  for (const member of crew)
    if (random.chance(0.3)) member.dieAt(1 + random.int(60), random.chance(0.5) ? 'before' : 'after');
  rig(world);
  if (random.chance(0.5)) await world.guard(() => courier.deliver(random.int(1_000_000)));
  await workOf(world);
  courier.note(edits.takeTouched());
  world.revive();
  if (random.chance(0.5)) await world.move(1 + random.int(120));
  if (random.chance(0.3)) await world.timers();
  if (step % 8 === 7) await world.heal();
}

/** Whoever runs next takes what Graph sends. */
const rig = (world: World): void => {
  world.rig.receiver.serve(world.someone.worker.app);
};

async function workOf(world: World): Promise<void> {
  const { random } = world;
  const { edits } = world.side;
  const one = world.someone;
  const jobs = [
    () => world.drain(),
    () => world.drain(),
    () => world.poll(one),
    () => world.push(one),
    () => Promise.all([world.poll(one, 'notification'), world.push(world.someone), world.drain()]),
    () => Promise.all([world.drain(), world.poll(one), edits.beside(3, world.someone.worker.app)]),
    () => meanwhile(world, () => world.poll(one)),
    () => meanwhile(world, () => world.push(one)),
    () => meanwhile(world, () => world.drain()),
  ] as const;
  await random.pick(jobs)();
}

/** Edits come in the middle of a job: before some request of it reaches Graph. */
async function meanwhile(
  { rig: { proxies }, random, side: { edits }, someone }: World,
  job: () => Promise<void>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const { app } = someone.worker;
  const act = (): Promise<void> => edits.beside(1 + random.int(3), app);
  const before = async (): Promise<void> => {
    await act().then(() => {
      resolve(undefined);
    }, reject);
  };
  const hook = proxies.graph.plan({ nth: 1 + random.int(10), fault: { call: { before } } });
  await job();
  hook.cancel();
  if (hook.hits === 0) await act();
  else await promise;
}

/** First nothing but the timers runs: what was left undone must come back by itself. */
async function comeToRest(world: World): Promise<void> {
  await world.heal();
  world.revive();
  for (let turn = 0; turn < 3; turn++) {
    await world.move(5 * HOUR);
    await world.timers();
  }
  let quiet = 0;
  let before = '';
  for (let polls = 0; quiet < 3; polls++) {
    if (polls > MOST_POLLS) throw new Error(`it never comes to rest: ${before}`);
    await world.move(120);
    await world.push(world.someone);
    await world.poll(world.someone);
    await world.drain();
    const { head, rows } = await world.partition();
    const after = JSON.stringify([head.lastSeq, head.counts, rows('outbox').length]);
    quiet = after === before ? quiet + 1 : 0;
    before = after;
  }
  await world.follow();
}

const atomFaults = async (world: World): Promise<string[]> => brokenAtoms(await world.partition(), world.scope);

async function endFaults(world: World): Promise<string[]> {
  const { application, reader } = world.side;
  const partition = await world.partition();
  const items = await world.side.listed(partition);
  const pairs = [...reader.rows, ...items.map((item) => named.parse(item))];
  const ids = new Map(
    pairs.flatMap(({ id, graphId }): [string, string][] => (id === null || graphId === null ? [] : [[graphId, id]])),
  );
  const effects = await world.effects();
  const unsent = items.map((item) => named.parse(item)).filter(({ pushed }) => pushed !== 'done');
  return [
    ...unsettled(partition),
    ...brokenAtoms(partition, world.scope),
    ...partition.records.filter((record) => record.leaving !== undefined).map(({ id }) => `${id} is still leaving`),
    ...unsent.map(({ id, pushed }) => `${id} is ${pushed}`),
    ...reader.differences(items),
    ...reader.faults,
    ...(await world.side.faults(partition, items, { ids, rows: reader.rows })),
    ...effectFaults(effects, application.accepted, ids),
    ...application.wrongAnswers,
    ...world.courier.wrongAnswers,
    ...world.failures.filter((error) => !(error instanceof AppError)).map((error) => `a job threw ${textOf(error)}`),
  ];
}

const named = z.looseObject({ id: z.string(), graphId: z.string().nullable(), pushed: z.string() });

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** So many polls of all that is at rest: each must write nothing and tell nothing. */
async function silenceFaults(world: World, cycles: number): Promise<string[]> {
  const [effects, { head }] = [await world.effects(), await world.partition()];
  for (let cycle = 0; cycle < cycles; cycle++) {
    await world.move(10 * 60);
    if (cycle % 10 === 0) await world.timers();
    else await world.poll(world.someone);
    await world.push(world.someone);
  }
  const told = (await world.partition()).head.lastSeq - head.lastSeq;
  const written = (await world.effects()).length - effects.length;
  return [
    ...(told === 0 ? [] : [`${told} changes were told in ${cycles} cycles of silence`]),
    ...(written === 0 ? [] : [`${written} writes were sent in ${cycles} cycles of silence`]),
  ];
}
