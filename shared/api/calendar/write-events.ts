import { streamOfCalendar } from '../../domains/calendar/calendar-stream.ts';
import { eventDefaults, timesOf } from '../../domains/calendar/event-fields.ts';
import { exceptionOf, readMasters } from '../../domains/calendar/join.ts';
import { CANCEL } from '../../domains/calendar/push.ts';
import { responseFields, type Answer } from '../../domains/calendar/push-respond.ts';
import { isSelected } from '../../domains/calendar/settings.ts';
import { spanOf } from '../../domains/calendar/spans.ts';
import { refusalOf } from '../../domains/calendar/write-members.ts';
import type { AnswerOnce, Intent, LocalRows } from '../../engine/local-write.ts';
import type { EngineRecord } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts, RegisteredDomain } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import { writeRecord } from '../write-record.ts';
import type { EventPatch, EventRequest, ReplyRequest } from './event-requests.ts';
import { demandListed, findCalendar, readListing, type Listing, type OpenCalendar } from './open-calendar.ts';
import type { Masters } from './show.ts';
import { toFields } from './to-event-fields.ts';

/** Where events are written. */
export interface EventTarget {
  readonly ports: ApiPorts;
  readonly domain: RegisteredDomain['domain'];
  readonly opened: OpenCalendar;
}
/** An event that a request is about. `onceFor` is given the masters that its answer is joined with. */
export interface EventCall {
  readonly eventId: string;
  readonly onceFor: (masters: () => Masters) => { readonly once?: AnswerOnce };
}
/** The record as it stands after, and its master. */
export interface EventWritten {
  readonly record: EngineRecord;
  readonly masters: Masters;
}

/** Makes an event, or a series where it has a rule. 400 for what Outlook cannot be told, and for a calendar that is not there. */
export async function postEvent(
  { ports, domain, opened }: EventTarget,
  request: EventRequest,
  once: { readonly once?: AnswerOnce },
): Promise<EngineRecord> {
  const listing = await readListing(ports, opened);
  demandListed(listing);
  const calendar = findCalendar(listing, request.calendarId ?? 'default');
  if (calendar === undefined) throw invalid([{ path: 'body.calendarId', message: 'is no calendar of this mailbox' }]);
  if (!isSelected(calendar, opened.settings))
    throw new ProblemError(409, 'calendar_not_selected', 'The calendar is not synced: select it first');
  if (!calendar.canEdit) throw readOnly();
  const given = toFields(request);
  const type = typeof given['rrule'] === 'string' ? 'master' : 'single';
  const fields = { ...eventDefaults, showAs: 'busy', ...given, type, calendarId: calendar.id, isOrganizer: true };
  demandTold(given, fields);
  const stream = streamOfCalendar(calendar.id);
  const intend = (): Promise<Intent> =>
    Promise.resolve({ type: 'create', kind: 'event', action: 'create', fields, stream });
  const record = await writeRecord(ports, domain, opened.scope, { intend, ...once });
  // An intent that is never null leaves nothing missing.
  if (record === null) throw new TypeError('an event was not made');
  return record;
}

/** Changes an event, a series, or one occurrence, which becomes an exception. Null where there is none. */
export function patchEvent(target: EventTarget, call: EventCall, patch: EventPatch): Promise<EventWritten | null> {
  return write(target, call, (record, masters) => {
    const { type } = record.fields;
    if (patch.rrule !== undefined && (type === 'occurrence' || type === 'exception'))
      throw invalid([{ path: 'body.rrule', message: 'is for a series: PATCH its master' }]);
    const master = masterOf(record, masters)?.fields;
    const fields = exceptionOf(record.fields, master, toFields(patch));
    demandTold(fields, { ...record.fields, ...fields });
    return { type: 'update', record, action: 'update', fields };
  });
}

/** Deletes an event, a series or one occurrence; answers it as it was. */
export const deleteEvent = (target: EventTarget, call: EventCall): Promise<EventWritten | null> =>
  write(target, call, (record) => ({ type: 'delete', record, action: 'delete' }));

