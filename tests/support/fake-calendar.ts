import { z } from 'zod';
import type { ItemAnswer, RemotePage, RemoteWrite, Source } from '../../shared/engine/ports.ts';
import { ConflictError, GoneError, RejectedError, TransientError } from '../../shared/errors.ts';
import type { Fields } from '../../shared/lib/json.ts';

interface Item {
  readonly id: string;
  readonly calendar: string;
  readonly occurrence: boolean;
  version: number;
  members: Fields;
  deleted: boolean;
}

const answers: Readonly<Record<string, string>> = {
  accept: 'accepted',
  tentativelyAccept: 'tentativelyAccepted',
  decline: 'declined',
};
const status = z.object({ response: z.string() });
const zoned = z.object({ timeZone: z.string() });

/** Events of one mailbox in memory, as Exchange keeps them: a deleted one is found below no calendar. */
export class FakeCalendar implements Source {
  readonly items = new Map<string, Item>();
  readonly calendars = new Set(['A', 'B']);
  /** How often the organizer, or those who were asked to come, were told something. */
  readonly mails: string[] = [];
  readonly calls: string[] = [];
  /** A second POST with a known transactionId is refused instead of being answered with the event. */
  refusesKnownKeys = false;
  /** A known transactionId makes a second event, as it does once the service has forgotten it. */
  forgetsKeys = false;
  /** A list is not to be asked for some of its events. */
  refusesFilters = false;
  /** Called around each write; throwing before it means that it never arrived, after it that its answer was lost. */
  around: (when: 'before' | 'after', write: RemoteWrite) => void = () => undefined;
  #next = 1;

  add(members: Fields, more: Partial<Pick<Item, 'calendar' | 'occurrence'>> = {}): Item {
    const item = {
      ...{ id: `G${this.#next++}`, calendar: 'A', occurrence: false, version: 1, members, deleted: false },
      ...more,
    };
    this.items.set(item.id, item);
    return item;
  }

  /** Somebody else edits it. */
  edit(id: string, members: Fields): void {
    const item = this.#item(id);
    item.members = { ...item.members, ...members };
    item.version++;
  }

  get standing(): Item[] {
    return [...this.items.values()].filter(({ deleted }) => !deleted);
  }

  shown(item: Item): Fields {
    return { ...item.members, '@odata.etag': `W/"${item.version}"`, id: item.id };
  }

  page(): Promise<RemotePage> {
    return Promise.reject(new Error('it has no pages'));
  }

  async get(path: string): Promise<unknown> {
    this.calls.push(`GET ${path.split('?')[0] ?? ''}`);
    return Promise.resolve(this.shown(this.#below(path)));
  }

  getMany(): Promise<ItemAnswer[]> {
    return Promise.reject(new Error('nobody reads many'));
  }

  async *list(path: string): AsyncGenerator<readonly unknown[]> {
    this.calls.push(`LIST ${path.split('?')[0] ?? ''}`);
    // They are told of one event that is read itself, and of no other. [graph-facts 7.1]
    if (path.includes('cancelledOccurrences')) throw new RejectedError('not of a list');
    if (this.refusesFilters && path.includes('$filter=')) throw new RejectedError('no such filter');
    const calendar = this.#calendarOf(path);
    yield await Promise.resolve([]);
    yield this.standing.filter((item) => item.calendar === calendar).map((item) => this.shown(item));
  }

  media(): Promise<never> {
    return Promise.reject(new Error('events have no media'));
  }

  async write(write: RemoteWrite): Promise<unknown> {
    this.calls.push(`${write.method} ${write.path}`);
    this.around('before', write);
    const answer = await Promise.resolve(this.#write(write));
    this.around('after', write);
    return answer;
  }

  #write({ method, path, body = {}, ifMatch }: RemoteWrite): unknown {
    const action = /\/events\/[^/]+\/(\w+)$/.exec(path)?.[1];
    if (method === 'POST' && action === undefined) return this.#create(path, body);
    const item = this.#below(path);
    if (ifMatch !== undefined && ifMatch !== `W/"${item.version}"`) throw new ConflictError('it changed');
    item.version++;
    if (method === 'DELETE') {
      item.deleted = true;
      return null;
    }
    if (action !== undefined) return this.#act(item, action, body);
    const zone = zoned.safeParse(body['start']).data;
    const made = zone === undefined ? {} : { originalStartTimeZone: zone.timeZone };
    item.members = {
      ...item.members,
      ...body,
      ...made,
      ...(item.occurrence ? { type: 'exception', subject: 'S' } : {}),
    };
    return this.shown(item);
  }

  #create(path: string, body: Fields): unknown {
    const calendar = this.#calendarOf(path);
    const known = [...this.items.values()].find(({ members }) => members['transactionId'] === body['transactionId']);
    if (known === undefined || this.forgetsKeys)
      return this.shown(this.add({ type: 'singleInstance', ...body }, { calendar }));
    if (this.refusesKnownKeys) throw new ConflictError('the transactionId is known');
    return this.shown(known);
  }

  #act(item: Item, action: string, body: Fields): null {
    if (action === 'cancel') {
      if (item.members['isOrganizer'] === false) throw new RejectedError('You need to be an organizer');
      this.mails.push(`cancel ${typeof body['comment'] === 'string' ? body['comment'] : ''}`);
      item.deleted = true;
      return null;
    }
    const response = answers[action] ?? '';
    if (body['sendResponse'] === false && (body['comment'] ?? '') !== '')
      throw new RejectedError("'SendResponse' must be true when 'Comment' is not null.");
    item.members = { ...item.members, responseStatus: { response, time: '2026-01-01T00:00:00Z' } };
    if (body['sendResponse'] !== false) this.mails.push(`${action} ${JSON.stringify(body['comment'] ?? null)}`);
    if (action === 'decline') item.deleted = true;
    return null;
  }

  response(id: string): string {
    return status.parse(this.#item(id).members['responseStatus']).response;
  }

  #calendarOf(path: string): string {
    const calendar = /\/calendars\/([^/]+)\//.exec(path)?.[1] ?? 'A';
    if (!this.calendars.has(calendar)) throw new GoneError('no calendar');
    return calendar;
  }

  #below(path: string): Item {
    const item = this.#item(/\/events\/([^/?]+)/.exec(path)?.[1] ?? '');
    if (item.deleted || item.calendar !== this.#calendarOf(path)) throw new GoneError('not in this calendar');
    return item;
  }

  #item(id: string): Item {
    const item = this.items.get(id);
    if (item === undefined) throw new GoneError('no event');
    return item;
  }
}

/** Write number `number` fails, before or after it has its effect. */
export function losing(mailbox: FakeCalendar, number: number, at: 'before' | 'after'): void {
  let count = 0;
  mailbox.around = (when) => {
    if (when === 'before') count++;
    if (when === at && count === number) throw new TransientError('lost');
  };
}
