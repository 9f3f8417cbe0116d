import { z } from 'zod';
import { echoes, failureFaults } from '../programs/check.ts';
import { ProgramMailbox } from '../programs/mailbox.ts';
import { Watched } from '../programs/outcome.ts';
import { headOf } from '../programs/rest.ts';
import { ProgramWorld } from '../programs/world.ts';

const HOUR = 3_600_000;
/** What delta loses is found after two polls that miss it. */
const MOST_POLLS = 5;
const made = z.array(z.object({ id: z.string(), folderId: z.string() }));
const madeFolder = z.object({ id: z.string() });
const listedFaults = z.array(z.object({ used: z.number() }));

/** A mailbox for the cases of a table, one after the other: each begins and ends at rest. */
export class Bench {
  readonly world: ProgramWorld;
  readonly watched: Watched;
  readonly mailbox: ProgramMailbox;

  private constructor(world: ProgramWorld, watched: Watched) {
    this.world = world;
    this.watched = watched;
    this.mailbox = watched.mailbox;
  }

  /** A world of its own, with a mailbox that was synced once. */
  static async start(): Promise<Bench> {
    const world = await ProgramWorld.start();
    // Cases by the hundred ask a mailbox more often than Graph allows in ten minutes.
    await world.control('PATCH', '/settings', { notifications: { lose: 1 }, throttle: { per10min: null } });
    return Bench.in(world);
  }

  /** Another mailbox in a world that stands. */
  static async in(world: ProgramWorld): Promise<Bench> {
    return new Bench(world, await Watched.begin(await ProgramMailbox.open(world)));
  }

  async arrive(fields: object = {}): Promise<string> {
    const [message] = made.parse(await this.mailbox.user('POST', '/messages', { subject: 'New', ...fields }));
    if (message === undefined) throw new Error('the tenant made no message');
    return message.id;
  }

  async makeFolder(displayName: string): Promise<string> {
    return madeFolder.parse(await this.mailbox.user('POST', '/folders', { displayName })).id;
  }

  /** Arms a fault for this mailbox alone. */
  async fault(match: object, action: object, more: object = {}): Promise<void> {
    await this.world.control('POST', '/faults', { match: { ...match, upn: this.mailbox.upn }, action, ...more });
  }

  /** How often the faults that are armed have struck. */
  async struck(): Promise<number> {
    const all = listedFaults.parse(await this.world.control('GET', '/faults'));
    return all.reduce((sum, { used }) => sum + used, 0);
  }

  async poll(): Promise<void> {
    await this.watched.do({ do: 'job', job: 'poll', by: 0 });
  }

  /** Ends all faults; within a few polls, hours apart, the store equals the tenant, and the feed told each change once. */
  async ended(): Promise<string[]> {
    const { world, watched } = this;
    const { graph } = world.rig.proxies;
    await world.heal();
    graph.forget();
    const wrong: string[] = [];
    let open: string[] = [];
    for (let polls = 0; polls < MOST_POLLS; polls++) {
      world.move(2 * HOUR);
      await this.poll();
      wrong.push(...watched.follower.faults.splice(0), ...failureFaults(world.takeFailures()));
      open = await this.#open();
      if (open.length === 0) break;
    }
    if (graph.requests.length === 0) wrong.push(`nobody asks Graph any more: ${world.rig.lines.slice(-3).join()}`);
    return [...wrong, ...open, ...echoes(watched.rows)];
  }

  async #open(): Promise<string[]> {
    const { status, lastError } = (await headOf(this.mailbox)).status;
    return [
      ...(status === 'ok' ? [] : [`the status is ${status}: ${lastError ?? ''}`]),
      ...(await this.mailbox.differences()),
      ...this.watched.follower.differences(await this.mailbox.list()),
    ];
  }

  /** Types of the rows that were told of an item. */
  told(graphId: string): string[] {
    return this.watched.rows.filter((row) => row.graphId === graphId).map((row) => row.type);
  }

  /** Graph ids of the messages that the application knows of, those that it met first in front. */
  known(): string[] {
    return [...this.watched.follower.items.values()].map(({ graphId }) => z.string().parse(graphId));
  }

  async lists(graphId: string): Promise<boolean> {
    return (await this.mailbox.list()).some((item) => item['graphId'] === graphId);
  }

  async close(): Promise<void> {
    await this.world.close();
  }
}
