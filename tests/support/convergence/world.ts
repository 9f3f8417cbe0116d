import { z } from 'zod';
import { seededRandom, type Random } from '../../../infra/local/graph/seed/random.ts';
import type { App } from '../../../shared/app.ts';
import type { Scope } from '../../../shared/engine/model.ts';
import { runPoison } from '../../../shared/jobs/poison.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { Member } from '../../faults/plan/crew.ts';
import { readPartition, readRows, removeRow, type Partition } from '../../faults/plan/partition.ts';
import type { FaultRig, Mailbox } from '../../faults/plan/rig.ts';
import { deaf, syncOnce } from '../../faults/plan/scenarios.ts';
import { clearQueues } from '../../faults/plan/worker.ts';
import { Courier } from '../../faults/programs/courier.ts';
import { MovedClock } from '../moved-clock.ts';
import type { Side, Sort } from './side.ts';

const effectLog = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));
export type Effect = z.output<typeof effectLog>[number];

/** A mailbox with items of one domain, synced once, with one or two workers that may die at any call. */
export class World {
  readonly rig: FaultRig;
  readonly random: Random;
  readonly mailbox: Mailbox;
  readonly sort: Sort;
  readonly side: Side;
  readonly courier: Courier;
  readonly crew: readonly [Member, ...Member[]];
  /** Failures of jobs, in order. */
  readonly failures: unknown[] = [];
  readonly #clock: MovedClock;
  readonly #healthy: App;

  private constructor(
    given: Pick<World, 'rig' | 'random' | 'mailbox' | 'sort' | 'side' | 'crew'>,
    clock: MovedClock,
    healthy: App,
  ) {
    ({
      rig: this.rig,
      random: this.random,
      mailbox: this.mailbox,
      sort: this.sort,
      side: this.side,
      crew: this.crew,
    } = given);
    this.courier = new Courier({ objectId: this.mailbox.objectId, world: this.rig }, this.sort.collection);
    this.#clock = clock;
    this.#healthy = healthy;
  }

  static async start(rig: FaultRig, sort: Sort, seed: number): Promise<World> {
    const random = seededRandom(seed);
    const clock = new MovedClock();
    const healthy = rig.openApp(clock);
    rig.front.retarget(rig.receiver.url);
    rig.receiver.serve(healthy);
    // Notifications come by the courier alone; a thousand edits are more than Graph allows in ten minutes.
    await rig.control('PATCH', '/settings', { notifications: { lose: 1 }, throttle: { per10min: null } });
    const mailbox = await rig.mailbox(deaf(healthy), { messages: 0, folders: 0, domain: sort.domain });
    const begin = await sort.open({ rig, mailbox, random, seed, healthy });
    await syncOnce(deaf(healthy), mailbox.connectionId, sort.domain);
    await clearQueues(rig);
    const [first, ...others] = await Promise.all(
      Array.from({ length: 1 + random.int(2) }, () => Member.start(rig, clock)),
    );
    if (first === undefined) throw new Error('there is no worker');
    const parts = { rig, random, mailbox, sort, side: await begin() };
    const world = new World({ ...parts, crew: [first, ...others] }, clock, healthy);
    await world.timers();
    return world;
  }

  get scope(): Scope {
    return { connectionId: this.mailbox.connectionId, domain: this.sort.domain };
  }

  get someone(): Member {
    return this.random.pick(this.crew);
  }

  /** All clocks, the tenant's as well: what they are apart is no matter of this. */
  async move(seconds: number): Promise<void> {
    this.#clock.move(seconds * 1000);
    await this.rig.control('POST', '/clock', { advanceSeconds: seconds });
  }

  /** All workers take messages off the queues at the same time, until none is visible. */
  async drain(): Promise<void> {
    await Promise.all(this.crew.map((member) => member.worker.runQueues(() => member.isDead)));
    for (const member of this.crew)
      for (const text of member.worker.poisoned.splice(0))
        await this.guard(() =>
          runPoison(JSON.parse(Buffer.from(text, 'base64').toString()), this.#healthy, 'sync-jobs'),
        );
  }

  async poll(member: Member, why: 'schedule' | 'notification' = 'schedule'): Promise<void> {
    await this.guard(() => runSyncJob({ ...this.scope, why, due: null }, member.worker.app));
  }

  async push(member: Member): Promise<void> {
    await this.guard(() => runPushJob({ ...this.scope, due: null }, member.worker.app));
  }

  /** What is due is sent for, and done. */
  async timers(): Promise<void> {
    await this.guard(() => this.someone.worker.runDue());
    await this.drain();
  }

  /** As the host runs a function: what it throws is kept, and nobody else hears of it. */
  async guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failures.push(error);
    }
  }

  /** Arms something that Graph does wrong. */
  async trouble(): Promise<void> {
    const { random } = this;
    const { troubles } = this.sort;
    const trouble = troubles[random.int(troubles.length)];
    if (trouble === undefined) throw new Error('nothing can go wrong');
    const { match, action } = trouble;
    const [times, skip] = [1 + random.int(3), random.int(5)];
    await this.rig.control('POST', '/faults', { match: { ...match, upn: this.mailbox.upn }, action, times, skip });
  }

  /** The dead start anew, and live on. */
  revive(): void {
    for (const member of this.crew) {
      this.failures.push(...member.worker.failures.splice(0));
      member.revive();
    }
  }

  async heal(): Promise<void> {
    this.rig.heal();
    await this.rig.control('DELETE', '/faults');
  }

  partition(): Promise<Partition> {
    return readPartition(this.rig, this.mailbox.connectionId, this.sort.domain);
  }

  /** Takes in what the feed tells since the last call. */
  async follow(): Promise<void> {
    const { reader } = this.side;
    reader.follow(await this.#healthy.store.readChanges(this.scope, reader.seq, 10_000));
  }

  /** Everything that took effect in the tenant: by a person (`control`), and by us (`app`). */
  async effects(): Promise<Effect[]> {
    return effectLog.parse(await this.rig.user(this.mailbox.upn, 'GET', '/effects'));
  }

  async close(): Promise<void> {
    await Promise.all(this.crew.map((member) => member.close()));
    await clearQueues(this.rig);
    // The timers of the next world shall find nothing of this one.
    for (const row of await readRows(this.rig, 'due')) await removeRow(this.rig, 'due', row);
    await this.rig.control('PATCH', '/settings', { notifications: { lose: 0 } });
  }
}
