import { z } from 'zod';
import { startBudget } from '../../../shared/engine/budget.ts';
import type { Domain } from '../../../shared/engine/domain.ts';
import { newHead } from '../../../shared/engine/head.ts';
import { updateOf, writeLocally, type Intent, type LocalWritten } from '../../../shared/engine/local-write.ts';
import type { Change, Cursor, EngineRecord } from '../../../shared/engine/model.ts';
import type { EnginePorts, PartitionStore, Source } from '../../../shared/engine/ports.ts';
import { runPush, type PushResult } from '../../../shared/engine/push.ts';
import { runSync, type SyncOutcome, type SyncRequest } from '../../../shared/engine/runner.ts';
import type { EngineSettings } from '../../../shared/engine/settings.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { MemoryWake } from '../memory-partitions.ts';
import { MemoryRows } from '../memory-rows.ts';
import { HandClock } from '../store.ts';
import { lessonsDomain, streamOf, windowText } from './domain.ts';
import { LessonsRemote } from './remote.ts';
import { inWindow, isShown, partsWithin, type Days } from './shown.ts';

const scope = { connectionId: 'c', domain: 'lessons' };

/** The engine over lessons: the store in memory, a remote that answers at once, a clock that stands. Two rooms, R and S. */
export class LessonsWorld {
  readonly rows = new MemoryRows();
  readonly remote = new LessonsRemote();
  readonly clock = new HandClock();
  readonly ports: EnginePorts;
  readonly domain: Domain;
  readonly settings: EngineSettings;
  /** What is wanted of each room. */
  window: Days = { from: -3, to: 10 };
  /** Pages of one job. */
  pages = 100;
  #workers = 0;

  constructor(more: Partial<Domain> = {}, settings: Partial<EngineSettings> = {}) {
    this.domain = lessonsDomain(() => this.window, more);
    this.settings = { leaseMs: 60_000, pageSize: 50, turnPages: 20, guardPercent: 50, guardMinimum: 5, ...settings };
    this.ports = this.portsOver(this.rows);
    for (const id of ['R', 'S']) this.remote.makeRoom(id);
  }

  portsOver(store: PartitionStore): EnginePorts {
    const { clock } = this;
    return { store, clock, wake: new MemoryWake(clock), random: systemRandom, log: silentLog };
  }

  /** With the first sync done, of what `prepare` makes. */
  static async open(
    prepare: (world: LessonsWorld) => void = () => undefined,
    more: Partial<Domain> = {},
    settings: Partial<EngineSettings> = {},
  ): Promise<LessonsWorld> {
    const world = new LessonsWorld(more, settings);
    prepare(world);
    await world.begin();
    return world;
  }

  /** The first sync, or as much of it as one job does. */
  async begin(): Promise<void> {
    await this.rows.createHead(scope, newHead());
    await this.sync();
    this.forget();
  }

  sync(ports = this.ports, source: Source = this.remote, job: Partial<SyncRequest> = {}): Promise<SyncOutcome> {
    return runSync(ports, {
      ...{ scope, domain: this.domain, settings: this.settings, cause: 'poll', continues: false, cover: null },
      budget: startBudget(this.clock, { ms: 60_000, pages: this.pages }),
      owner: `w${++this.#workers}`,
      open: () => Promise.resolve({ source, settings: null }),
      conclude: (status) => ({ status, feed: [] }),
      ...job,
    });
  }
  /** A wake-up that the next job takes in with the lease; null = for all. */
  raise(ids: readonly string[] | null): void {
    this.rows.wake = { ids: ids ?? 'all', version: 'raised' };
  }
  push(
    ports = this.ports,
    source: Source = this.remote,
    open = (): Promise<Source> => Promise.resolve(source),
  ): Promise<PushResult> {
    return runPush(ports, {
      ...{ scope, domain: this.domain, claimMs: 60_000 },
      owner: `w${++this.#workers}`,
      budget: startBudget(this.clock, { ms: 60_000, pages: this.pages }),
      open,
      backoffMs: () => 30_000,
    });
  }
  /** The window goes on by so many days. */
  roll(days = 1): void {
    this.window = { from: this.window.from + days, to: this.window.to + days };
  }
  /** Calls that were made until now are of no interest. */
  forget(): void {
    this.rows.calls = [];
    this.remote.calls.length = 0;
  }

