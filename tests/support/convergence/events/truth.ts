import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { streamOfCalendar } from '../../../../shared/domains/calendar/calendar-stream.ts';
import { eventKind } from '../../../../shared/domains/calendar/event.ts';
import { joinEvent } from '../../../../shared/domains/calendar/join.ts';
import { readNotes } from '../../../../shared/domains/calendar/notes.ts';
import type { EngineRecord } from '../../../../shared/engine/model.ts';
import type { Fields } from '../../../../shared/lib/json.ts';
import type { Partition } from '../../../faults/plan/partition.ts';
import type { OutlookCalendar, Snapshot, TenantEvent } from './outlook.ts';

/** The events that a partition holds, by what each record shows of itself; those that are being deleted are not among them. */
export const shownEvents = ({ head, records }: Partition): Fields[] => {
  const kind = eventKind(readNotes(head.notes));
  return standing(records).map((record) => kind.show(record));
};

const standing = (records: readonly EngineRecord[]): EngineRecord[] =>
  records.filter(({ kind, leaving }) => kind === 'event' && leaving === undefined);

/** The same as the API shows them: joined with their masters. */
export const joinedEvents = (partition: Partition): Fields[] => {
  const held = mastersIn(partition);
  return shownEvents(partition).map((item) => joinEvent(item, held));
};

/** Series that are held, by Graph id. */
const mastersIn = ({ records }: Partition): Map<string, EngineRecord> =>
  new Map(
    standing(records)
      .filter(({ fields }) => fields['type'] === 'master')
      .flatMap((record): [string, EngineRecord][] => (record.graphId === null ? [] : [[record.graphId, record]])),
  );

const timed = z.object({ dateTime: z.string() });
const day = z.object({ date: z.string() });

/** A begin or end of the API's as an instant, or as a day. */
function whenOf(value: unknown): string | null {
  const date = day.safeParse(value).data?.date;
  if (date !== undefined) return date;
  const at = timed.safeParse(value).data?.dateTime;
  return at === undefined ? null : new Date(at).toISOString();
}

const words: Readonly<Record<string, string>> = { singleInstance: 'single', seriesMaster: 'master' };

/** What the application is to be shown of an event of the tenant. Judged by the tenant alone, with nothing of the product's. */
export function expectedEvent(event: TenantEvent): Fields {
  const when = ({ dateTime }: TenantEvent['start']): string =>
    event.isAllDay ? dateTime.slice(0, 10) : new Date(`${dateTime.slice(0, 23)}Z`).toISOString();
  const organizer = event.organizer?.emailAddress;
  return {
    calendarId: event.calendarId,
    type: words[event.type] ?? event.type,
    subject: event.subject,
    preview: event.bodyPreview,
    start: when(event.start),
    end: when(event.end),
    isAllDay: event.isAllDay,
    importance: event.importance,
    sensitivity: event.sensitivity,
    showAs: event.showAs,
    categories: event.categories,
    location: event.location?.displayName ?? null,
    attendees: event.attendees.map(({ emailAddress: { address, name }, type, status }) => ({
      ...{ address, name, type },
      response: status.response,
    })),
    organizer: organizer === undefined ? null : { address: organizer.address, name: organizer.name },
    isOrganizer: event.isOrganizer,
    responseStatus: event.responseStatus.response,
    reminderMinutes: event.isReminderOn ? event.reminderMinutesBeforeStart : null,
    isCancelled: event.isCancelled,
  };
}

const listed = z.looseObject({ id: z.string(), graphId: z.string().nullable(), subject: z.string().nullish() });

/** Differences, field by field, between the events of the tenant and what is shown of them, joined. */
function differences(wanted: readonly TenantEvent[], items: readonly Fields[]): string[] {
  const ours = new Map(items.map((item) => [listed.parse(item).graphId, item]));
  const found: string[] = [];
  for (const event of wanted) {
    const item = ours.get(event.id);
    ours.delete(event.id);
    const name = `${event.type} ${event.subject ?? ''} at ${event.start.dateTime}`;
    found.push(...(item === undefined ? [`${name} is not listed`] : fieldDifferences(name, event, item)));
  }
  const rest = [...ours.values()].map((item) => `${JSON.stringify(item)} is listed, Outlook has none`);
  return [...found, ...rest];
}

