import type { Change } from '../../../shared/engine/model.ts';
import { readRows, removeRow } from '../plan/partition.ts';
import { atomFaults, echoes, effectFaults, failureFaults, follow, restFaults, silenceFaults } from './check.ts';
import { Follower } from './follower.ts';
import { ProgramMailbox } from './mailbox.ts';
import { Performer } from './perform.ts';
import { comeToRest, headOf } from './rest.ts';
import type { Program, Step } from './steps.ts';
import type { ProgramWorld } from './world.ts';

/** A mailbox with an application that lists once and then follows the feed, from where it stands now. */
export class Watched {
  readonly mailbox: ProgramMailbox;
  readonly performer: Performer;
  readonly follower: Follower;
  /** All rows that were told since. */
  readonly rows: Change[] = [];
  readonly #faults: string[] = [];

  private constructor(mailbox: ProgramMailbox, follower: Follower) {
    this.mailbox = mailbox;
    this.performer = new Performer(mailbox);
    this.follower = follower;
  }

  static async begin(mailbox: ProgramMailbox): Promise<Watched> {
    return new Watched(mailbox, new Follower(await mailbox.list(), (await headOf(mailbox)).lastSeq));
  }

  /** Does a step, and follows the feed after it. */
  async do(step: Step): Promise<void> {
    await this.performer.perform(step);
    await this.follow();
    if (step.do === 'storage' || step.do === 'together') this.#faults.push(...(await atomFaults(this.mailbox)));
  }

  /** Takes in what the feed tells since the last call. */
  async follow(): Promise<Change[]> {
    const rows = await follow(this.mailbox, this.follower);
    this.rows.push(...rows);
    return rows;
  }

  /** Lets all come to rest; answers everything that was wrong since the last call, or is not now as it must be. */
  async end(): Promise<string[]> {
    const { mailbox, performer } = this;
    const found = await comeToRest(mailbox, performer);
    await this.follow();
    return [
      ...found,
      ...(await mailbox.differences()),
      ...this.follower.differences(await mailbox.list()),
      ...this.follower.faults.splice(0),
      ...this.#faults.splice(0),
      ...echoes(this.rows),
      ...(await restFaults(mailbox)),
      ...(await silenceFaults(mailbox, performer)),
      ...(performer.writesHidden ? [] : await effectFaults(mailbox, performer)),
      ...failureFaults(mailbox.world.takeFailures()),
      ...performer.application.wrongAnswers.splice(0),
      ...performer.courier.wrongAnswers.splice(0),
    ];
  }
}

/** Runs a program on a new mailbox; answers everything that is not as it must be once all has come to rest. */
export async function outcomeOf(world: ProgramWorld, program: Program): Promise<string[]> {
  const { workers, ...how } = program.habits;
  await world.heal();
  world.align();
  world.active = 1;
  // Those of Graph itself come when they come: the courier brings them when the program says so.
  await world.control('PATCH', '/settings', { ...how, notifications: { lose: 1 } });
  const mailbox = await ProgramMailbox.open(world);
  world.active = workers;
  const watched = await Watched.begin(mailbox);
  for (const step of program.steps) await watched.do(step);
  const faults = await watched.end();
  world.rig.forget();
  await retire(mailbox);
  return faults;
}

/** Leaves nothing to do behind, so that the next program is alone. */
async function retire({ world, connectionId }: ProgramMailbox): Promise<void> {
  await world.clear();
  for (const row of await readRows(world.rig, 'due'))
    if (row['connectionId'] === connectionId) await removeRow(world.rig, 'due', row);
}
