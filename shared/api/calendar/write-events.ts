import { streamOfCalendar } from '../../domains/calendar/calendar-stream.ts';
import { recordDefaults } from '../../domains/calendar/event-fields.ts';
import { exceptionOf, goesWithSeries, joinEvent, readSeries } from '../../domains/calendar/join.ts';
import { CANCEL } from '../../domains/calendar/push.ts';
import { responseFields, type Answer } from '../../domains/calendar/push-respond.ts';
import { asShown } from '../../domains/calendar/write-members.ts';
import type { AnswerOnce, Intent, LocalRows } from '../../engine/local-write.ts';
import type { EngineRecord } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import { sameJson, type Fields } from '../../lib/json.ts';
import type { ApiPorts, RegisteredDomain } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import { writeRecord } from '../write-record.ts';
import { demandTold } from './demand-told.ts';
import type { EventPatch, EventRequest, ReplyRequest } from './event-requests.ts';
import {
  demandListed,
  demandSelected,
  findCalendar,
  readListing,
  type Listing,
  type OpenCalendar,
} from './open-calendar.ts';
import type { Masters } from './show.ts';
import { toFields, withAnswers, withoutUnchanged } from './to-event-fields.ts';

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
  demandSelected(opened, calendar);
  if (!calendar.canEdit) throw readOnly();
  const given = toFields(request);
  const type = typeof given['rrule'] === 'string' ? 'master' : 'single';
  const wanted = { ...recordDefaults, showAs: 'busy', ...given, type, calendarId: calendar.id, isOrganizer: true };
  const fields = { ...wanted, ...asShown(given, wanted) };
  demandTold(given, fields);
  const stream = streamOfCalendar(calendar.id);
  const intend = (): Promise<Intent> =>
    Promise.resolve({ type: 'create', kind: 'event', action: 'create', fields, stream });
  const record = await writeRecord(ports, domain, opened, { intend, ...once });
  // An intent that is never null leaves nothing missing.
  if (record === null) throw new TypeError('an event was not made');
  return record;
}

/**
 * Changes an event, a series, or one occurrence, which becomes an exception unless all that is said is as it is. Null where there
 * is none.
 */
export function patchEvent(target: EventTarget, call: EventCall, asked: EventPatch): Promise<EventWritten | null> {
  return write(target, call, (record, masters) => {
    const patch = patchOf(record.fields, asked);
    const event = joinEvent(record.fields, masters);
    demandAsItIs(patch, event);
    const master = masterOf(record, masters)?.fields;
    const answered = withAnswers(toFields(patch), attendedOf(record, master));
    const isPlain = record.fields['type'] === 'occurrence' && master !== undefined;
    const written = isPlain ? withoutUnchanged(answered, event) : answered;
    if (Object.keys(written).length === 0) return { type: 'update', record, action: 'update', fields: {} };
    const meant = { ...exceptionOf(record.fields, master, written), ...turned(record.fields, patch) };
    const fields = asShown(meant, record.fields);
    demandTold(fields, { ...record.fields, ...fields }, patch.rrule === undefined ? 'body.start' : 'body.rrule');
    return { type: 'update', record, action: 'update', fields };
  });
}

/** What is asked of an event. Of one occurrence no rule: null is what it shows. */
function patchOf({ type }: Fields, asked: EventPatch): EventPatch {
  if (type !== 'occurrence' && type !== 'exception') return asked;
  const { rrule, ...patch } = asked;
  if (typeof rrule !== 'string') return patch;
  throw invalid([{ path: 'body.rrule', message: 'is for a series: PATCH its master' }]);
}

/** 400 for a word about the times of an event that is not so, where the times that would make it so are not given. */
function demandAsItIs({ start, end, isAllDay }: EventPatch, event: Fields): void {
  const is = event['isAllDay'] === true;
  if (isAllDay === undefined || isAllDay === is || start !== undefined || end !== undefined) return;
  const message = is
    ? 'the event lasts all day: send start and end as times, {dateTime, timeZone}, too'
    : 'the event has times: send start and end as dates, {date}, too';
  throw invalid([{ path: 'body.isAllDay', message }]);
}

/** A single event that gets a rule is a series from then on, and a series whose rule is taken away a single event. */
function turned({ type }: Fields, { rrule }: EventPatch): Fields {
  if (type === 'single' && typeof rrule === 'string') return { type: 'master' };
  return type === 'master' && rrule === null ? { type: 'single', exdates: [] } : {};
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

/** Answers a meeting, or one occurrence of it. 409 for its organizer, and for one that was called off. */
export function respondEvent(
  target: EventTarget,
  call: EventCall,
  answered: { readonly answer: Answer; readonly reply: ReplyRequest },
): Promise<EventWritten | null> {
  return write(target, call, (record, masters) => {
    if (joinedOf(record, masters)['isOrganizer'] === true)
      throw new ProblemError(409, 'is_organizer', 'Its organizer does not answer a meeting');
    if ([record, masterOf(record, masters)].some((one) => one?.fields['isCancelled'] === true))
      throw new ProblemError(409, 'meeting_cancelled', 'The meeting was called off; delete it');
    const given = responseFields(answered.answer, answered.reply);
    const fields = exceptionOf(record.fields, masterOf(record, masters)?.fields, given);
    return { type: 'update', record, action: answered.answer, fields };
  });
}

/** Writes what the last merge of an event overwrote. 409 where no merge is left, or an answer alone, which is given anew. */
export const undoEvent = (target: EventTarget, call: EventCall): Promise<EventWritten | null> =>
  write(target, call, (record, masters) => {
    const former = Object.entries(record.undo?.fields ?? {}).filter(([field]) => !notUndone.includes(field));
    if (former.length === 0)
      throw new ProblemError(409, 'nothing_to_undo', 'No merge of this event is left to take back');
    const fields = exceptionOf(record.fields, masterOf(record, masters)?.fields, Object.fromEntries(former));
    demandTold(fields, { ...record.fields, ...fields });
    return { type: 'update', record, action: 'update', fields };
  });

/** What no change of an event can write, or only an answer. */
const notUndone = ['type', 'recurrenceId', 'responseStatus', 'reply'];

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
    const series = await readSeries(ports.store, opened.scope, [record.fields]);
    masters = series.masters;
    return goesWithSeries(record.fields, series) ? null : intentOf(record, masters);
  };
  const once = onceFor(() => masters);
  const record = await writeRecord(ports, domain, opened, { intend, ...once });
  return record === null ? null : { record, masters };
}

const masterOf = ({ fields }: EngineRecord, masters: Masters): EngineRecord | undefined =>
  typeof fields['seriesMasterId'] === 'string' ? masters.get(fields['seriesMasterId']) : undefined;

/** Where it stands who comes: an occurrence, and an exception that names nobody itself, are their series'. */
const attendedOf = ({ fields }: EngineRecord, master: Fields | undefined): Fields =>
  master !== undefined && (fields['type'] === 'occurrence' || sameJson(fields['attendees'], [])) ? master : fields;

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
