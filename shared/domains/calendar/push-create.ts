import type { PushOutcome } from '../../engine/domain.ts';
import { mayHaveArrived } from '../../engine/outbox-rows.ts';
import type { EngineRecord, OutboxOperation } from '../../engine/model.ts';
import type { Source } from '../../engine/ports.ts';
import { GoneError, RejectedError, TransientError } from '../../errors.ts';
import type { Fields } from '../../lib/json.ts';
import { calendarPath, eventPath } from './calendar-stream.ts';
import { textIn } from './event-fields.ts';
import { typeOf, wireEvent } from './event-wire.ts';
import { attempt, look, rejected } from './push-item.ts';
import { isRefusal } from './refusal.ts';
import { spanOf } from './spans.ts';
import { toNew } from './write-members.ts';

const DAY_MS = 86_400_000;

/**
 * Makes an event that carries the operation's key as its transactionId, by which Graph itself makes no second one. After an
 * attempt whose outcome is not known it is looked for by that key first (P8), as far as Graph can be asked so. [graph-facts 7.1]
 */
export async function create(operation: OutboxOperation, record: EngineRecord, source: Source): Promise<PushOutcome> {
  const calendarId = textIn(operation.fields['calendarId'] ?? record.fields['calendarId']) ?? undefined;
  const path = `${calendarId === undefined ? '/me' : calendarPath(calendarId)}/events`;
  const body = toNew(operation.fields);
  if (isRefusal(body)) throw rejected(body);
  try {
    const made = mayHaveArrived(operation) ? await findBefore(source, path, operation) : null;
    if (made !== null) return await whole(source, made, calendarId);
    const write = { method: 'POST', path, body: { ...body, transactionId: operation.op } } as const;
    const sent = await attempt(() => source.write(write));
    if (sent === 'gone') throw new GoneError('the calendar is not there');
    // An answer without a body, or a refusal of a key that is known: the event stands, and only looking for it tells how.
    const found = sent === 'conflict' || sent === null ? await findMade(source, path, operation) : sent;
    if (found === null) throw new TransientError('the event was made, or is being made, and cannot be found');
    return await whole(source, found, calendarId);
  } catch (error) {
    if (!(error instanceof GoneError)) throw error;
    // It is the calendar that is not there; the event is not, for it was never made.
    throw new RejectedError('The calendar is not there any more', error.facts, { cause: error });
  }
}

/** A Teams link may come a little later than the answer: the event is read once more, where it was asked for and is not there. */
async function whole(source: Source, made: unknown, calendarId: string | undefined): Promise<PushOutcome> {
  const { id, isOnlineMeeting, onlineMeeting = null } = wireEvent.parse(made);
  if (isOnlineMeeting !== true || onlineMeeting !== null) return { outcome: 'done', item: made };
  const now = await attempt(() => look({ source, path: eventPath(id, calendarId) }));
  return { outcome: 'done', item: now === 'gone' || now === 'conflict' ? made : now };
}

/** As findMade. Null as well where Graph does not take the question: sent again with its key the event is made no second time. */
async function findBefore(source: Source, path: string, operation: OutboxOperation): Promise<unknown> {
  let id: string | null;
  try {
    id = await idOfMade(source, path, operation);
  } catch (error) {
    if (error instanceof RejectedError) return null;
    throw error;
  }
  return id === null ? null : lookAt(source, path, id);
}

/** The event that an operation made in this calendar, or null. */
async function findMade(source: Source, path: string, operation: OutboxOperation): Promise<unknown> {
  const id = await idOfMade(source, path, operation);
  return id === null ? null : lookAt(source, path, id);
}

async function lookAt(source: Source, path: string, id: string): Promise<unknown> {
  const whole = await attempt(() => look({ source, path: `${path}/${encodeURIComponent(id)}` }));
  return whole === 'gone' || whole === 'conflict' ? null : whole;
}

/**
 * The id of the event that begins about then, and names the operation, or null. The list is asked for no more than that: the
 * cancelled days of a series are told of one event alone, and might spoil it. [graph-facts 7.1]
 */
async function idOfMade(source: Source, path: string, { op, fields }: OutboxOperation): Promise<string | null> {
  const filter = encodeURIComponent(about(fields));
  for await (const page of source.list(`${path}?$filter=${filter}&$select=id,type,transactionId`)) {
    const items = page.flatMap((item) => wireEvent.safeParse(item).data ?? []);
    const made = items.find((item) => item.transactionId === op && typeOf(item) !== 'exception');
    if (made !== undefined) return made.id;
  }
  return null;
}

function about(fields: Fields): string {
  const from = spanOf(fields)?.from ?? 0;
  const at = (ms: number): string => new Date(ms).toISOString().replace('Z', '');
  return `start/dateTime ge '${at(from - 2 * DAY_MS)}' and start/dateTime le '${at(from + 2 * DAY_MS)}'`;
}
