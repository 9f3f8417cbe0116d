import { z } from 'zod';
import { openapi } from '../../shared/api/families/openapi.ts';
import type { App } from '../../shared/app.ts';
import type { Kind } from '../../shared/engine/domain.ts';
import type { Change, Scope } from '../../shared/engine/model.ts';
import { runPushJob } from '../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { parseJson, type Fields } from '../../shared/lib/json.ts';
import { callerOf } from '../faults/plan/caller.ts';
import { readPartition, type Partition } from '../faults/plan/partition.ts';
import { API_KEY, type FaultRig, type Mailbox } from '../faults/plan/rig.ts';
import { deaf, initOf } from '../faults/plan/scenarios.ts';
import { readApiDocument, type ApiDocument } from '../support/api-contract.ts';
import { MovedClock } from '../support/moved-clock.ts';
import type { DomainAdapter, Person, Write } from './adapter.ts';

const HOUR = 3_600_000;
const rawPage = z.object({ value: z.array(z.unknown()) });

/** A page as the tenant sent it. */
export interface RawPage {
  readonly kind: string;
  readonly items: readonly unknown[];
}

/** A mailbox of the tenant, synced in one domain alone; jobs run when a test says so. */
export class ContractBench {
  readonly rig: FaultRig;
  readonly app: App;
  readonly clock: MovedClock;
  readonly adapter: DomainAdapter;
  readonly mailbox: Mailbox;
  readonly person: Person;
  /** Pages of delta that came so far. */
  readonly pages: RawPage[] = [];

  private constructor(given: Pick<ContractBench, 'rig' | 'app' | 'clock' | 'adapter' | 'mailbox'>) {
    this.rig = given.rig;
    this.app = given.app;
    this.clock = given.clock;
    this.adapter = given.adapter;
    this.mailbox = given.mailbox;
    this.person = this.adapter.person((method, path, body) => this.rig.user(this.mailbox.upn, method, path, body));
  }

  /** Connected, with two items and a place more than the tenant gives, and synced once. */
  static async start(rig: FaultRig, adapter: DomainAdapter): Promise<ContractBench> {
    const clock = new MovedClock();
    const app = deaf(rig.openApp(clock));
    const mailbox = await rig.mailbox(app, { messages: 0, folders: 2, domain: adapter.domain.name });
    const bench = new ContractBench({ rig, app, clock, adapter, mailbox });
    await bench.person.makeContainer('A place');
    await bench.person.makeOthers?.();
    for (const title of ['First', 'Second']) await bench.person.make(title);
    bench.#watchPages();
    await bench.poll();
    return bench;
  }

  get scope(): Scope {
    return { connectionId: this.mailbox.connectionId, domain: this.adapter.domain.name };
  }

  /** The kind of the domain's main items, as the head's notes have it. */
  async kind(): Promise<Kind> {
    const { head } = await this.partition();
    const kind = this.adapter.domain.kinds(head.notes)[this.adapter.domain.namedKind];
    if (kind === undefined) throw new Error('there is no such kind');
    return kind;
  }

  /** One round over all streams, two hours after the last: what had to wait has waited. */
  async poll(): Promise<void> {
    this.clock.move(2 * HOUR);
    await runSyncJob({ ...this.scope, why: 'schedule', due: null }, this.app);
  }

  async push(): Promise<void> {
    await runPushJob({ ...this.scope, due: null }, this.app);
  }

  /** Ends all faults of storage and tenant, and goes on watching pages. */
  async heal(): Promise<void> {
    this.rig.heal();
    this.#watchPages();
    await this.rig.control('DELETE', '/faults');
  }

  /** All rows; of the changes those after this one. */
  partition(changesAfter = 0): Promise<Partition> {
    return readPartition(this.rig, this.mailbox.connectionId, this.adapter.domain.name, changesAfter);
  }

  /** The main list, as the API reads it. */
  async items(): Promise<Fields[]> {
    const { list, read } = this.adapter;
    const { store } = this.app;
    const query = { from: `${list}:`, to: `${list};`, where: {}, limit: 500, after: null };
    const items = (await store.list(this.scope, query)).entries.map(({ item }) => item);
    return read === undefined ? items : read(store, this.scope, items);
  }

  async item(graphId: string): Promise<Fields | undefined> {
    return (await this.items()).find((each) => each['graphId'] === graphId);
  }

  /** An item that must be listed; answers our id of it. */
  async idOf(graphId: string): Promise<string> {
    const item = await this.item(graphId);
    if (typeof item?.['id'] !== 'string') throw new Error('it is not listed');
    return item['id'];
  }

  feed(): Promise<Change[]> {
    return this.app.store.readChanges(this.scope, 0, 10_000);
  }

  /** Rows about one item, as `type by cause`. */
  async told(id: string): Promise<string[]> {
    return (await this.feed()).filter((row) => row.id === id).map(({ type, cause }) => `${type} by ${cause}`);
  }

  /** Sends a write as the application does; throws where it is refused. */
  async write(write: Write): Promise<unknown> {
    const answer = await callerOf(this.app)(write.path, initOf(write));
    const text = await answer.text();
    if (answer.status > 299) throw new Error(`${write.method} ${write.path} answered ${answer.status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** Writes of ours that took effect in the tenant. */
  async effects(): Promise<string[]> {
    const log = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));
    const all = log.parse(await this.rig.user(this.mailbox.upn, 'GET', '/effects'));
    return all.filter(({ by }) => by === 'app').map(({ kind, id }) => `${kind} ${id}`);
  }

  async document(): Promise<ApiDocument> {
    const request = new Request('http://127.0.0.1/api/openapi.json', {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const answer = await openapi(this.app).fetch(request, { requestId: 'test', log: this.app.log });
    return readApiDocument(await answer.json());
  }

  #watchPages(): void {
    for (const [kind, path] of Object.entries(this.adapter.pages)) {
      const rewrite = (text: string): string => {
        const page = rawPage.safeParse(parseJson(text));
        if (page.success) this.pages.push({ kind, items: page.data.value });
        return text;
      };
      this.rig.proxies.graph.plan({ path, times: Infinity, fault: { rewrite } });
    }
  }
}
