import { z } from 'zod';
import { seededRandom, type Random } from '../../../infra/local/graph/seed/random.ts';
import type { App } from '../../../shared/app.ts';
import type { Scope } from '../../../shared/engine/model.ts';
import { runPoison } from '../../../shared/jobs/poison.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { Member } from '../../faults/plan/crew.ts';
import { readPartition, type Partition } from '../../faults/plan/partition.ts';
import type { FaultRig, Mailbox } from '../../faults/plan/rig.ts';
import { deaf, syncOnce } from '../../faults/plan/scenarios.ts';
import { clearQueues } from '../../faults/plan/worker.ts';
import { Courier } from '../../faults/programs/courier.ts';
import { MovedClock } from '../moved-clock.ts';
import { Application } from './application.ts';
import { Edits } from './edits.ts';
import { byId, Ledger } from './ledger.ts';
import { Outlook } from './outlook.ts';
import { FeedReader } from './reader.ts';
import { allTroubles } from './troubles.ts';

const FOLDERS = ['Customers', 'Suppliers', 'Friends'];
const effectLog = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));
export type Effect = z.output<typeof effectLog>[number];

/** An address book of so many contacts in several folders, synced once, with one or two workers that may die at any call. */
export class ContactWorld {
  readonly rig: FaultRig;
  readonly random: Random;
  readonly mailbox: Mailbox;
  readonly outlook: Outlook;
  readonly application: Application;
  readonly courier: Courier;
  readonly crew: readonly [Member, ...Member[]];
  readonly ledger: Ledger;
  readonly reader: FeedReader;
  readonly edits: Edits;
  /** Failures of jobs, in order. */
  readonly failures: unknown[] = [];
  readonly #clock: MovedClock;
  readonly #healthy: App;

  private constructor(
    given: Pick<
      ContactWorld,
      'rig' | 'random' | 'mailbox' | 'outlook' | 'application' | 'crew' | 'ledger' | 'reader' | 'edits'
    >,
    clock: MovedClock,
    healthy: App,
  ) {
    ({
      rig: this.rig,
      random: this.random,
      mailbox: this.mailbox,
      outlook: this.outlook,
      application: this.application,
      crew: this.crew,
      ledger: this.ledger,
      reader: this.reader,
      edits: this.edits,
    } = given);
    this.courier = new Courier({ objectId: this.mailbox.objectId, world: this.rig }, 'Contacts');
    this.#clock = clock;
    this.#healthy = healthy;
  }

  static async start(
    rig: FaultRig,
    given: { readonly seed: number; readonly contacts: number },
  ): Promise<ContactWorld> {
    const random = seededRandom(given.seed);
    const clock = new MovedClock();
    const healthy = rig.openApp(clock);
    rig.front.retarget(rig.receiver.url);
    rig.receiver.serve(healthy);
    // Notifications come by the courier alone; a thousand edits are more than Graph allows in ten minutes.
    await rig.control('PATCH', '/settings', { notifications: { lose: 1 }, throttle: { per10min: null } });
    const mailbox = await rig.mailbox(deaf(healthy), { messages: 0, folders: 0, domain: 'contacts' });
    const outlook = new Outlook((method, path, body) => rig.user(mailbox.upn, method, path, body));
    const folders = await fill(rig, { mailbox, outlook }, given);
    await syncOnce(deaf(healthy), mailbox.connectionId, 'contacts');
    await clearQueues(rig);
    const application = new Application(healthy, scopeOf(mailbox));
    const [first, ...others] = await Promise.all(
      Array.from({ length: 1 + random.int(2) }, () => Member.start(rig, clock)),
    );
    if (first === undefined) throw new Error('there is no worker');
    const list = await application.list();
    if (list.length !== given.contacts) throw new Error(`${list.length} of ${given.contacts} contacts came`);
    const ledger = new Ledger(byId(list));
    const { head } = await readPartition(rig, mailbox.connectionId, 'contacts');
    const reader = new FeedReader(list, head.lastSeq);
    const edits = new Edits({ outlook, application, ledger, random, folders });
    const parts = { rig, random, mailbox, outlook, application, ledger, reader, edits };
    const world = new ContactWorld({ ...parts, crew: [first, ...others] }, clock, healthy);
    await world.timers();
    return world;
  }

  get scope(): Scope {
    return scopeOf(this.mailbox);
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
    const { match, action } = allTroubles[random.int(allTroubles.length)] ??
      allTroubles[0] ?? { match: {}, action: {} };
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
    return readPartition(this.rig, this.mailbox.connectionId, 'contacts');
  }

  /** Takes in what the feed tells since the last call. */
  async follow(): Promise<void> {
    this.reader.follow(await this.#healthy.store.readChanges(this.scope, this.reader.seq, 10_000));
  }

  /** Everything that took effect in the tenant: by a person (`control`), and by us (`app`). */
  async effects(): Promise<Effect[]> {
    return effectLog.parse(await this.rig.user(this.mailbox.upn, 'GET', '/effects'));
  }

  async close(): Promise<void> {
    await Promise.all(this.crew.map((member) => member.close()));
    await clearQueues(this.rig);
    await this.rig.control('PATCH', '/settings', { notifications: { lose: 0 } });
  }
}

const scopeOf = ({ connectionId }: Mailbox): Scope => ({ connectionId, domain: 'contacts' });

/** So many contacts, some of them in folders; answers the ids of all folders. */
async function fill(
  rig: FaultRig,
  { mailbox, outlook }: { readonly mailbox: Mailbox; readonly outlook: Outlook },
  { seed, contacts }: { readonly seed: number; readonly contacts: number },
): Promise<readonly [string, ...string[]]> {
  const each = Math.floor(contacts / (FOLDERS.length + 3));
  const add = (count: number, more: object): Promise<unknown> =>
    rig.user(mailbox.upn, 'POST', '/contacts', { count, seed: seed + count, ...more });
  for (const [index, name] of FOLDERS.entries()) {
    const folder = await outlook.makeFolder(name);
    await add(each, { folder, seed: seed * 10 + index });
  }
  await add(contacts - each * FOLDERS.length, {});
  const [first, ...others] = (await outlook.snapshot()).contactFolders.map(({ id }) => id);
  if (first === undefined) throw new Error('there is no folder');
  return [first, ...others];
}
