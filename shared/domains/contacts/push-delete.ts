import type { PushOutcome } from '../../engine/domain.ts';
import { mayHaveArrived } from '../../engine/outbox-rows.ts';
import { contactPath, readContact } from './contact-wire.ts';
import { attempt, ifMatch, isContactFolder, isVersionless, look, unversioned, type ItemPush } from './push-item.ts';

/**
 * Deletes a contact, if it is as we know it. Outlook moves it to Deleted Items, where it can still be read: after an attempt
 * whose outcome is not known the contact is read first, or a second attempt would delete it for good (P8).
 */
export async function remove(item: ItemPush): Promise<PushOutcome> {
  const { operation, graphId, source } = item;
  if (mayHaveArrived(operation)) {
    const found = await whereabouts(item);
    if (found !== null) return found;
  }
  const sent = await send(item);
  if (sent !== null) return sent;
  const found = await whereabouts(item);
  if (found !== null) return found;
  const now = await look(source, graphId);
  const again = isVersionless(item, now) ? await send(unversioned(item)) : null;
  return again ?? { outcome: 'changed', item: now };
}

/** Deletes it. Null where Graph says that it has changed. */
async function send({ record, graphId, source }: ItemPush): Promise<PushOutcome | null> {
  const path = contactPath(graphId);
  const sent = await attempt(() => source.write({ method: 'DELETE', path, ...ifMatch(record.etag) }));
  if (sent === 'gone') return { outcome: 'gone' };
  return sent === 'conflict' ? null : { outcome: 'done', item: null };
}

/** What became of the contact: gone, deleted, changed; null = it is as we know it. */
async function whereabouts({ record, graphId, source }: ItemPush): Promise<PushOutcome | null> {
  const now = await attempt(() => look(source, graphId));
  if (now === 'gone' || now === 'conflict') return { outcome: 'gone' };
  const read = readContact(now, true);
  const folderId = read.fields['folderId'];
  const known = (record.base ?? record.fields)['folderId'];
  const elsewhere = typeof folderId === 'string' && typeof known === 'string' && folderId !== known;
  if (elsewhere && !(await isContactFolder(source, folderId))) return { outcome: 'done', item: null };
  return read.etag === record.etag ? null : { outcome: 'changed', item: now };
}