function fieldDifferences(name: string, event: TenantEvent, item: Fields): string[] {
  const shown: Fields = { ...item, start: whenOf(item['start']), end: whenOf(item['end']) };
  return Object.entries(expectedEvent(event))
    .filter(([field, value]) => !isDeepStrictEqual(shown[field] ?? null, value))
    .map(
      ([field, value]) =>
        `${field} of ${name} is ${JSON.stringify(shown[field])}, Outlook has ${JSON.stringify(value)}`,
    );
}

const left = z.array(z.string());

const zoned = z.object({ start: z.object({ timeZone: z.string() }) });

/** The day of a slot, on the calendar of the series. */
function dayOf(slot: string, series: Fields | undefined): string {
  const timeZone = zoned.safeParse(series).data?.start.timeZone;
  if (timeZone === undefined || slot.length === 10) return slot;
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(new Date(slot));
}

/** Days that series leave out: what is shown, and what the tenant says. */
function wrongDays(masters: readonly TenantEvent[], held: ReadonlyMap<string, EngineRecord>): string[] {
  return masters.flatMap((master) => {
    const series = held.get(master.id)?.fields;
    const shown = left.parse(series?.['exdates'] ?? []).map((slot) => dayOf(slot, series));
    const wanted = master.cancelledOccurrences.map((name) => name.slice(-10));
    return isDeepStrictEqual(shown.toSorted(), wanted.toSorted())
      ? []
      : [`${master.subject ?? ''} leaves out ${shown.join()}, in Outlook ${wanted.join()}`];
  });
}

/** Series of which something takes place in the window. */
const seriesOf = ({ events, instances }: Snapshot): TenantEvent[] => {
  const wanted = new Set(instances.flatMap(({ seriesMasterId }) => seriesMasterId ?? []));
  return events.filter(({ id }) => wanted.has(id));
};

/**
 * Everything by which the held events differ from those of the tenant, calendar by calendar, each within the window that it is
 * read in; none = both sides are equal.
 */
export async function calendarDifferences(outlook: OutlookCalendar, partition: Partition): Promise<string[]> {
  const held = mastersIn(partition);
  const kind = eventKind(readNotes(partition.head.notes));
  const found: string[] = [];
  for (const { kind: of, stream, window } of partition.cursors) {
    if (of !== 'event' || window === undefined) continue;
    const snapshot = await outlook.snapshot(window);
    const isHere = ({ calendarId }: TenantEvent): boolean => streamOfCalendar(calendarId) === stream;
    const masters = seriesOf(snapshot).filter(isHere);
    const here = standing(partition.records).filter((record) => record.stream === stream);
    const items = here.map((record) => joinEvent(kind.show(record), held));
    found.push(...differences([...snapshot.instances.filter(isHere), ...masters], items));
    found.push(...wrongDays(masters, held), ...wrongMasters(items, held));
  }
  return found;
}

/** Parts of series that do not say, by our own id, which. */
function wrongMasters(items: readonly Fields[], held: ReadonlyMap<string, EngineRecord>): string[] {
  const ids = new Set([...held.values()].map(({ id }) => id));
  return items
    .filter(({ type }) => type === 'occurrence' || type === 'exception')
    .filter(({ seriesMasterId }) => typeof seriesMasterId !== 'string' || !ids.has(seriesMasterId))
    .map((item) => `${JSON.stringify(item['id'])} is of no series that is held`);
}

const named = z.looseObject({
  type: z.string().nullish(),
  location: z.string().nullish(),
  recurrenceId: z.string().nullish(),
  start: z.union([timed, day]).nullish(),
});

/**
 * What tests tell events by: by their places, which nobody changes; occurrences and exceptions by the day in UTC of the slot that
 * they fill.
 */
export function nameOfEvent(fields: Fields): string | undefined {
  const event = named.safeParse(fields).data;
  if (event?.type !== 'occurrence' && event?.type !== 'exception') return event?.location ?? undefined;
  return (event.recurrenceId ?? whenOf(event.start) ?? undefined)?.slice(0, 10);
}
