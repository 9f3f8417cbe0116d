import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { Application } from './application.ts';
import { Courier } from './courier.ts';
import { graphTroubles, hideWrites } from './graph-troubles.ts';
import type { ProgramMailbox } from './mailbox.ts';
import { doRemotely } from './remote.ts';
import {
  isLocal,
  isRemote,
  isTrouble,
  type JobName,
  type LocalStep,
  type OwnStep,
  type RemoteStep,
  type Step,
  type TroubleStep,
} from './steps.ts';
import { plan } from './storage-troubles.ts';

/** Runs the steps of a program on one mailbox. Values are made from the number of the step, so that each is met once. */
export class Performer {
  readonly #mailbox: ProgramMailbox;
  readonly application: Application;
  readonly courier: Courier;
  #counter = 0;
  /** A write's answer was lost, or clocks are further apart than a claim lasts: it may have been sent twice. */
  writesHidden = false;

  constructor(mailbox: ProgramMailbox) {
    this.#mailbox = mailbox;
    this.application = new Application(mailbox);
    this.courier = new Courier(mailbox);
  }

  async perform(step: Step): Promise<void> {
    if (isRemote(step) || isLocal(step)) await this.#act(step, 0);
    else if (isTrouble(step)) await this.#trouble(step);
    else await this.#work(step);
  }

  async #trouble(step: TroubleStep): Promise<void> {
    const { world, upn } = this.#mailbox;
    switch (step.do) {
      case 'heal':
        return world.heal();
      case 'evict':
        await world.control('POST', '/tokens/evict', { upn });
        return;
      case 'clock':
        return this.#moveClock(step);
      case 'graph': {
        const { match, action } = graphTroubles[step.trouble];
        const { times, skip } = step;
        this.writesHidden ||= hideWrites.has(step.trouble);
        await world.control('POST', '/faults', { match: { ...match, upn }, action, times, skip });
        return;
      }
      case 'storage':
        plan(world.rig, step);
    }
  }

  /** One job on one worker, as the host runs it. */
  async run(job: JobName, by: number): Promise<void> {
    const { world, connectionId } = this.#mailbox;
    const { app } = world.worker(by);
    const message = { connectionId, domain: 'mail', due: null };
    // All clocks: what is apart is so because the program says so.
    world.move(5_000);
    if (job === 'drain') return world.drain();
    if (job === 'timer') return world.runTimers(connectionId, by);
    if (job === 'push') return world.guard(app, () => runPushJob(message, app));
    const why = job === 'poll' ? 'schedule' : job === 'notified' ? 'notification' : 'continue';
    await world.guard(app, () => runSyncJob({ ...message, why }, app));
  }

  async #work(step: OwnStep): Promise<void> {
    const { world } = this.#mailbox;
    switch (step.do) {
      case 'job':
        await this.run(step.job, step.by);
        if (step.job === 'poll') await world.drain();
        return;
      case 'together':
        await Promise.all([
          ...step.jobs.map((job, by) => this.run(job, by)),
          ...step.writes.map((write, by) => this.#act(write, by)),
        ]);
        return;
      case 'meanwhile':
        return this.#meanwhile(step);
      case 'deliver':
        world.receiver.serve(world.worker(step.by).app);
        await this.courier.deliver(step.luck);
        if (step.luck % 4 > 0) await world.drain();
        return;
      case 'lifecycle':
        await this.courier.lifecycle(step.event);
        await world.drain();
    }
  }

  async #meanwhile(step: Extract<OwnStep, { do: 'meanwhile' }>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const all = async (): Promise<void> => {
      for (const each of step.steps) await this.#act(each, step.by + 1);
    };
    const before = async (): Promise<void> => {
      await all().then(() => {
        resolve(undefined);
      }, reject);
    };
    const hook = this.#mailbox.world.rig.proxies.graph.plan({ nth: step.at + 1, fault: { call: { before } } });
    await this.run(step.job, step.by);
    hook.cancel();
    if (hook.hits === 0) await all();
    else await promise;
  }

  async #act(step: RemoteStep | LocalStep, by: number): Promise<void> {
    const count = ++this.#counter;
    const { app } = this.#mailbox.world.worker(by);
    const ids = isLocal(step)
      ? await this.application.write(step, app, count)
      : await doRemotely(this.#mailbox, step, count);
    this.courier.note(ids);
  }

  async #moveClock({ who, by, seconds }: Extract<Step, { do: 'clock' }>): Promise<void> {
    const { world } = this.#mailbox;
    this.writesHidden ||= who === 'worker';
    if (who === 'graph') await world.control('POST', '/clock', { advanceSeconds: seconds });
    else if (who === 'all') world.move(seconds * 1000);
    else world.worker(by).clock.move(seconds * 1000);
  }
}
