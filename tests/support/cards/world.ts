import { startBudget } from '../../../shared/engine/budget.ts';
import type { Domain } from '../../../shared/engine/domain.ts';
import { newHead } from '../../../shared/engine/head.ts';
import {
  updateOf,
  writeLocally,
  type Intent,
  type LocalRows,
  type LocalWritten,
} from '../../../shared/engine/local-write.ts';
import type { Change, EngineRecord } from '../../../shared/engine/model.ts';
import type { EnginePorts, PartitionStore, Source } from '../../../shared/engine/ports.ts';
import { runPush, type PushResult } from '../../../shared/engine/push.ts';
import { runSync, type SyncOutcome } from '../../../shared/engine/runner.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { MemoryWake } from '../memory-partitions.ts';
import { MemoryRows } from '../memory-rows.ts';
import { HandClock } from '../store.ts';
import { cardsDomain } from './domain.ts';
import { CardsRemote } from './remote.ts';

const scope = { connectionId: 'c', domain: 'cards' };

/** The engine over cards: the store in memory (or another one), a remote that answers at once, a clock that stands. */
export class CardsWorld {
  readonly rows = new MemoryRows();
  readonly remote = new CardsRemote();
  readonly clock = new HandClock();
  readonly ports: EnginePorts;
  readonly domain: Domain;
  #workers = 0;

  constructor(more: Partial<Domain> = {}) {
    this.domain = cardsDomain(more);
    this.ports = this.portsOver(this.rows);
  }

  portsOver(store: PartitionStore): EnginePorts {
    const { clock } = this;
    return { store, clock, wake: new MemoryWake(clock), random: systemRandom, log: silentLog };
  }

  /** With the first sync done. */
  static async open(more: Partial<Domain> = {}): Promise<CardsWorld> {
    const world = new CardsWorld(more);
    await world.rows.createHead(scope, newHead());
    await world.sync();
    return world;
  }

  sync(ports = this.ports, source: Source = this.remote): Promise<SyncOutcome> {
    return runSync(ports, {
      scope,
      domain: this.domain,
      settings: { leaseMs: 60_000, pageSize: 50, turnPages: 20, guardPercent: 50, guardMinimum: 5 },
      budget: startBudget(this.clock, { ms: 60_000, pages: 100 }),
      cause: 'poll',
      continues: false,
      owner: `w${++this.#workers}`,
      cover: null,
      open: () => Promise.resolve({ source, settings: null }),
      conclude: (status) => ({ status, feed: [] }),
    });
  }
  push(ports = this.ports, source: Source = this.remote): Promise<PushResult> {
    return runPush(ports, {
      scope,
      domain: this.domain,
      owner: `w${++this.#workers}`,
      claimMs: 60_000,
      budget: startBudget(this.clock, { ms: 60_000, pages: 100 }),
      open: () => Promise.resolve(source),
      backoffMs: () => 30_000,
    });
  }
  /** A later push, after all waits. */
  async pushLater(): Promise<PushResult> {
    this.clock.move(3_600_000);
    return this.push();
  }

  intend(intend: (rows: LocalRows) => Promise<Intent | null>): Promise<LocalWritten | null> {
    return writeLocally(this.ports, this.domain, scope, { intend });
  }
  async create(fields: Fields, more: { readonly alone?: boolean } = {}): Promise<string> {
    const intent: Intent = { type: 'create', kind: 'card', action: 'create', fields, stream: 'A', ...more };
    const written = await this.intend(() => Promise.resolve(intent));
    return written?.record.id ?? '';
  }
  update(id: string, fields: Fields): Promise<LocalWritten | null> {
    return this.intend(updateOf(id, 'update', fields));
  }
  remove(id: string): Promise<LocalWritten | null> {
    return this.intend(async (rows) => {
      const record = await rows.record(id);
      return record === null ? null : { type: 'delete', record, action: 'delete' };
    });
  }
  /** A card that both sides know: made by somebody, read by us. */
  async known(fields: Fields): Promise<{ readonly id: string; readonly graphId: string }> {
    const { id: graphId } = this.remote.make('A', fields);
    await this.sync();
    const record = this.records().find((one) => one.graphId === graphId);
    return { id: record?.id ?? '', graphId };
  }

  records(): EngineRecord[] {
    return [...this.rows.records.values()];
  }
  record(id: string): EngineRecord | undefined {
    return this.rows.records.get(id);
  }
  /** What lists show. */
  listed(): Fields[] {
    return [...this.rows.index.values()].map(({ item }) => item);
  }
  /** Types and causes of the feed, without baselines. */
  told(): string[] {
    return this.feed().map(({ type, cause }) => `${type} ${cause}`);
  }
  feed(): Change[] {
    return this.rows.changes.filter(({ type }) => type.startsWith('card.'));
  }
  /** Nothing waits, counts are right, and both sides hold the same. */
  faults(): string[] {
    const { head } = this.rows.head ?? { head: newHead() };
    const records = this.records();
    const standing = records.filter(({ leaving }) => leaving === undefined);
    const counted = [...this.rows.cursors.values()].reduce((sum, cursor) => sum + cursor.records, 0);
    const remote = [...this.remote.cards.values()].map(({ id, fields, folderId }) =>
      JSON.stringify([id, folderId, fields['name'], fields['mails'] ?? []]),
    );
    const ours = standing.map(({ graphId, fields }) =>
      JSON.stringify([graphId, fields['folderId'], fields['name'], fields['mails']]),
    );
    const off = (what: string, is: number, should: number): string[] =>
      is === should ? [] : [`${what}: ${is} instead of ${should}`];
    return [
      ...off('records', head.counts.records, standing.length),
      ...off('leaving', head.counts.leaving ?? 0, records.length - standing.length),
      ...off('streams', counted, standing.length),
      ...off('remotes', head.counts.remotes, this.rows.remotes.size),
      ...off('hints', head.counts.hints, this.rows.hints.size),
      ...off('outbox', head.counts.outbox, this.rows.outbox.size),
      ...off('index', this.rows.index.size, standing.length),
      ...ours.filter((one) => !remote.includes(one)).map((one) => `only ours: ${one}`),
      ...remote.filter((one) => !ours.includes(one)).map((one) => `only theirs: ${one}`),
    ];
  }
}
