import { z } from 'zod';
import { Lab, text } from './support.ts';
import type { Answer, Item } from './support.ts';

export const ADA = 'ada.lovelace@contoso.example';
export const BOB = 'bob@contoso.example';
export const WINDOW = 'startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z';
const SCOPES = [
  'Calendars.ReadWrite',
  'Calendars.ReadWrite.Shared',
  'MailboxSettings.ReadWrite',
  'Mail.Read',
  'User.Read',
];

type Sent = { body?: unknown; headers?: Record<string, string> };

/** Somebody signed in. Ids are immutable, times UTC, unless a request says otherwise. */
export class Person {
  readonly upn: string;
  private readonly lab: Lab;
  private readonly token: string;

  constructor(lab: Lab, upn: string, token: string) {
    this.lab = lab;
    this.upn = upn;
    this.token = token;
  }

  send(method: string, path: string, { body, headers }: Sent = {}): Promise<Answer> {
    const prefer = 'IdType="ImmutableId", odata.maxpagesize=100';
    const all = { authorization: `Bearer ${this.token}`, prefer, ...headers };
    return this.lab.graph(method, path, { ...(body === undefined ? {} : { body }), headers: all });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, { headers });
  }

  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.send('POST', path, { body });
  }

  patch(id: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('PATCH', `/me/events/${id}`, { body, headers });
  }

  /** A new event; its id. */
  async add(fields: object = {}): Promise<string> {
    const made = await this.post('/me/events', { ...meeting(), ...fields });
    if (made.status !== 201) throw new Error(made.text);
    return made.at('id');
  }

  /** All of a list, over its pages. */
  async all(path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const page: Answer = await this.get(next);
      if (page.status !== 200) throw new Error(page.text);
      items.push(...page.value);
      next = page.link('nextLink');
    }
    return items;
  }

  /** A round of delta to its deltaLink: what each page held, and the link. */
  async round(
    start: string,
    headers: Record<string, string> = {},
  ): Promise<{ pages: Item[][]; items: Item[]; link: string }> {
    const pages: Item[][] = [];
    for (let next = start; pages.length < 500;) {
      const page = await this.get(next, headers);
      if (page.status !== 200) throw new Error(page.text);
      pages.push(page.value);
      const done = page.link('deltaLink');
      if (done !== undefined) return { pages, items: pages.flat(), link: done };
      next = page.link('nextLink') ?? '';
    }
    throw new Error('the round does not end');
  }

  /** The calendar view of November 2026. */
  view(): Promise<Item[]> {
    return this.all(`/me/calendarView?${WINDOW}&$top=100`);
  }
}

/** A tenant with two people and nothing in their calendars; it is the morning of November 20, 2026. */
export class CalendarLab {
  readonly lab: Lab;
  readonly ada: Person;
  readonly bob: Person;

  private constructor(lab: Lab, ada: Person, bob: Person) {
    this.lab = lab;
    this.ada = ada;
    this.bob = bob;
  }

  static async start(): Promise<CalendarLab> {
    const lab = await Lab.start();
    await lab.control('POST', '/users', { userPrincipalName: BOB, displayName: 'Bob' });
    const person = async (upn: string): Promise<Person> =>
      new Person(lab, upn, await lab.tokenFor({ upn, scopes: SCOPES }));
    return new CalendarLab(lab, await person(ADA), await person(BOB));
  }

  close(): Promise<void> {
    return this.lab.server.close();
  }

  async as(upn: string, scopes: readonly string[]): Promise<Person> {
    return new Person(this.lab, upn, await this.lab.tokenFor({ upn, scopes }));
  }

  settings(calendar: object): Promise<Answer> {
    return this.lab.settings({ calendar });
  }

  /** An event by control; its id. */
  async put(upn: string, fields: object): Promise<string> {
    const made = await this.lab.control('POST', `/users/${upn}/events`, { ...meeting(), ...fields });
    return text(made.items[0], 'id');
  }
}

export const at = (dateTime: string, timeZone = 'W. Europe Standard Time'): { dateTime: string; timeZone: string } => ({
  dateTime,
  timeZone,
});

/** An hour on November 24. */
export const meeting = (): object => ({
  subject: 'Review',
  start: at('2026-11-24T10:00:00'),
  end: at('2026-11-24T11:00:00'),
});

/** A series from November 2 on: every weekday at nine, in Berlin. */
export const daily = (fields: object = {}, range: object = { type: 'noEnd' }): object => ({
  subject: 'Stand-up',
  start: at('2026-11-02T09:00:00'),
  end: at('2026-11-02T09:15:00'),
  recurrence: { pattern: { type: 'daily', interval: 1 }, range: { startDate: '2026-11-02', ...range } },
  ...fields,
});

export const invited = (...addresses: string[]): object => ({
  attendees: addresses.map((address) => ({ type: 'required', emailAddress: { address } })),
});

/** `dateTime` of a start or end. */
export const timeOf = (item: Item | undefined, name: 'start' | 'end' = 'start'): string =>
  z.object({ dateTime: z.string() }).parse(item?.[name]).dateTime.slice(0, 19);

export const starts = (items: readonly Item[]): string[] => items.map((item) => timeOf(item));

/** The occurrence whose original start is on that day. */
export function onDay(items: readonly Item[], date: string): string {
  const found = items.find((item) => String(item['originalStart']).startsWith(date));
  return text(found, 'id');
}
