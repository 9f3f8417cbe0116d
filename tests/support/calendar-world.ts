import { z } from 'zod';
import { timesOf } from '../../shared/domains/calendar/event-fields.ts';
import { joinEvent, readMasters } from '../../shared/domains/calendar/join.ts';
import { eventLists, seriesList, type EventFilters, type EventList } from '../../shared/domains/calendar/queries.ts';
import { readEvent } from '../../shared/domains/calendar/read-event.ts';
import type { EngineRecord, IndexEntry } from '../../shared/engine/model.ts';
import type { IndexPage } from '../../shared/engine/ports.ts';
import { changeConnection } from '../../shared/jobs/change-connection.ts';
import { fieldsSchema, type Fields, type Json } from '../../shared/lib/json.ts';
import { domainSides, type DomainSides } from './domain-sides.ts';
import { startWorld, type SyncWorld, type WorldOptions } from './sync-world.ts';

const identified = z.object({ id: z.string() });
const snapshot = z.object({
  calendars: z.array(fieldsSchema),
  events: z.array(fieldsSchema),
  instances: z.array(fieldsSchema),
});
const DAY_MS = 86_400_000;

/** A world whose connection syncs its calendar, and the short ways to both sides. Begins synced. */
export interface CalendarWorld extends DomainSides {
  readonly world: SyncWorld;
  readonly scope: { readonly connectionId: string; readonly domain: 'calendar' };
  /** `2026-03-02T09:00:00`: so many days from today, at this time. */
  day(days: number, time?: string): string;
  /** An event that somebody makes in Outlook; its id. */
  arrive(members: Fields): Promise<string>;
  edit(id: string, members: Fields, date?: string): Promise<void>;
  remove(id: string, date?: string): Promise<void>;
  /** A calendar that somebody makes in Outlook; its id. */
  calendar(name: string): Promise<string>;
  settings(settings: Fields): Promise<void>;
  /** What takes place, joined; so many days around today. */
  ours(filters?: EventFilters): Promise<Fields[]>;
  series(): Promise<Fields[]>;
  record(id: Json | undefined): Promise<EngineRecord>;
  update(id: Json | undefined, fields: Fields, action?: string): Promise<EngineRecord>;
  /** Both sides event by event, from a week ago to a month ahead; what differs. */
  differences(calendars?: readonly string[]): Promise<string[]>;
  readonly main: string;
}

