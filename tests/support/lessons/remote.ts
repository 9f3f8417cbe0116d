import { z } from 'zod';
import type { FirstPage, ItemAnswer, RemotePage, RemoteWrite, Source } from '../../../shared/engine/ports.ts';
import {
  ConflictError,
  GoneError,
  RejectedError,
  ResyncRequiredError,
  TransientError,
} from '../../../shared/errors.ts';
import { fieldsSchema as fieldsOf, type Fields } from '../../../shared/lib/json.ts';
import {
  chopped,
  isShown,
  shownPart,
  shownRoom,
  shownThing,
  shownWithin,
  type Alone,
  type Room,
  type Thing,
} from './shown.ts';

const body = z.object({
  room: z.string().optional(),
  marker: z.string().optional(),
  text: z.string().optional(),
  day: z.number().nullish(),
  days: z.array(z.number()).optional(),
});
type Body = z.output<typeof body>;
const START = Date.UTC(2026, 2, 1, 12);

const hidden = (item: Fields): Fields =>
  item['type'] === 'head'
    ? { ...Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'off')), unclear: true }
    : item;

/**
 * The other side of the lessons: rooms in a plain list, and in each room single lessons and series of them, by a delta over a
 * window of days. A series that changes is sent again as a whole; what is no longer of it is not mentioned.
 */
export class LessonsRemote implements Source {
  readonly rooms = new Map<string, Room>();
  readonly things = new Map<string, Thing>();
  /** Writes that had an effect. */
  readonly effects: string[] = [];
  readonly calls: string[] = [];
  /** What becomes of the next writes: they have no effect, their answers are lost, or they are refused for good. */
  readonly faults: ('down' | 'lost' | 'refused')[] = [];
  readonly #journal: { readonly room: string; readonly id: string }[] = [];
  readonly #pages = new Map<string, RemotePage>();
  /** Rooms, and items of a delta, on one page; a series stays on one unless `harsh`. */
  perPage = 1000;
  harsh = false;
  /** Series are shown with their head after its parts. */
  headLast = false;
  /** Neither pages nor answers to writes show which slots of a series are empty: that the series itself tells alone. */
  unclear = false;
  /** No delta link is known any more. */
  forgetful = false;
  /** Called before each answer to a write. */
  before: (() => Promise<void>) | null = null;
  #ticks = 0;

  makeRoom(id: string, name = id): void {
    this.rooms.set(id, { id, name, etag: `r${++this.#ticks}` });
  }
  makeSingle(room: string, day: number, text: string): string {
    return this.#put({ ...this.#born(room, null), day, text }).id;
  }
  makeSeries(room: string, days: readonly number[], text: string, marker: string | null = null): string {
    return this.#put({ ...this.#born(room, marker), days, text }).id;
  }
  edit(id: string, { text, day, days }: Body): Thing {
    const thing = this.#thing(id);
    const moved = thing.days === null ? { day: day ?? thing.day } : days === undefined ? {} : this.#shifted(days);
    return this.#put({ ...thing, ...moved, ...(text === undefined ? {} : { text }) });
  }
  /** One lesson of a series is no more; nothing but the series itself tells. */
  drop(id: string, day: number): void {
    const thing = this.#thing(id);
    this.#put({ ...thing, days: (thing.days ?? []).filter((one) => one !== day) });
  }
  /** One lesson of a series is deleted by itself: the series lists it. */
  deleteOne(id: string, slot: number): void {
    const thing = this.#thing(id);
    const alone = new Map([...thing.alone].filter(([one]) => one !== slot));
    this.#put({ ...thing, alone, off: [...new Set([...thing.off, String(slot)])].toSorted() });
  }
  /** It takes place after all. */
  restoreOne(id: string, slot: number): void {
    const thing = this.#thing(id);
    this.#put({ ...thing, off: thing.off.filter((one) => one !== String(slot)) });
  }
  /** One lesson of a series is moved by itself, which makes it anew; to its own day: it is one like any other again. */
  moveOne(id: string, slot: number, day: number): Thing {
    const thing = this.#thing(id);
    const alone = new Map([...thing.alone].filter(([one]) => one !== slot));
    const tick = ++this.#ticks;
    if (day !== slot) alone.set(slot, { day, tick, modifiedAt: new Date(START + tick * 1000).toISOString() });
    return this.#put({ ...thing, alone });
  }
  /** The series is sent again, as after a change that nobody sees. */
  touch(id: string): void {
    const thing = this.#thing(id);
    this.#journal.push({ room: thing.room, id });
  }
  remove(id: string): void {
    this.#journal.push({ room: this.#thing(id).room, id });
    this.things.delete(id);
  }

