import { delegateOf, type ListedCalendar } from '../../domains/calendar/calendar.ts';
import { streamOfCalendar } from '../../domains/calendar/calendar-stream.ts';
import { eventKind } from '../../domains/calendar/event.ts';
import { goesWithSeries, joinEvent, readSeries, type Series } from '../../domains/calendar/join.ts';
import { readNotes } from '../../domains/calendar/notes.ts';
import { isSelected, wantsWebhook } from '../../domains/calendar/settings.ts';
import type { Cursor, EngineRecord } from '../../engine/model.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts } from '../ports.ts';
import type { CalendarView } from './calendar-schemas.ts';
import { eventView, type EventView } from './event-schemas.ts';
import type { Listing, OpenCalendar } from './open-calendar.ts';

export type Masters = Series['masters'];

/** A calendar as the API shows it, by the settings as they are now. */
export function showCalendar(
  { account }: Listing,
  { settings }: Pick<OpenCalendar, 'settings'>,
  cursors: ReadonlyMap<string, Cursor>,
  calendar: ListedCalendar,
): CalendarView {
  const { id, name, color, owner, isDefault, canEdit } = calendar;
  const selected = isSelected(calendar, settings);
  const delegateEmail = delegateOf(calendar, account);
  const cursor = selected ? cursors.get(streamOfCalendar(id)) : undefined;
  return {
    ...{ id, name, color, owner, delegateEmail, isDefault, canEdit, selected },
    webhook: selected && delegateEmail === null && wantsWebhook(calendar, settings),
    lastSyncedAt: cursor?.baselined === true ? cursor.lastPolledAt : null,
  };
}

/** The streams of the calendars, by name. */
export const readStreams = async (
  ports: Pick<ApiPorts, 'store'>,
  { scope }: Pick<OpenCalendar, 'scope'>,
): Promise<ReadonlyMap<string, Cursor>> =>
  new Map((await ports.store.readCursors(scope)).map((cursor) => [cursor.stream, cursor]));

/** What an event's record shows of itself alone. */
export const shownAlone = ({ head }: Pick<OpenCalendar, 'head'>, record: EngineRecord): Fields =>
  eventKind(readNotes(head.notes)).show(record);

/** An event as the API shows it, joined with its master (P18). */
export const showEvent = (
  opened: Pick<OpenCalendar, 'head'>,
  record: EngineRecord,
  masters: ReadonlyMap<string, Pick<EngineRecord, 'id' | 'fields'>>,
): EventView => eventView.parse(joinEvent(shownAlone(opened, record), masters));

/** As above, with the master as it stands now; null where it goes with its series, which is being deleted. */
export async function showOne(
  ports: Pick<ApiPorts, 'store'>,
  opened: Pick<OpenCalendar, 'head' | 'scope'>,
  record: EngineRecord,
): Promise<EventView | null> {
  const series = await readSeries(ports.store, opened.scope, [record.fields]);
  return goesWithSeries(record.fields, series) ? null : showEvent(opened, record, series.masters);
}
