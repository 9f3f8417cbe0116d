import ical, {
  ICalCalendarMethod,
  ICalEventBusyStatus,
  ICalEventClass,
  ICalEventStatus,
  ICalEventTransparency,
  type ICalEventData,
} from 'ical-generator';
import { dateText } from '../../../domains/calendar/civil-date.ts';
import { instantText, readInstant, readsBack } from '../../../domains/calendar/instants.ts';
import { clockOf } from '../../../domains/calendar/series-clock.ts';
import { eventView, type EventView } from '../event-schemas.ts';
import { entriesOf, type FeedEntry } from './feed-entries.ts';
import { feedLine, feedText, feedUid, feedUrl } from './feed-text.ts';
import { timeZoneText } from './time-zone.ts';
import { WallDate } from './wall-date.ts';

/** Years after the last event for which the clocks of a zone are told: series may go on for ever. */
const YEARS_AHEAD = 10;
/** Clocks of other years are nobody's matter any more, or yet. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2100;

type Time = NonNullable<EventView['start']>;

const compact = (text: string): string => text.replaceAll(/[-:]/g, '').replace(/\.\d+/, '');

/**
 * A calendar as iCalendar text (RFC 5545): single events, series with their rule and what is cancelled of them (EXDATE), and
 * occurrences that were changed (RECURRENCE-ID). `events` are joined. Of private ones it tells the times alone, as Outlook does.
 */
export function toIcs(name: string, events: readonly EventView[], now: Date): string {
  const entries = entriesOf(events);
  const years = yearsOf(entries, now);
  const calendar = ical({
    // Written as it is: whoever owns a calendar that is shared has named it.
    name: feedLine(name),
    method: ICalCalendarMethod.PUBLISH,
    prodId: { company: 'outlook-sync', product: 'calendar-feed' },
    // Without a name: what has no zone of its own would else be told on this clock without saying so.
    timezone: { name: null, generator: (iana: string) => timeZoneText(iana, years) },
  });
  for (const entry of entries) {
    const data = dataOf(entry, now);
    if (data !== null) calendar.createEvent(data);
  }
  return calendar.toString();
}

/** The years for which the clocks of zones are told. */
function yearsOf(entries: readonly FeedEntry[], now: Date): { readonly from: number; readonly to: number } {
  const years = { from: now.getUTCFullYear(), to: now.getUTCFullYear() };
  for (const { event } of entries) {
    if (event.start === null || 'date' in event.start) continue;
    const year = Number(event.start.dateTime.slice(0, 4));
    years.from = Math.min(years.from, year);
    years.to = Math.max(years.to, year);
  }
  return { from: Math.max(years.from - 1, FIRST_YEAR), to: Math.min(years.to + YEARS_AHEAD, LAST_YEAR) };
}

function dataOf({ event, series }: FeedEntry, now: Date): ICalEventData | null {
  const { start, end } = event;
  if (start === null || end === null) return null;
  const repeating = repeatingOf(event, series);
  return {
    id: uidOf(event, series),
    stamp: now,
    start: dateOf(start),
    end: isLater(end, start) ? dateOf(end) : null,
    allDay: 'date' in start,
    timezone: zoneOf(event, start, end),
    ...(isPrivate(event) ? { summary: 'Private', class: ICalEventClass.PRIVATE } : toldOf(event)),
    status: event.isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    busystatus: busyOf(event.showAs),
    transparency: event.showAs === 'free' ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
    ...(repeating === null ? {} : { repeating }),
  };
}

/** Of a series all entries have one; what stands alone has its own, although Outlook may know it by that of its series. */
function uidOf(event: EventView, series: EventView | null): string {
  const alone = series === null && event.type !== 'single' && event.type !== 'master';
  const { iCalUId, id } = series ?? event;
  return feedUid(alone ? id : (iCalUId ?? id));
}

const isPrivate = ({ sensitivity }: EventView): boolean =>
  ['private', 'confidential'].includes((sensitivity ?? '').toLowerCase());

/** What it is about, and where it is joined. */
function toldOf(event: EventView): Pick<ICalEventData, 'summary' | 'location' | 'description' | 'url' | 'categories'> {
  const { subject, location, preview, teams, webLink, categories } = event;
  const joinUrl = feedUrl(teams?.joinUrl ?? null);
  return {
    summary: feedText(subject),
    location: location === null ? null : feedText(location),
    description: [feedText(preview), joinUrl ?? ''].filter((text) => text !== '').join('\n\n'),
    url: joinUrl ?? feedUrl(webLink),
    categories: categories.map((category) => ({ name: feedText(category) })),
  };
}

const dateOf = (time: Time): Date =>
  'date' in time ? new WallDate(epochOf(time), 'UTC') : new WallDate(epochOf(time), time.timeZone);

const epochOf = (time: Time): number =>
  'date' in time ? Date.parse(`${time.date}T00:00:00Z`) : (readInstant(time) ?? 0);

/** An end is told where it is later than the start, as RFC 5545 3.8.2.2 demands, by the seconds that a feed tells. */
const isLater = (end: Time, start: Time): boolean =>
  Math.floor(epochOf(end) / 1000) > Math.floor(epochOf(start) / 1000);

/**
 * The zone on whose clock an event is told; null = UTC, also where that clock would tell begin or end as an hour earlier, since
 * what it shows twice is read as the first. A series stays on its own, which its rule counts on: it begins where that is clear.
 */
function zoneOf({ type }: EventView, start: Time, end: Time): string | null {
  if ('date' in start || start.timeZone === 'UTC') return null;
  const { timeZone } = start;
  const isClear = type === 'master' || [start, end].every((time) => readsBack(timeZone, epochOf(time)));
  return isClear ? timeZone : null;
}

/**
 * The lines that say how an event repeats, or which slot it fills. As text: the library writes no RECURRENCE-ID of an all-day
 * event, and takes a single line for a rule.
 */
function repeatingOf(event: EventView, series: EventView | null): string | null {
  if (event.type === 'master' && event.rrule !== null) {
    const rule = `RRULE:${event.rrule.replace(/^RRULE:/i, '')}`;
    return [rule, ...event.exdates.map((slot) => `EXDATE${slotText(slot, event)}`)].join('\r\n');
  }
  if (series === null || event.recurrenceId === null) return null;
  return [`RECURRENCE-ID${slotText(event.recurrenceId, series)}`, 'X-OUTLOOK-SYNC-TYPE:exception'].join('\r\n');
}

/** A slot in the words of its series: a day, or the time of the series on a day of its clock, though that may skip it. */
function slotText(slot: string, series: EventView): string {
  if (!slot.includes('T')) return `;VALUE=DATE:${compact(slot)}`;
  const clock = clockOf(series.start);
  const day = clock?.dayOf(slot) ?? null;
  if (clock === null || clock.time === null || day === null || clock.timeZone === 'UTC')
    return `:${compact(instantText(readInstant({ dateTime: slot }) ?? 0))}`;
  return `;TZID=${clock.timeZone}:${compact(`${dateText(day)}T${clock.time}`)}`;
}

const busy: Readonly<Record<string, ICalEventBusyStatus>> = {
  free: ICalEventBusyStatus.FREE,
  tentative: ICalEventBusyStatus.TENTATIVE,
  busy: ICalEventBusyStatus.BUSY,
  oof: ICalEventBusyStatus.OOF,
};
const busyOf = (showAs: string | null): ICalEventBusyStatus | null => busy[showAs ?? ''] ?? null;

/** Events of a list as they go into a feed. */
export const readViews = (items: readonly unknown[]): EventView[] => items.map((item) => eventView.parse(item));