  async create(fields: Fields): Promise<string> {
    const stream = streamOf(z.string().parse(fields['room']));
    const intent: Intent = { type: 'create', kind: 'lesson', action: 'create', fields, stream };
    return (
      (await writeLocally(this.ports, this.domain, scope, { intend: () => Promise.resolve(intent) }))?.record.id ?? ''
    );
  }
  update(id: string, fields: Fields): Promise<LocalWritten | null> {
    return writeLocally(this.ports, this.domain, scope, { intend: updateOf(id, 'update', fields) });
  }
  remove(id: string): Promise<LocalWritten | null> {
    return writeLocally(this.ports, this.domain, scope, {
      intend: async (rows) => {
        const record = await rows.record(id);
        return record === null ? null : { type: 'delete', record, action: 'delete' };
      },
    });
  }

  records(type?: string): EngineRecord[] {
    const all = [...this.rows.records.values()].filter(({ kind }) => kind === 'lesson');
    return type === undefined ? all : all.filter(({ fields }) => fields['type'] === type);
  }
  recordOf(graphId: string): EngineRecord | undefined {
    return [...this.rows.records.values()].find((record) => record.graphId === graphId);
  }
  cursor(stream: string): Cursor | undefined {
    return this.rows.cursors.get(stream);
  }
  feed(): Change[] {
    return this.rows.changes.filter(({ type }) => !type.startsWith('sync.'));
  }
  /** Types and causes of the feed, without baselines. */
  told(): string[] {
    return this.feed().map(({ type, cause }) => `${type} ${cause}`);
  }
  /** The same, how often each. */
  counted(): Record<string, number> {
    return Object.fromEntries([...Map.groupBy(this.told(), (one) => one)].map(([one, all]) => [one, all.length]));
  }

  /**
   * Nothing waits, counts are right, and of what is within the windows both sides hold the same. What is held ahead of them is as
   * the remote has it.
   */
  faults(): string[] {
    const { head } = this.rows.head ?? { head: newHead() };
    const all = [...this.rows.records.values()];
    const standing = all.filter(({ leaving }) => leaving === undefined);
    const counted = [...this.rows.cursors.values()].reduce((sum, cursor) => sum + cursor.records, 0);
    const windows = [...this.rows.cursors.values()].map(({ window }) => window).filter((one) => one !== undefined);
    const ours = standing.map(({ graphId, fields }) =>
      JSON.stringify([graphId, fields['text'] ?? fields['name'], fields['day'] ?? null, fields['off'] ?? []]),
    );
    const theirs = this.#theirs(this.window, isShown);
    const onwards = this.#theirs({ ...this.window, to: Infinity }, inWindow);
    const off = (what: string, is: number, should: number): string[] =>
      is === should ? [] : [`${what}: ${is} instead of ${should}`];
    return [
      ...off('records', head.counts.records, standing.length),
      ...off('leaving', head.counts.leaving ?? 0, all.length - standing.length),
      ...off('streams', counted, standing.length),
      ...off('remotes', head.counts.remotes, this.rows.remotes.size),
      ...off('hints', head.counts.hints, this.rows.hints.size),
      ...off('hints that wait', this.rows.hints.size, 0),
      ...off('outbox', head.counts.outbox, this.rows.outbox.size),
      ...off('index', this.rows.index.size, standing.length),
      ...windows.filter((one) => one !== windowText(this.window)).map((one) => `an old window: ${one}`),
      ...ours.filter((one) => !onwards.includes(one)).map((one) => `only ours: ${one}`),
      ...theirs.filter((one) => !ours.includes(one)).map((one) => `only theirs: ${one}`),
    ];
  }
  #theirs(window: Days, counts: typeof isShown): string[] {
    const { rooms, things } = this.remote;
    const shown = [...things.values()]
      .filter((thing) => rooms.has(thing.room) && counts(thing, window))
      .flatMap((thing) => [
        [thing.id, thing.text, thing.day, thing.off],
        ...partsWithin(thing, window).map(({ id, day }) => [id, '', day, []]),
      ]);
    const named = [...rooms.values()].map(({ id, name }) => [id, name, null, []]);
    return [...named, ...shown].map((one) => JSON.stringify(one));
  }
}
