import { z } from 'zod';
import { eventView, type EventView } from '../../../shared/api/calendar/event-schemas.ts';
import { readInstant } from '../../../shared/domains/calendar/instants.ts';
import { USER } from '../../support/api-world.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';
import { differencesOf } from './differences.ts';

const DAY_MS = 86_400_000;

const wireEvent = z.object({
  id: z.string(),
  type: z.string(),
  subject: z.string().nullish(),
  isAllDay: z.boolean(),
  isCancelled: z.boolean(),
  start: z.object({ dateTime: z.string(), timeZone: z.string() }),
  end: z.object({ dateTime: z.string(), timeZone: z.string() }),
  originalStart: z.string().optional(),
  originalStartTimeZone: z.string(),
  seriesMasterId: z.string().nullish(),
  location: z.object({ displayName: z.string().nullish() }).nullish(),
});
/** An event as the tenant's own calendarView tells it. */
export type TheirEvent = z.output<typeof wireEvent>;
const viewPage = z.object({ value: z.array(wireEvent), '@odata.nextLink': z.string().optional() });
const inOutlook = z.object({ events: z.array(z.object({ id: z.string() })) });
const token = z.object({ accessToken: z.string() });
const eventPage = z.object({ items: z.array(eventView), nextCursor: z.string().nullable() });

/** How far the calendar is read, in days. */
export interface SeriesWindow {
  readonly past: number;
  readonly future: number;
}

/** What is compared of both sides: a range well within the window, for all-day events have other edges on other clocks. */
export interface Compared {
  readonly from: string;
  readonly to: string;
}

/** A calendar that both Outlook and an application write to, and what each side says of it. */
export interface SeriesWorld extends CalendarApi {
  readonly range: Compared;
  /** Pushes what is to be pushed, and syncs until nothing is left to be looked at. */
  settle(): Promise<void>;
  /** `GET events` over the range, masters at the end. */
  ours(): Promise<readonly EventView[]>;
  /** The tenant's calendarView over the range, in UTC or in a zone. */
  theirs(zone?: string): Promise<readonly TheirEvent[]>;
  /** A path of Graph's, by the person. */
  graph(path: string, zone?: string): Promise<unknown>;
  /** Events that one side has alone or shows otherwise, and series whose rule does not bring their instances. */
  differences(): Promise<readonly string[]>;
  /** Takes away all that is in the calendar, in Outlook. */
  clear(): Promise<void>;
  /** How the tenant behaves with calendars. */
  ways(calendar: Record<string, unknown>): Promise<void>;
}