/** Opens one; `ways` are the local tenant's ways with calendars. */
export async function startCalendarWorld(
  options: WorldOptions & { readonly ways?: Fields; readonly before?: (world: SyncWorld) => Promise<void> } = {},
): Promise<CalendarWorld> {
  const world = await startWorld({ messages: 0, folders: 0, domains: ['calendar'], ...options });
  const scope = { connectionId: world.connectionId, domain: 'calendar' } as const;
  const { app } = world;
  if (options.ways !== undefined) await world.control('PATCH', '/settings', { calendar: options.ways });
  await options.before?.(world);
  const today = Math.floor(world.clock.now().getTime() / DAY_MS) * DAY_MS;
  const day = (days: number, time = '09:00:00'): string =>
    `${new Date(today + days * DAY_MS).toISOString().slice(0, 10)}T${time}`;
  const range = { from: new Date(`${day(-7, '00:00:00')}Z`), to: new Date(`${day(30, '00:00:00')}Z`) };
  const theirs = async (): Promise<z.output<typeof snapshot>> =>
    snapshot.parse(await world.user('GET', `/events?from=${range.from.toISOString()}&to=${range.to.toISOString()}`));
  const list = async ({ query, rows, keep }: EventList): Promise<Fields[]> => {
    const entries: IndexEntry[] = [];
    for (let after: string | null = null; ;) {
      const page: IndexPage = await app.store.list(scope, { ...query, limit: 500, after });
      entries.push(...page.entries.filter(rows));
      if (page.next === null) break;
      after = page.next;
    }
    const items = entries.map(({ item }) => item);
    const masters = await readMasters(app.store, scope, items);
    return items.map((item) => joinEvent(item, masters)).filter(keep);
  };
  const ours = async (filters: EventFilters = range): Promise<Fields[]> =>
    (await Promise.all(eventLists(filters).map(list))).flat();
  const record = async (id: Json | undefined): Promise<EngineRecord> => {
    const key = typeof id === 'string' ? id : '';
    const found = (await app.store.readRecords(scope, [key])).get(key);
    if (found === undefined) throw new Error(`there is no record ${key}`);
    return found;
  };
  const sides = domainSides(world, 'calendar');
  const dated = (date: string | undefined): string => (date === undefined ? '' : `?date=${date.slice(0, 10)}`);
  const { calendars } = await theirs();
  const self: CalendarWorld = {
    ...sides,
    ...{
      world,
      scope,
      day,
      ours,
      record,
      main: textOf(calendars.find((one) => one['isDefault'] === true)?.['id']),
    },
    arrive: async (members) => z.array(identified).parse(await world.user('POST', '/events', members))[0]?.id ?? '',
    edit: async (id, members, date) => {
      await world.user('PATCH', `/events/${id}${dated(date)}`, members);
    },
    remove: async (id, date) => {
      await world.user('DELETE', `/events/${id}${dated(date)}`);
    },
    calendar: async (name) => identified.parse(await world.user('POST', '/calendars', { name })).id,
    settings: async (settings) => {
      await changeConnection(app, world.connectionId, (found) => ({
        ...found,
        settings: { ...found.settings, calendar: settings },
      }));
    },
    series: () => list(seriesList({})),
    update: (id, fields, action = 'update') =>
      sides.write(async (rows) => {
        const found = await rows.record(textOf(id));
        return found === null ? null : { type: 'update', record: found, action, fields };
      }),
    differences: async (of) => differences((await theirs()).instances, await ours(), of ?? [self.main]),
  };
  await world.drain();
  return self;
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const compared = [
  ...['subject', 'isAllDay', 'showAs', 'importance', 'sensitivity', 'categories', 'location', 'attendees', 'teams'],
  ...['isCancelled', 'responseStatus', 'organizer', 'reminderMinutes', 'recurrenceId', 'start', 'end', 'preview'],
];

/** All that an instance shows, as the mailbox holds it. */
function truthOf(raw: Fields): Fields {
  // An occurrence is shown whole here, and read as what an exception is: with all of its own.
  const { fields } = readEvent({ ...raw, type: raw['type'] === 'occurrence' ? 'exception' : raw['type'] });
  return {
    ...fields,
    type: raw['type'] === 'singleInstance' ? 'single' : (raw['type'] ?? null),
    recurrenceId: fields['recurrenceId'] ?? null,
  };
}

/** Events that only one side has, and fields that differ. */
function differences(instances: readonly Fields[], ours: readonly Fields[], calendars: readonly string[]): string[] {
  const wanted = new Map<string, Fields>(
    instances
      .filter((raw) => calendars.includes(textOf(raw['calendarId'])))
      .map((raw): [string, Fields] => [textOf(raw['id']), { ...truthOf(raw), calendarId: raw['calendarId'] ?? null }]),
  );
  const found: string[] = [];
  for (const item of ours) {
    const graphId = textOf(item['graphId']);
    const fields = wanted.get(graphId);
    wanted.delete(graphId);
    if (fields === undefined)
      found.push(`${textOf(item['subject'])} ${JSON.stringify(timesOf(item))} is with us alone`);
    for (const field of fields === undefined ? [] : [...compared, 'type', 'calendarId']) {
      const [mine, other] = [JSON.stringify(item[field] ?? null), JSON.stringify(fields?.[field] ?? null)];
      if (mine !== other) found.push(`${textOf(item['subject'])} ${field}: ${mine} is ${other} there`);
    }
  }
  const missing = [...wanted.values()].map((one) => `${textOf(one['subject'])} ${JSON.stringify(timesOf(one))}`);
  return [...found, ...missing.map((name) => `${name} is with them alone`)];
}
