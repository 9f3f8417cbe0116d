import type { ItemAnswer, RemotePage, RemoteWrite, Source } from '../../shared/engine/ports.ts';
import type { Media } from '../../shared/engine/remote-ports.ts';
import { ConflictError, GoneError, RejectedError, TransientError } from '../../shared/errors.ts';
import { fieldsSchema, type Fields } from '../../shared/lib/json.ts';
import { z } from 'zod';

interface Item {
  readonly id: string;
  folder: string;
  version: number;
  members: Fields;
  marks: Fields[];
  photo: Media | null;
}

export const DELETED = 'DELETED-ITEMS';
const marksSchema = z.array(fieldsSchema);

/** Contacts of one mailbox in memory, as Exchange keeps them: a deleted one lies in Deleted Items, a second delete is for good. */
export class FakeContacts implements Source {
  readonly items = new Map<string, Item>();
  readonly folders = new Set(['D', 'A']);
  /** What a patched `parentFolderId` does. */
  moveByPatch: 'ignored' | 'moves' | 'refused' = 'ignored';
  /** Whether lists are filtered by extended properties; else such a filter is refused. */
  filters = true;
  /** Whether a write that names a version is judged by it; else it is refused, whatever stands. */
  versions = true;
  /** Writes, and reads, in the order that they came. */
  readonly calls: string[] = [];
  /** Called around each write; throwing before it means that it never arrived, after it that its answer was lost. */
  around: (when: 'before' | 'after', write: RemoteWrite) => void = () => undefined;
  #next = 1;

  add(folder: string, members: Fields, more: Partial<Pick<Item, 'marks' | 'photo'>> = {}): Item {
    const item = { id: `G${this.#next++}`, folder, version: 1, members, marks: [], photo: null, ...more };
    this.items.set(item.id, item);
    return item;
  }

  /** Somebody else edits it. */
  edit(id: string, members: Fields): void {
    const item = this.#item(id);
    item.members = { ...item.members, ...members };
    item.version++;
  }

  in(folder: string): Item[] {
    return [...this.items.values()].filter((item) => item.folder === folder);
  }

  etag(id: string): string {
    return `W/"${this.#item(id).version}"`;
  }

  shown(item: Item): Fields {
    return {
      '@odata.etag': `W/"${item.version}"`,
      id: item.id,
      parentFolderId: item.folder,
      createdDateTime: '2026-01-01T00:00:00Z',
      changeKey: String(item.version),
      ...item.members,
    };
  }

  page(): Promise<RemotePage> {
    return Promise.reject(new Error('it has no pages'));
  }

  async get(path: string): Promise<unknown> {
    this.calls.push(`GET ${path.split('?')[0] ?? ''}`);
    const [, kind, id = ''] = /^\/me\/(contacts|contactFolders)\/([^/?]+)/.exec(path) ?? [];
    if (kind === 'contactFolders') {
      if (!this.folders.has(id)) throw new GoneError('no folder');
      return Promise.resolve({ id });
    }
    const item = this.#item(id);
    const marked = item.marks.length > 0 && path.includes('$expand');
    return Promise.resolve({ ...this.shown(item), ...(marked ? { singleValueExtendedProperties: item.marks } : {}) });
  }

  getMany(): Promise<ItemAnswer[]> {
    return Promise.reject(new Error('nobody reads many'));
  }

  async *list(path: string): AsyncGenerator<readonly unknown[]> {
    this.calls.push(`LIST ${path.split('?')[0] ?? ''}`);
    const folder = this.#folderOf(path);
    const value = /ep\/value eq '([^']+)'/.exec(decodeURIComponent(path))?.[1];
    yield await Promise.resolve([]);
    if (value === undefined) {
      yield this.in(folder).map((item) => ({ ...this.shown(item), singleValueExtendedProperties: item.marks }));
      return;
    }
    if (!this.filters) throw new RejectedError('no such filter');
    yield this.in(folder)
      .filter((item) => item.marks.some((mark) => mark['value'] === value))
      .map((item) => this.shown(item));
  }

  media(path: string): Promise<Media> {
    const { photo } = this.#item(/contacts\/([^/]+)\//.exec(path)?.[1] ?? '');
    return photo === null ? Promise.reject(new GoneError('no photo')) : Promise.resolve(photo);
  }

  async write(write: RemoteWrite): Promise<unknown> {
    this.calls.push(`${write.method} ${write.path}`);
    this.around('before', write);
    const answer = await Promise.resolve(this.#write(write));
    this.around('after', write);
    return answer;
  }

  #write({ method, path, body = {}, media, ifMatch }: RemoteWrite): unknown {
    const { parentFolderId, singleValueExtendedProperties = [], ...members } = body;
    if (method === 'POST') {
      const marks = marksSchema.parse(singleValueExtendedProperties);
      return this.shown(this.add(this.#folderOf(path), members, { marks }));
    }
    const item = this.#item(/contacts\/([^/]+)/.exec(path)?.[1] ?? '');
    if (ifMatch !== undefined && !(this.versions && ifMatch === this.etag(item.id)))
      throw new ConflictError('it changed');
    if (method === 'DELETE') {
      item.version++;
      if (item.folder === DELETED) this.items.delete(item.id);
      item.folder = DELETED;
      return null;
    }
    if (media !== undefined) {
      item.version++;
      item.photo = media;
      return null;
    }
    this.#move(item, parentFolderId);
    item.version++;
    const marks = marksSchema.parse(singleValueExtendedProperties);
    item.marks = [...item.marks.filter(({ id }) => !marks.some((mark) => mark['id'] === id)), ...marks];
    item.members = { ...item.members, ...members };
    return this.shown(item);
  }

  #move(item: Item, to: unknown): void {
    if (typeof to !== 'string' || this.moveByPatch === 'ignored') return;
    if (this.moveByPatch === 'refused') throw new RejectedError('it cannot be set');
    if (!this.folders.has(to)) throw new GoneError('no folder');
    item.folder = to;
  }

  #item(id: string): Item {
    const item = this.items.get(id);
    if (item === undefined) throw new GoneError('no contact');
    return item;
  }

  #folderOf(path: string): string {
    const folder = /^\/me\/contactFolders\/([^/]+)\/contacts/.exec(path)?.[1] ?? 'D';
    if (!this.folders.has(folder)) throw new GoneError('no folder');
    return folder;
  }
}

/** Loses the answer, or the call, of the write with this number. */
export function losing(mailbox: FakeContacts, number: number, when: 'before' | 'after'): void {
  let writes = 0;
  mailbox.around = (at) => {
    if (at === 'before') writes++;
    if (writes === number && at === when) throw new TransientError('lost');
  };
}