export async function openSeriesWorld(window: SeriesWindow = { past: 30, future: 365 }): Promise<SeriesWorld> {
  const world = await openCalendarApi(
    {},
    {
      CALENDAR_WINDOW_PAST_DAYS: String(window.past),
      CALENDAR_WINDOW_FUTURE_DAYS: String(window.future),
    },
  );
  const control = (method: string, path: string, body: unknown): Promise<unknown> =>
    send(`${world.microsoft.control}${path}`, { method, body: JSON.stringify(body) });
  const scopes = ['Calendars.ReadWrite', 'User.Read'];
  const { accessToken } = token.parse(await control('POST', '/tokens', { upn: USER.username, scopes }));
  const graph = (path: string, zone?: string): Promise<unknown> => {
    const url = path.startsWith('http') ? path : `${world.microsoft.graph}/v1.0${path}`;
    const prefer = `IdType="ImmutableId"${zone === undefined ? '' : `, outlook.timezone="${zone}"`}`;
    return send(url, { headers: { authorization: `Bearer ${accessToken}`, prefer } });
  };
  const range = {
    from: `${world.day(3 - window.past, '00:00:00')}Z`,
    to: `${world.day(window.future - 3, '00:00:00')}Z`,
  };
  const ours = async (): Promise<EventView[]> => {
    const items: EventView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const from = cursor === '' ? '' : `&cursor=${cursor}`;
      const path = `/events?from=${range.from}&to=${range.to}&series=true&limit=200${from}`;
      const page = eventPage.parse((await world.on('GET', path)).body);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  };
  const theirs = async (zone?: string): Promise<TheirEvent[]> => {
    const items: TheirEvent[] = [];
    let next: string | undefined = `/me/calendarView?startDateTime=${range.from}&endDateTime=${range.to}&$top=200`;
    while (next !== undefined) {
      const page = viewPage.parse(await graph(next, zone));
      items.push(...page.value);
      next = page['@odata.nextLink'];
    }
    return items;
  };
  const scope = { connectionId: world.id, domain: 'calendar' };
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 8; round++) {
      await world.push();
      await world.sync();
      const counts = (await world.app.store.readHead(scope))?.head.counts;
      if (counts?.hints === 0 && counts.outbox === 0) return;
    }
    throw new Error('the calendar does not come to rest');
  };
  const self: SeriesWorld = {
    ...world,
    ...{ range, settle, ours, theirs, graph },
    differences: async () => differencesOf(await ours(), await theirs(), range),
    clear: async () => {
      const { events } = inOutlook.parse(await world.outlook('GET', '/events'));
      if (events.length === 0) return;
      for (const { id } of events) await world.outlook('DELETE', `/events/${id}`);
      await settle();
    },
    ways: async (calendar) => {
      await control('PATCH', '/settings', { calendar });
    },
  };
  await settle();
  return self;
}

async function send(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** The text of an instant or a day. */
export const textOf = (time: EventView['start']): string =>
  time === null ? '' : 'date' in time ? time.date : time.dateTime;

/** A series, and its occurrences and exceptions by their slots. */
export interface WholeSeries {
  readonly master: EventView;
  readonly members: readonly EventView[];
}

/** The series of this subject with what it has, read in one go. */
export async function wholeSeries(world: SeriesWorld, subject: string): Promise<WholeSeries> {
  const items = await world.ours();
  const master = items.find((one) => one.type === 'master' && one.subject === subject);
  if (master === undefined) throw new Error(`there is no series ${subject}`);
  return { master, members: membersIn(items, master) };
}

function membersIn(items: readonly EventView[], { id }: Pick<EventView, 'id'>): readonly EventView[] {
  const members = items.filter(({ seriesMasterId }) => seriesMasterId === id);
  return members.toSorted((a, b) => ((a.recurrenceId ?? '') < (b.recurrenceId ?? '') ? -1 : 1));
}

/** The series of this subject. */
export const seriesNamed = async (world: SeriesWorld, subject: string): Promise<EventView> =>
  (await wholeSeries(world, subject)).master;

/** Occurrences and exceptions of a series, by their slots. */
export const membersOf = async (world: SeriesWorld, series: Pick<EventView, 'id'>): Promise<readonly EventView[]> =>
  membersIn(await world.ours(), series);

/** The member whose slot is on this day of a zone's clock. */
export async function memberOn(
  world: SeriesWorld,
  series: Pick<EventView, 'id'>,
  at: { readonly date: string; readonly zone: string },
): Promise<EventView> {
  return inSlot(await membersOf(world, series), at);
}

/** The same among members that are known. */
export function inSlot(members: readonly EventView[], at: { readonly date: string; readonly zone: string }): EventView {
  const found = members.find(({ recurrenceId }) => dayOf(recurrenceId, at.zone) === at.date);
  if (found === undefined) throw new Error(`the series has nothing on ${at.date}`);
  return found;
}

/** The day of an instant on a zone's clock; of a day that day. */
export function dayOf(slot: string | null, zone: string): string {
  if (slot === null || !slot.includes('T')) return slot ?? '';
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(
    readInstant({ dateTime: slot }) ?? 0,
  );
}

/** A date so many days later. */
export const plusDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
