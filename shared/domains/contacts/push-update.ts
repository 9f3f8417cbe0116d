import type { PushOutcome } from '../../engine/domain.ts';
import { isOtherThanTried, mayHaveArrived } from '../../engine/outbox-rows.ts';
import type { Fields } from '../../lib/json.ts';
import { contactPath, readContact } from './contact-wire.ts';
import { sameFields } from './as-sent.ts';
import { attempt, ifMatch, isVersionless, look, unversioned, type ItemPush } from './push-item.ts';
import { toPatch } from './write-members.ts';

/**
 * Changes a contact, if it is as we know it: who was there first is merged with, not overwritten. After an attempt whose
 * outcome is not known the contact is read: it holds what was sent, or is untouched, or was changed by another (P8). What differs
 * from the contact in form alone tells nothing of one that is untouched.
 */
export async function update(item: ItemPush): Promise<PushOutcome> {
  const { operation, record, graphId, source } = item;
  const body = toPatch(operation.fields, record.fields);
  const isEmpty = Object.keys(body).length === 0;
  if (mayHaveArrived(operation) || isEmpty) {
    const now = await attempt(() => look(source, graphId));
    if (now === 'conflict' || now === 'gone') return { outcome: 'gone' };
    const read = readContact(now, true);
    const arrived = isOtherThanTried(operation, read.etag) && sameFields(operation.fields, read.fields);
    if (arrived || isEmpty) return { outcome: 'done', item: now };
    if (read.etag !== record.etag) return { outcome: 'changed', item: now };
  }
  return patch(item, body);
}

/** Sends a change; `changed` where the contact is no longer as we know it. */
export async function patch(item: ItemPush, body: Fields): Promise<PushOutcome> {
  const { record, graphId, source } = item;
  const path = contactPath(graphId);
  const sent = await attempt(() => source.write({ method: 'PATCH', path, body, ...ifMatch(record.etag) }));
  if (sent === 'gone') return { outcome: 'gone' };
  if (sent !== 'conflict' && sent !== null) return { outcome: 'done', item: sent };
  const now = await attempt(() => look(source, graphId));
  if (now === 'conflict' || now === 'gone') return { outcome: 'gone' };
  if (sent === null) return { outcome: 'done', item: now };
  return isVersionless(item, now) ? patch(unversioned(item), body) : { outcome: 'changed', item: now };
}