/** Cancels a meeting: those who were asked to come are told. 409 for whoever is not its organizer. */
export function cancelEvent(
  target: EventTarget,
  call: EventCall,
  { comment }: { readonly comment?: string | null | undefined },
): Promise<EventWritten | null> {
  return write(target, call, (record, masters) => {
    if (joinedOf(record, masters)['isOrganizer'] === false)
      throw new ProblemError(409, 'not_organizer', 'Only its organizer can cancel a meeting; decline or delete it');
    const told = typeof comment === 'string' ? { fields: { comment } } : {};
    return { type: 'delete', record, action: CANCEL, ...told };
  });
}

/** Answers a meeting, or one occurrence of it. 409 for its organizer. */
export function respondEvent(
  target: EventTarget,
  call: EventCall,
  answered: { readonly answer: Answer; readonly reply: ReplyRequest },
): Promise<EventWritten | null> {
  return write(target, call, (record, masters) => {
    if (joinedOf(record, masters)['isOrganizer'] === true)
      throw new ProblemError(409, 'is_organizer', 'Its organizer does not answer a meeting');
    const given = responseFields(answered.answer, answered.reply);
    const fields = exceptionOf(record.fields, masterOf(record, masters)?.fields, given);
    return { type: 'update', record, action: answered.answer, fields };
  });
}

async function write(
  { ports, domain, opened }: EventTarget,
  { eventId, onceFor }: EventCall,
  intentOf: (record: EngineRecord, masters: Masters) => Intent,
): Promise<EventWritten | null> {
  const listing = await readListing(ports, opened);
  let masters: Masters = new Map();
  const intend = async (rows: LocalRows): Promise<Intent | null> => {
    const record = await rows.record(eventId);
    if (record?.kind !== 'event') return null;
    demandWritable(listing, record);
    // After the head, as all that the intent is made from: a master that changes meanwhile makes this commit fail (P2).
    masters = await readMasters(ports.store, opened.scope, [record.fields]);
    return intentOf(record, masters);
  };
  const once = onceFor(() => masters);
  const record = await writeRecord(ports, domain, opened.scope, { intend, ...once });
  return record === null ? null : { record, masters };
}

const masterOf = ({ fields }: EngineRecord, masters: Masters): EngineRecord | undefined =>
  typeof fields['seriesMasterId'] === 'string' ? masters.get(fields['seriesMasterId']) : undefined;

/** Whoever is the organizer of a series is that of its occurrences. */
function joinedOf(record: EngineRecord, masters: Masters): Fields {
  const own = record.fields['isOrganizer'] ?? null;
  return own === null ? (masterOf(record, masters)?.fields ?? record.fields) : record.fields;
}

function demandWritable({ calendars }: Listing, { fields }: EngineRecord): void {
  if (calendars.find(({ id }) => id === fields['calendarId'])?.canEdit === false) throw readOnly();
}

const readOnly = (): ProblemError =>
  new ProblemError(409, 'calendar_read_only', 'The calendar is shared for reading alone');

/** 400 for what Outlook could not be told, before anything is written. */
function demandTold(written: Fields, event: Fields): void {
  const timed = 'start' in written || 'end' in written;
  const times = timed ? timesOf(event) : null;
  if (timed && times === null)
    throw invalid([
      { path: 'body.end', message: 'must be a time where the start is one, and a date where it is a date' },
    ]);
  const ends = timed ? endsBefore(event) : false;
  if (ends) throw invalid([{ path: 'body.end', message: 'must not be before the start' }]);
  const refusal = refusalOf(written, event);
  if (refusal === null) return;
  const path = refusal.part === 'start' ? 'body.start' : 'body.rrule';
  throw invalid([{ path, message: `${refusal.part}: ${refusal.reason}` }]);
}

/** An event that ends before it begins; a day's end is exclusive. */
function endsBefore(event: Fields): boolean {
  if (event['isAllDay'] === true) {
    const days = spanOf(event);
    return days !== null && days.from === days.to;
  }
  const swapped = spanOf({ ...event, start: event['end'] ?? null, end: event['start'] ?? null });
  return swapped !== null && swapped.from < swapped.to;
}
