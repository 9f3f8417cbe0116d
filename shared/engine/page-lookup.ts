import type { Earlier } from './brought.ts';
import type { DecodedItem } from './decode-items.ts';
import type { Kind } from './domain.ts';
import type { EffectContext } from './effects.ts';
import { besideItems, groupOfItem, noGroups, readGroups, type Groups } from './groups.ts';
import { findRecords } from './lookup.ts';
import type { EngineRecord } from './model.ts';
import type { Session } from './session.ts';

/** Items whose records are looked up at once where no item needs more than its own. */
const AT_ONCE = 32;

/** What is looked up for a page. */
export interface LookedUpPage {
  readonly kind: Kind;
  readonly stream: string;
  readonly decoded: readonly DecodedItem[];
  /** Of a page of a round that brings whole groups. */
  readonly earlier?: Earlier;
}

/** What was looked up for an item. */
export interface Known {
  readonly records: ReadonlyMap<string, EngineRecord>;
  readonly groups: Groups;
}

/**
 * Looks up the records of a page once, and again only after the fence was lost: in the order of the items, so that the first of
 * them are committed while the next ones are looked up. What is of a group is known with the whole page alone.
 */
export class PageLookup {
  readonly #session: Session;
  readonly #page: LookedUpPage;
  /** Items whose records are looked up at once: all, where already the first must wait for all. */
  readonly #atOnce: number;
  #epoch = -1;
  #records = new Map<string, EngineRecord>();
  #read: readonly Promise<void>[] = [];
  #groups: Promise<Groups> | null = null;

  constructor(session: Session, page: LookedUpPage) {
    this.#session = session;
    this.#page = page;
    const [first] = page.decoded;
    this.#atOnce = first !== undefined && this.#isGrouped(first) ? Math.max(1, page.decoded.length) : AT_ONCE;
  }

  /** What is to be known for the item at this place. */
  async of(context: EffectContext, index: number): Promise<Known> {
    this.#begin();
    await this.#read[Math.floor(index / this.#atOnce)];
    const item = this.#page.decoded[index];
    const single = item === undefined || !this.#isGrouped(item);
    return single ? { records: this.#records, groups: noGroups } : this.whole(context);
  }

  /** What is to be known for all of them. */
  async whole(context: EffectContext): Promise<Known> {
    this.#begin();
    await this.#read.at(-1);
    const records = this.#records;
    this.#groups ??= readGroups(this.#session, context, {
      ...this.#page,
      earlier: this.#page.earlier ?? null,
      records,
    });
    return { records, groups: await this.#groups };
  }

  #isGrouped(item: DecodedItem): boolean {
    const { kind } = this.#page;
    if (item.type !== 'item' || kind.groupOf === undefined) return false;
    return (item.needs ?? null) !== null || groupOfItem(kind, item, this.#records.get(item.graphId)) !== null;
  }

  #begin(): void {
    const { epoch } = this.#session;
    if (this.#epoch === epoch) return;
    this.#epoch = epoch;
    this.#records = new Map();
    this.#groups = null;
    this.#read = this.#readAll(this.#records, epoch);
  }

  /** Each part begins when the one before is here; what was begun before the fence was lost is not gone on with. */
  #readAll(into: Map<string, EngineRecord>, epoch: number): readonly Promise<void>[] {
    const { kind, decoded } = this.#page;
    const graphIds = decoded.map((item) => (item.type === 'bad' ? [] : [item.graphId]));
    const parts: string[][] = [];
    for (let at = 0; at < graphIds.length; at += this.#atOnce) parts.push(graphIds.slice(at, at + this.#atOnce).flat());
    const brought = new Set(graphIds.flat());
    const beside = besideItems(kind, decoded).filter((graphId) => !brought.has(graphId));
    parts.push([...(parts.pop() ?? []), ...beside]);
    let before = Promise.resolve();
    return parts.map((ids) => {
      before = before.then(async () => {
        if (ids.length === 0 || this.#session.epoch !== epoch) return;
        for (const [graphId, record] of await findRecords(this.#session, ids)) into.set(graphId, record);
      });
      // Its failure is met where the records are needed; a commit that fails first must not leave it unhandled.
      before.catch(() => undefined);
      return before;
    });
  }
}