  async page(at: string | FirstPage): Promise<RemotePage> {
    const link = typeof at === 'string' ? at : at.path;
    this.calls.push(`page ${link}`);
    await Promise.resolve();
    const kept = this.#pages.get(link);
    if (kept !== undefined) return kept;
    if (link === '/rooms') return this.#keep([...this.rooms.values()].map(shownRoom), null);
    const [, room = '', from, to, since] = /^\/lessons\/(\w+)\/(-?\d+)\/(-?\d+)(?:\/(\d+))?$/.exec(link) ?? [];
    if (!this.rooms.has(room)) throw new GoneError('no such room');
    if (since !== undefined && this.forgetful)
      throw new ResyncRequiredError('too old', { status: 410, remoteCode: 'syncStateNotFound', requestId: null });
    const items = this.#changed(room, { from: Number(from), to: Number(to) }, since);
    return this.#keep(items, `/lessons/${room}/${from ?? ''}/${to ?? ''}/${this.#journal.length}`);
  }
  get(path: string): Promise<unknown> {
    this.calls.push(`get ${path}`);
    return Promise.resolve().then(() => this.#read(path));
  }
  getMany(paths: readonly string[]): Promise<ItemAnswer[]> {
    return Promise.all(
      paths.map(async (path): Promise<ItemAnswer> => {
        try {
          return { outcome: 'found', raw: await this.get(path) };
        } catch (error) {
          if (!(error instanceof GoneError)) throw error;
          return { outcome: 'gone' };
        }
      }),
    );
  }
  async *list(path: string): AsyncGenerator<readonly unknown[]> {
    this.calls.push(`list ${path}`);
    await Promise.resolve();
    const marker = path.slice('/marked/'.length);
    yield [...this.things.values()].filter((thing) => thing.marker === marker).map(shownThing);
  }
  media(): Promise<never> {
    return Promise.reject(new Error('lessons have no pictures'));
  }
  async write(write: RemoteWrite): Promise<unknown> {
    this.calls.push(`${write.method} ${write.path}`);
    const fault = this.faults.shift();
    if (fault === 'down') throw new TransientError('down');
    if (fault === 'refused') throw new RejectedError('not by you');
    const answer = this.#write(write);
    await this.before?.();
    if (fault === 'lost') throw new TransientError('lost');
    return answer;
  }

  #write({ method, path, body: raw, ifMatch }: RemoteWrite): unknown {
    const { room = '', marker = null, ...fields } = body.parse(raw ?? {});
    const { day = null, days, text = '' } = fields;
    if (method === 'POST') {
      this.effects.push('POST');
      if (days !== undefined && days.length > 0)
        return this.#read(`/lessons/${this.makeSeries(room, days, text, marker)}`);
      return shownThing(this.#put({ ...this.#born(room, marker), day: day ?? 0, text }));
    }
    const [head = '', , slot] = path.slice('/lessons/'.length).split('~');
    if (slot !== undefined) return this.#writePart(path, { head, slot: Number(slot), method, day, ifMatch });
    return this.#writeThing(this.#thing(head), { method, fields, ifMatch });
  }
  #writeThing(
    { id, etag }: Thing,
    { method, fields, ifMatch }: { method: RemoteWrite['method']; fields: Body; ifMatch: string | undefined },
  ): unknown {
    if (ifMatch !== undefined && ifMatch !== etag) throw new ConflictError('changed');
    this.effects.push(method);
    if (method !== 'DELETE') return this.#shown(shownThing(this.edit(id, fields)));
    this.remove(id);
    return null;
  }

