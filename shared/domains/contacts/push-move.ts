import type { PushOutcome } from '../../engine/domain.ts';
import { isOtherThanTried, mayHaveArrived } from '../../engine/outbox-rows.ts';
import { isRefusal, RejectedError } from '../../errors.ts';
import { sameJson, type Fields, type Json } from '../../lib/json.ts';
import { sameFields } from './as-sent.ts';
import { contactPath, readContact } from './contact-wire.ts';
import { copyOver, finishCopy } from './push-copy.ts';
import { contactsPath, findMarked } from './push-create.ts';
import { attempt, ifMatch, isTakenAway, look, type ItemPush } from './push-item.ts';
import { patch } from './push-update.ts';
import { toPatch } from './write-members.ts';

/**
 * Moves a contact to another folder, with what else the operation changes. Whether Graph moves one whose `parentFolderId` is
 * patched is not documented: where the answer shows that it did not, the contact is made anew in the other folder, with the
 * operation's key, and the old one deleted; the record goes on with the new one. [graph-facts 8] Of one that is refused, what else
 * Outlook has taken stays, and is not to be taken back with the folder: it becomes what Outlook is known to have first.
 */
export async function move(item: ItemPush): Promise<PushOutcome> {
  try {
    return await moved(item);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const now = await attempt(() => look(item.source, item.graphId));
    if (now === 'conflict' || now === 'gone') return { outcome: 'gone' };
    if (hasArrived(item, now)) return { outcome: 'changed', item: now };
    throw error;
  }
}

/** Whether Outlook has something of an operation that it was not known to have before. */
function hasArrived({ operation, record }: ItemPush, item: unknown): boolean {
  const { fields: now, etag } = readContact(item, true);
  const known = record.base ?? record.fields;
  const isNew = ([field, value]: [string, Json]): boolean =>
    field in now && sameFields({ [field]: value }, now) && !sameJson(now[field], known[field]);
  return etag !== record.etag && Object.entries(operation.fields).some(isNew);
}

async function moved(item: ItemPush): Promise<PushOutcome> {
  const { operation } = item;
  const { folderId, ...rest } = operation.fields;
  const path = contactsPath(folderId);
  const before = mayHaveArrived(operation) ? await goOn(item, path) : null;
  if (before !== null) return before;
  const sent = await patchPlace(item, { folderId, rest });
  if (sent === null) return copyOver(item, path);
  if (sent.outcome !== 'done') return sent;
  return readContact(sent.item, true).fields['folderId'] === folderId ? sent : copyOver(item, path);
}

/** Goes on where an attempt before stopped. Null in the version that we know: nothing has arrived, and Graph is still to be asked. */
async function goOn(item: ItemPush, path: string): Promise<PushOutcome | null> {
  const { operation, record, graphId, source } = item;
  const made = await findCopy(item, path);
  if (made !== null) return finishCopy(item, made);
  const now = await attempt(() => look(source, graphId));
  if (now === 'conflict' || now === 'gone') return { outcome: 'gone' };
  const { fields, etag } = readContact(now, true);
  if (await isTakenAway(item, fields['folderId'])) return { outcome: 'changed', item: now };
  const { folderId, ...rest } = operation.fields;
  const others = toPatch(rest, record.fields);
  const there = fields['folderId'] === folderId;
  const arrived = isOtherThanTried(operation, etag) && sameFields(rest, fields);
  if (there && (arrived || Object.keys(others).length === 0)) return { outcome: 'done', item: now };
  if (etag !== record.etag) return arrived ? copyOver(item, path) : { outcome: 'changed', item: now };
  return there ? patch(item, others) : null;
}

/** The one made by an attempt before; a folder that is gone holds none. */
async function findCopy({ operation, source }: ItemPush, path: string): Promise<unknown> {
  const found = await attempt(() => findMarked(source, path, operation.op));
  return found === 'gone' || found === 'conflict' ? null : found;
}

/** Asks Graph to move it. Null where Graph refuses to be told the folder, and took the rest alone. */
async function patchPlace(
  item: ItemPush,
  { folderId, rest }: { readonly folderId: unknown; readonly rest: Fields },
): Promise<PushOutcome | null> {
  const { record, graphId, source } = item;
  const others = toPatch(rest, record.fields);
  const body: Fields = { ...others, ...(typeof folderId === 'string' ? { parentFolderId: folderId } : {}) };
  const write = { method: 'PATCH', path: contactPath(graphId), body, ...ifMatch(record.etag) } as const;
  const sent = await refusable(() => attempt(() => source.write(write)));
  if (sent !== 'conflict' && sent !== 'gone' && sent !== 'refused' && sent !== null)
    return { outcome: 'done', item: sent };
  if (sent === 'conflict' || sent === null) {
    const now = await attempt(() => look(source, graphId));
    if (now === 'conflict' || now === 'gone') return { outcome: 'gone' };
    return { outcome: sent === null ? 'done' : 'changed', item: now };
  }
  // Refused, or it is the folder that is gone: making it there tells. What else is to be changed needs no folder.
  if (Object.keys(others).length === 0) return null;
  const alone = await patch(item, others);
  return alone.outcome === 'done' ? null : alone;
}

async function refusable<T>(call: () => Promise<T>): Promise<T | 'refused'> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof RejectedError) return 'refused';
    throw error;
  }
}
