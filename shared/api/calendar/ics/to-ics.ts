import ical, {
  ICalCalendarMethod,
  ICalEventBusyStatus,
  ICalEventClass,
  ICalEventStatus,
  type ICalEventData,
} from 'ical-generator';
import { instantText, readInstant, wallIn } from '../../../domains/calendar/instants.ts';
import { graphText } from '../../../domains/calendar/wall-clock.ts';
import { eventView, type EventView } from '../event-schemas.ts';
import { timeZoneText } from './time-zone.ts';
import { WallDate } from './wall-date.ts';

/** Years after the last event for which the clocks of a zone are told: series may go on for ever. */
const YEARS_AHEAD = 10;

type Timed = Extract<NonNullable<EventView['start']>, { dateTime: string }>;

const compact = (text: string): string => text.replaceAll(/[-:]/g, '').replace(/\.\d+/, '');

/**
 * A calendar as iCalendar text (RFC 5545): single events, series with their rule and what is cancelled of them (EXDATE), and
 * occurrences that were changed (RECURRENCE-ID). `events` are joined; plain occurrences are left out where their series has a rule.
 */
export function toIcs(name: string, events: readonly EventView[], now: Date): string {
  const ruled = new Map(events.flatMap((event) => (event.rrule === null ? [] : [[event.id, event] as const])));
  const kept = events.filter(({ type, rrule, seriesMasterId }) => {
    if (type === 'master') return rrule !== null;
    return type !== 'occurrence' || !ruled.has(seriesMasterId ?? '');
  });
  const starts = kept.flatMap(({ start }) => (start === null ? [] : [Number(textOf(start).slice(0, 4))]));
  const years = {
    from: Math.min(now.getUTCFullYear(), ...starts) - 1,
    to: Math.max(now.getUTCFullYear(), ...starts) + YEARS_AHEAD,
  };
  const calendar = ical({
    name,
    method: ICalCalendarMethod.PUBLISH,
    prodId: { company: 'outlook-sync', product: 'calendar-feed' },
    timezone: { name: 'UTC', generator: (iana: string) => (iana === 'UTC' ? null : timeZoneText(iana, years)) },
  });
  for (const event of kept) {
    const data = dataOf(event, ruled.get(event.seriesMasterId ?? ''), now);
    if (data !== null) calendar.createEvent(data);
  }
  return calendar.toString();
}

const textOf = (time: NonNullable<EventView['start']>): string => ('date' in time ? time.date : time.dateTime);

function dataOf(event: EventView, master: EventView | undefined, now: Date): ICalEventData | null {
  const { start, end } = event;
  if (start === null || end === null) return null;
  const timeZone = 'date' in start || start.timeZone === 'UTC' ? null : start.timeZone;
  const repeating = repeatingOf(event, master);
  return {
    id: (master ?? event).iCalUId ?? (master ?? event).id,
    stamp: now,
    start: dateOf(start),
    end: dateOf(end),
    allDay: 'date' in start,
    timezone: timeZone,
    summary: event.subject ?? '',
    location: event.location,
    ...linksOf(event),
    status: event.isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    busystatus: busyOf(event.showAs),
    class: ['private', 'confidential'].includes(event.sensitivity ?? '') ? ICalEventClass.PRIVATE : null,
    categories: event.categories.map((category) => ({ name: category })),
    ...(repeating === null ? {} : { repeating }),
  };
}

/** What it is about, and where it is joined. */
const linksOf = ({ preview, teams, webLink }: EventView): Pick<ICalEventData, 'description' | 'url'> => ({
  description: [preview ?? '', teams?.joinUrl ?? ''].filter((text) => text !== '').join('\n\n'),
  url: teams?.joinUrl ?? webLink,
});

const dateOf = (time: NonNullable<EventView['start']>): Date =>
  'date' in time
    ? new WallDate(Date.parse(`${time.date}T00:00:00Z`), 'UTC')
    : new WallDate(readInstant(time) ?? 0, time.timeZone);

/**
 * The lines that say how an event repeats, or which slot it fills. As text: the library writes no RECURRENCE-ID of an all-day
 * event, and takes a single line for a rule.
 */
function repeatingOf(event: EventView, master: EventView | undefined): string | null {
  if (event.rrule !== null) {
    const rule = `RRULE:${event.rrule.replace(/^RRULE:/i, '')}`;
    return [rule, ...event.exdates.map((slot) => `EXDATE${slotText(slot, event)}`)].join('\r\n');
  }
  if (master === undefined || event.recurrenceId === null) return null;
  return [`RECURRENCE-ID${slotText(event.recurrenceId, master)}`, 'X-OUTLOOK-SYNC-TYPE:exception'].join('\r\n');
}

/** A slot in the words of its series: a day, or a time on its clock. */
function slotText(slot: string, series: EventView): string {
  if (!slot.includes('T')) return `;VALUE=DATE:${compact(slot)}`;
  const zone = series.start === null || 'date' in series.start ? 'UTC' : (series.start satisfies Timed).timeZone;
  const at = readInstant({ dateTime: slot }) ?? 0;
  if (zone === 'UTC') return `:${compact(instantText(at))}`;
  return `;TZID=${zone}:${compact(graphText(wallIn(zone, at)).slice(0, 19))}`;
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
