import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => (value === undefined || value === '' ? null : value));
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const time = z.object({ dateTime: z.string(), timeZone: z.string() });
const person = z.object({ emailAddress: z.object({ address: text, name: text }) });

/** An event as the tenant holds it, in Graph's words: what the application is shown of it. Times are in UTC. */
const tenantEvent = z.object({
  id: z.string(),
  calendarId: z.string(),
  type: z.string(),
  seriesMasterId: text,
  subject: text,
  bodyPreview: text,
  start: time,
  end: time,
  isAllDay: z.boolean(),
  originalStart: text,
  importance: z.string(),
  sensitivity: z.string(),
  showAs: z.string(),
  categories: texts,
  location: z.object({ displayName: text }).nullish(),
  attendees: z.array(person.extend({ type: z.string(), status: z.object({ response: z.string() }) })),
  organizer: person.nullish(),
  isOrganizer: z.boolean(),
  responseStatus: z.object({ response: z.string() }),
  isReminderOn: z.boolean(),
  reminderMinutesBeforeStart: z.number(),
  isCancelled: z.boolean(),
  cancelledOccurrences: texts,
});
export type TenantEvent = z.output<typeof tenantEvent>;

const snapshotShape = z.object({
  calendars: z.array(z.object({ id: z.string(), name: z.string(), isDefault: z.boolean() })),
  /** Single events and masters. */
  events: z.array(tenantEvent),
  /** What stands in the window: single events, occurrences and exceptions. */
  instances: z.array(tenantEvent),
});
export type Snapshot = z.output<typeof snapshotShape>;

/** Members of an event that the tests write, in Graph's words. */
export type TenantFields = Readonly<Record<string, unknown>>;

const made = z.array(z.object({ id: z.string() })).min(1);
const madeCalendar = z.object({ id: z.string() });

/** A person who keeps a calendar in Outlook: what they do reaches the tenant at once, and is no write of ours. */
export class OutlookCalendar {
  readonly #user: (method: string, path: string, body?: unknown) => Promise<unknown>;

  /** `user` calls the tenant's control below the person. */
  constructor(user: (method: string, path: string, body?: unknown) => Promise<unknown>) {
    this.#user = user;
  }

  /** Writes an event down; answers its immutable id. Without a calendar (id or name) it is the default one. */
  async create(members: TenantFields, calendar?: string): Promise<string> {
    const body = { ...members, ...(calendar === undefined ? {} : { calendar }) };
    return made.parse(await this.#user('POST', '/events', body))[0]?.id ?? '';
  }

  /** Changes an event or a series; by an id of its own, or with a `date`, one occurrence. False = it is not there any more. */
  patch(id: string, members: TenantFields, date?: string): Promise<boolean> {
    return this.#do('PATCH', pathOf(id, '', date), members);
  }

  /** False = it was not there any more, as below. */
  remove(id: string, date?: string): Promise<boolean> {
    return this.#do('DELETE', pathOf(id, '', date));
  }

  /** To another calendar, by its id or name. */
  move(id: string, calendar: string): Promise<boolean> {
    return this.#do('POST', pathOf(id, '/move'), { calendar });
  }

  /** Somebody from outside who was asked to come answers. */
  answer(id: string, attendee: string, response: string): Promise<boolean> {
    return this.#do('POST', pathOf(id, '/respond'), { attendee, response });
  }

  async makeCalendar(name: string): Promise<string> {
    return madeCalendar.parse(await this.#user('POST', '/calendars', { name })).id;
  }

  async #do(method: string, path: string, body?: unknown): Promise<boolean> {
    try {
      await this.#user(method, path, body);
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.includes(' answered 404')) return false;
      throw error;
    }
  }

  /** The truth; `window` as a cursor has it: a day and another, the end exclusive. */
  async snapshot(window: string): Promise<Snapshot> {
    const [from = '', to = ''] = window.split('/');
    return snapshotShape.parse(await this.#user('GET', `/events?from=${from}T00:00:00Z&to=${to}T00:00:00Z`));
  }
}

const pathOf = (id: string, action: string, date?: string): string =>
  `/events/${encodeURIComponent(id)}${action}${date === undefined ? '' : `?date=${date.slice(0, 10)}`}`;
