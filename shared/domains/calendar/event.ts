import type { Kind, Shown } from '../../engine/domain.ts';
import { groupKey } from '../../engine/ids.ts';
import type { EngineRecord, IndexEntry } from '../../engine/model.ts';
import type { Fields, Json } from '../../lib/json.ts';
import { eventPath, streamOfCalendar } from './calendar-stream.ts';
import { recordDefaults, ownFields, shownFields, textIn } from './event-fields.ts';
import { eventSelect } from './event-wire.ts';
import { calendarOfStream, type CalendarNotes } from './notes.ts';
import { inFull, slotOf } from './join.ts';
import { readEvent, wholeDefaults, type ReadEvent } from './read-event.ts';
import { attendeeKey, isAsInvited, joinAttendees } from './read-members.ts';
import { follows, remakesParts, takesAway } from './own-doing.ts';
import { seriesEnd } from './series-fields.ts';
import { instantKey, LONG_MS, spanOf } from './spans.ts';
import { sideOf } from './window.ts';

/** The letter of the list of what takes place: single events, occurrences, exceptions, by their start. */
export const EVENTS = 'e';
/** The letter of the list of events that last longer than a day, by their end. */
export const LONG = 'l';
/** The letter of the list of series masters. */
export const MASTERS = 'm';

/** The column of index rows that says which series they are of. */
export const SERIES_COLUMN = 'series';
/** The column of a master's row that says when its last occurrence is over at the latest; absent = it goes on. */
export const ENDS_COLUMN = 'ends';

/**
 * Events of calendars: single ones, series, their occurrences and exceptions, each a record. An occurrence holds its own part
 * alone, and is read with what its master holds (P18). Bodies are never stored.
 */
export function eventKind(notes: CalendarNotes): Kind {
  return {
    name: 'event',
    feed: true,
    defaults: recordDefaults,
    placeFields: ['calendarId'],
    // Of our own use, or only written; the link holds the mutable id, which changes with each move.
    quietFields: ['recurrence', 'isOnlineMeeting', 'body', 'reply', 'webLink'],
    onlySent: ['body', 'reply'],
    placeOf: ({ calendarId }) => (typeof calendarId === 'string' ? streamOfCalendar(calendarId) : undefined),
    placed(stream) {
      const calendarId = calendarOfStream(notes, stream);
      return calendarId === undefined ? {} : { calendarId };
    },
    itemPath: (graphId, stream) =>
      `${eventPath(graphId, calendarOfStream(notes, stream ?? ''))}?$select=${eventSelect}`,
    shrink,
    decode(raw, whole) {
      const event = readEvent(raw);
      if (event.removed) return { type: 'removed', graphId: event.graphId };
      return { type: 'item', ...decoded(event, whole) };
    },
    index: indexRows,
    show: showEvent,
    outside: sideOf,
    groupOf: seriesOf,
    groupColumn: SERIES_COLUMN,
    slotOf,
    inFull,
    emptySlots: 'exdates',
    takesAway,
    follows,
    remakesParts,
    units: [['start', 'end', 'isAllDay', 'originalTimeZone']],
    sets: {
      exdates: { keyOf: (value) => (typeof value === 'string' ? value : JSON.stringify(value)), ascending: true },
      attendees: { keyOf: attendeeKey, join: joinAttendees, isUnedited: isAsInvited },
      // One category, whatever its case.
      categories: {
        keyOf: (value) => (typeof value === 'string' ? value.toLowerCase() : JSON.stringify(value)),
        join: (theirs) => theirs,
      },
    },
  };
}

function decoded({ graphId, etag, modifiedAt, type, fields, thin, origin }: ReadEvent, whole: boolean) {
  const instance = type === 'occurrence';
  const master = type === 'master';
  return {
    ...{ graphId, etag, modifiedAt, origin },
    // A plain occurrence has nothing else of its own, whatever it had as an exception.
    fields: whole || instance ? { ...wholeDefaults, ...fields } : fields,
    // Which days of a series are cancelled no page tells: each master is read itself when it is news. [graph-facts 7.1]
    partial: !whole && (thin || master),
    needs: instance || type === 'exception' ? textIn(fields['seriesMasterId']) : null,
  };
}

/** The Graph id of the series that an event is of, or is. */
function seriesOf({ type, seriesMasterId }: Fields, graphId: string): string | null {
  if (type === 'master') return graphId;
  return type === 'single' ? null : textIn(seriesMasterId);
}

function indexRows(record: Shown & Pick<EngineRecord, 'stream'>): IndexEntry[] {
  const { id, fields, graphId, stream } = record;
  const span = spanOf(fields);
  const master = fields['type'] === 'master';
  const series = graphId === null ? null : seriesOf(fields, graphId);
  const ends = master ? seriesEnd(fields) : null;
  const columns = {
    stream,
    ...(series === null ? {} : { [SERIES_COLUMN]: groupKey(series) }),
    ...(ends === null ? {} : { [ENDS_COLUMN]: instantKey(ends) }),
  };
  const item = { id, graphId, ...ownFields(fields), pushed: pushedOf(record) };
  const start = instantKey(span?.from ?? 0);
  const orders = [
    `${master ? MASTERS : EVENTS}:${start}`,
    ...(!master && span !== null && span.to - span.from > LONG_MS ? [`${LONG}:${instantKey(span.to)}`] : []),
  ];
  return orders.map((order) => ({ order, id, item, columns }));
}

/** Whether Outlook has the event as it stands here. */
function pushedOf({ graphId, own, refused }: Pick<EngineRecord, 'graphId' | 'own' | 'refused'>): string {
  if (refused !== undefined) return 'failed';
  return graphId === null || own.some((write) => !write.done) ? 'pending' : 'done';
}

/** An event as its record alone shows it: of an occurrence what its master has is not there. */
const showEvent = (record: Shown): Fields => ({
  id: record.id,
  graphId: record.graphId,
  ...shownFields(record.fields),
  pushed: pushedOf(record),
});

const MOST_ATTENDEES = 500;

/** Cut where an event would not fit its rows: texts that nobody reads to their end, lists that Outlook itself bounds. */
function shrink(fields: Fields): Fields {
  const cut = (field: string, value: Json): Json => {
    if (typeof value === 'string')
      return ['calendarId', 'seriesMasterId'].includes(field) ? value : value.slice(0, 1_000);
    return Array.isArray(value) ? value.slice(0, field === 'attendees' ? MOST_ATTENDEES : 1_000) : value;
  };
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]): [string, Json] => [
      field,
      field === 'body' ? null : cut(field, value),
    ]),
  );
}
