import type { PushOutcome } from '../../engine/domain.ts';
import { isOtherThanTried, mayHaveArrived } from '../../engine/outbox-rows.ts';
import type { Fields } from '../../lib/json.ts';
import { sameFields, sameText } from './as-sent.ts';
import { wireEvent } from './event-wire.ts';
import { remakesParts } from './own-doing.ts';
import { attempt, bodyOf, ifMatch, look, rejected, versionIn, type ItemPush } from './push-item.ts';
import { readEvent } from './read-event.ts';
import { isRefusal } from './refusal.ts';
import { keepTeamsBlock, type EventBody, type OnlineMeeting } from './teams-block.ts';
import { toWire } from './write-members.ts';

/**
 * Changes an event, a series or one occurrence, if it is as we know it: who was there first is merged with, not overwritten. What
 * has no version of its own is looked at first. After an attempt whose outcome is not known the event is read: it holds what was
 * sent, or is untouched, or was changed by another (P8). A new body keeps the block by which an online meeting is joined, as it
 * stands at this moment.
 */
export async function update(item: ItemPush): Promise<PushOutcome> {
  const { operation, record } = item;
  // As Outlook has it: what the record holds may be of changes that still wait behind this one.
  const body = toWire(operation.fields, { ...(record.base ?? record.fields), ...operation.fields });
  if (isRefusal(body)) throw rejected(body);
  const wanted = bodyIn(body);
  const isEmpty = Object.keys(body).length === 0;
  const isKnown = !mayHaveArrived(operation) && wanted === null && record.etag !== null;
  if (isKnown && !isEmpty) return patch(item, body, record.etag);
  const now = await attempt(() => look(item));
  if (now === 'conflict' || now === 'gone') return { outcome: 'gone' };
  const { fields, etag } = readEvent(now);
  const arrived = isOtherThanTried(operation, etag) && sameFields(operation.fields, fields) && holdsBody(now, wanted);
  return arrived || isEmpty ? { outcome: 'done', item: now } : patchSeen(item, body, now);
}

/** Sends a change of what was looked at just now, if it is as we know it. */
async function patchSeen(item: ItemPush, body: Fields, now: unknown): Promise<PushOutcome> {
  const { etag } = item.record;
  if (readEvent(now).etag !== etag) return { outcome: 'changed', item: now };
  const wanted = bodyIn(body);
  const whole = wanted === null ? body : { ...body, body: { ...keepTeamsBlock(bodyOf(now), wanted, meetingIn(now)) } };
  return patch(item, whole, etag ?? versionIn(now));
}

/** The online meeting itself: its body need not name it alone, and the text of other events may name one. */
function meetingIn(now: unknown): OnlineMeeting {
  const { isOnlineMeeting, onlineMeeting, onlineMeetingUrl } = wireEvent.parse(now);
  const joinUrl = [onlineMeeting?.joinUrl, onlineMeetingUrl].find((link) => (link ?? '') !== '') ?? null;
  return { isOnline: isOnlineMeeting !== false || joinUrl !== null, joinUrl };
}

const bodyIn = (body: Fields): EventBody | null => (body['body'] === undefined ? null : bodyOf(body));

/** Whether a body is what was sent, with the block of a meeting that has been kept. */
const holdsBody = (raw: unknown, wanted: EventBody | null): boolean =>
  wanted === null || sameText(bodyOf(raw).content, keepTeamsBlock(bodyOf(raw), wanted, meetingIn(raw)).content);

/** Sends a change; `changed` where the event is no longer in this version. */
async function patch(item: ItemPush, body: Fields, version: string | null): Promise<PushOutcome> {
  const { path, source } = item;
  const sent = await attempt(() => source.write({ method: 'PATCH', path, body, ...ifMatch(version) }));
  if (sent === 'gone') return { outcome: 'gone' };
  // Who was asked to come has not answered to another time yet, and so on: what Outlook makes of it is our doing.
  const alone = version !== null;
  // A series that takes place at other times forgets which days it left out, and the answer does not say so. [graph-facts 7.3]
  const tellsAll = !remakesParts(item.operation, item.record);
  if (sent !== 'conflict' && sent !== null && tellsAll) return { outcome: 'done', item: sent, alone };
  const now = await attempt(() => look(item));
  if (now === 'conflict' || now === 'gone') return { outcome: 'gone' };
  if (sent !== 'conflict') return { outcome: 'done', item: now };
  // What an occurrence shows as its version may be none that it can be written with.
  const stands = version !== null && item.record.etag === null && versionIn(now) === version;
  return stands ? patch(item, body, null) : { outcome: 'changed', item: now };
}