  #writePart(
    path: string,
    write: Pick<RemoteWrite, 'method'> & {
      head: string;
      slot: number;
      day: number | null;
      ifMatch: string | undefined;
    },
  ): unknown {
    const { head, slot, method, day, ifMatch } = write;
    const now = fieldsOf.parse(this.#read(path));
    if (ifMatch !== undefined && ifMatch !== now['etag']) throw new ConflictError('changed');
    this.effects.push(method);
    if (method !== 'DELETE') return shownPart(this.moveOne(head, slot, day ?? Number(now['day'])), slot);
    this.deleteOne(head, slot);
    return null;
  }
  #changed(room: string, window: { readonly from: number; readonly to: number }, since: string | undefined): Fields[] {
    const ids = new Set(
      this.#journal.slice(Number(since ?? 0)).flatMap((entry) => (entry.room === room ? [entry.id] : [])),
    );
    return [...ids].flatMap((id) => {
      const thing = this.things.get(id);
      if (thing !== undefined && isShown(thing, window))
        return shownWithin(thing, window, this.headLast).map(this.#shown);
      // A first page tells what is there, not what was.
      return since === undefined ? [] : [{ id, removed: true }];
    });
  }
  readonly #shown = (item: Fields): Fields => (this.unclear ? hidden(item) : item);
  #keep(items: readonly Fields[], delta: string | null): RemotePage {
    const pages = chopped(items, this.perPage, this.harsh);
    const round = `${this.#journal.length}.${this.#ticks}.${this.#pages.size}`;
    const all = pages.map((page, n): RemotePage => {
      const last = n === pages.length - 1;
      return { items: page, next: last ? null : `/next/${round}/${n + 1}`, delta: last ? delta : null };
    });
    for (const [n, page] of all.entries()) if (n > 0) this.#pages.set(`/next/${round}/${n}`, page);
    return all[0] ?? { items: [], next: null, delta };
  }
  #read(path: string): unknown {
    const [, what, id = ''] = /^\/(rooms|lessons)\/(.+)$/.exec(path) ?? [];
    const room = this.rooms.get(id);
    if (what === 'rooms' && room !== undefined) return shownRoom(room);
    const [head = '', , slot] = id.split('~');
    const thing = what === 'lessons' && this.rooms.has(this.#thing(head).room) ? this.#thing(head) : undefined;
    if (thing !== undefined && slot === undefined) return shownThing(thing);
    const part = thing === undefined ? null : shownPart(thing, Number(slot));
    // One that was made anew is not found by its former name.
    if (part?.['id'] !== id) throw new GoneError('gone');
    return part;
  }
  #shifted = (days: readonly number[]): Partial<Thing> => ({
    ...{ days, version: ++this.#ticks, off: [], alone: new Map() },
  });
  #born(room: string, marker: string | null): Omit<Thing, 'etag' | 'modifiedAt'> {
    const none = { day: null, days: null, text: '', off: [], alone: new Map<number, Alone>() };
    return { id: `G${++this.#ticks}`, room, marker, version: 0, ...none };
  }
  #thing(id: string): Thing {
    const thing = this.things.get(id);
    if (thing === undefined) throw new GoneError('gone');
    return thing;
  }
  #put(thing: Omit<Thing, 'etag' | 'modifiedAt'>): Thing {
    const tick = ++this.#ticks;
    const put = { ...thing, etag: `v${tick}`, modifiedAt: new Date(START + tick * 1000).toISOString() };
    this.things.set(put.id, put);
    this.#journal.push({ room: put.room, id: put.id });
    return put;
  }
}
