import { z } from 'zod';
import type { FirstPage, ItemAnswer, RemotePage, RemoteWrite, Source } from '../../../shared/engine/ports.ts';
import { ConflictError, GoneError, RejectedError, TransientError } from '../../../shared/errors.ts';
import type { Fields, Json } from '../../../shared/lib/json.ts';

/** A card as the remote keeps it. */
export interface RemoteCard {
  readonly id: string;
  readonly folderId: string;
  readonly etag: string;
  readonly modifiedAt: string;
  readonly marker: string | null;
  readonly fields: Fields;
}

/** What becomes of a call: it has no effect, or its answer is lost, or it is refused for good. */
type Fault = 'down' | 'lost' | 'refused';

const body = z.record(z.string(), z.json());
const START = Date.UTC(2026, 2, 1, 12);

/**
 * The other side of the cards: folders with delta, etags that are checked, a marker that only single items and lists show.
 * It writes names its own way: without spaces around them.
 */
export class CardsRemote implements Source {
  readonly cards = new Map<string, RemoteCard>();
  /** Writes that had an effect. */
  readonly effects: string[] = [];
  readonly calls: string[] = [];
  readonly faults: Fault[] = [];
  readonly #journal: { readonly folderId: string; readonly id: string }[] = [];
  /** Pages show nothing that happened since; null = they show all. */
  lag: number | null = null;
  /** Called before each write: what others do meanwhile. */
  meanwhile: (() => Promise<void> | void) | null = null;
  /** Called before each answer to a write. */
  before: (() => Promise<void>) | null = null;
  #ticks = 0;

  get now(): number {
    return this.#journal.length;
  }

  /** Somebody makes a card. */
  make(folderId: string, fields: Fields, marker: string | null = null): RemoteCard {
    return this.#put({ id: `G${this.cards.size + 1}-${this.#ticks}`, folderId, marker, fields });
  }
  /** Somebody changes one. */
  edit(id: string, fields: Fields): RemoteCard {
    const card = this.#card(id);
    return this.#put({ ...card, fields: { ...card.fields, ...fields } });
  }
  /** Its version changes, and nothing else. */
  touch(id: string): RemoteCard {
    return this.#put(this.#card(id));
  }
  move(id: string, folderId: string): void {
    const card = this.#card(id);
    this.#journal.push({ folderId: card.folderId, id });
    this.#put({ ...card, folderId });
  }
  /** Nothing fails or is late any more. */
  heal(): void {
    this.faults.length = 0;
    this.lag = null;
    this.meanwhile = null;
  }
  remove(id: string): void {
    const { folderId } = this.#card(id);
    this.cards.delete(id);
    this.#journal.push({ folderId, id });
  }

  page(at: string | FirstPage): Promise<RemotePage> {
    const link = typeof at === 'string' ? at : at.path;
    this.calls.push(`page ${link}`);
    const [, folderId = '', since] = /^\/delta\/(\w+)(?:\/(\d+))?$/.exec(link) ?? [];
    const end = this.lag ?? this.#journal.length;
    const ids = new Set(
      this.#journal
        .slice(Number(since ?? 0), end)
        .filter((entry) => entry.folderId === folderId)
        .map(({ id }) => id),
    );
    const items = [...ids].flatMap((id) => {
      const card = this.cards.get(id);
      if (card?.folderId === folderId) return [shown(card, false)];
      // A first page tells what is there, not what was.
      return since === undefined ? [] : [{ id, removed: true }];
    });
    return Promise.resolve({ items, next: null, delta: `/delta/${folderId}/${end}` });
  }
  get(path: string): Promise<unknown> {
    this.calls.push(`get ${path}`);
    const [, id = ''] = /^\/cards\/(.+)$/.exec(path) ?? [];
    return Promise.resolve().then(() => shown(this.#card(id), true));
  }
  async getMany(paths: readonly string[]): Promise<ItemAnswer[]> {
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
    const [, what, value] = /^\/(ids|marked)\/(.+)$/.exec(path) ?? [];
    const cards = [...this.cards.values()].filter((card) => (what === 'ids' ? card.folderId : card.marker) === value);
    yield cards.map((card) => shown(card, true));
  }
  media(): Promise<never> {
    return Promise.reject(new Error('cards have no pictures'));
  }
  async write(write: RemoteWrite): Promise<unknown> {
    this.calls.push(`${write.method} ${write.path}`);
    const fault = this.faults.shift();
    if (fault === 'down') throw new TransientError('down');
    if (fault === 'refused') throw new RejectedError('no', { status: 400, remoteCode: 'ErrorNo', requestId: null });
    await this.meanwhile?.();
    const answer = this.#write(write);
    await this.before?.();
    if (fault === 'lost') throw new TransientError('lost');
    return answer;
  }

  #write({ method, path, body: raw, ifMatch }: RemoteWrite): unknown {
    const { marker = null, folderId = null, ...fields } = body.parse(raw ?? {});
    if (method === 'POST') {
      this.effects.push('POST');
      const { id } = this.make(z.string().parse(folderId), fields, typeof marker === 'string' ? marker : null);
      return shown(this.#card(id), true);
    }
    const card = this.#card(path.slice('/cards/'.length));
    if (ifMatch !== undefined && ifMatch !== card.etag) throw new ConflictError('changed');
    this.effects.push(method);
    if (method === 'DELETE') {
      this.remove(card.id);
      return null;
    }
    return shown(this.edit(card.id, fields), true);
  }

  #card(id: string): RemoteCard {
    const card = this.cards.get(id);
    if (card === undefined) throw new GoneError('gone');
    return card;
  }
  #put(card: Omit<RemoteCard, 'etag' | 'modifiedAt'>): RemoteCard {
    const tick = ++this.#ticks;
    const modifiedAt = new Date(START + tick * 1000).toISOString();
    const name: Json = card.fields['name'] ?? '';
    const fields = { ...card.fields, name: typeof name === 'string' ? name.trim() : name };
    const put = { ...card, fields, etag: `v${tick}`, modifiedAt };
    this.cards.set(card.id, put);
    this.#journal.push({ folderId: card.folderId, id: card.id });
    return put;
  }
}

const shown = ({ marker, fields, ...card }: RemoteCard, whole: boolean): Fields => ({
  ...card,
  ...fields,
  ...(whole ? { marker } : {}),
});
