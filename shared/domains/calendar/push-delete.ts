import type { PushOutcome } from '../../engine/domain.ts';
import { mayHaveArrived } from '../../engine/outbox-rows.ts';
import { TransientError } from '../../errors.ts';
import { attempt, ifMatch, look, type ItemPush } from './push-item.ts';
import { readEvent } from './read-event.ts';

/**
 * Deletes an event, a series or one occurrence, if it is as we know it. What was deleted is not found below its calendar any more:
 * after an attempt whose outcome is not known that is looked at first (P8).
 */
export async function remove(item: ItemPush): Promise<PushOutcome> {
  const { operation, record, path, source } = item;
  if (mayHaveArrived(operation)) {
    const found = await whereabouts(item);
    if (found !== null) return found;
  }
  const sent = await attempt(() => source.write({ method: 'DELETE', path, ...ifMatch(record.etag) }));
  if (sent === 'gone') return { outcome: 'gone' };
  if (sent !== 'conflict') return { outcome: 'done', item: null };
  return (await whereabouts(item)) ?? { outcome: 'changed', item: await look(item) };
}

/** What became of the event: gone, changed; null = it is as we know it. */
async function whereabouts(item: ItemPush): Promise<PushOutcome | null> {
  const now = await attempt(() => look(item));
  if (now === 'gone' || now === 'conflict') return { outcome: 'gone' };
  return readEvent(now).etag === item.record.etag ? null : { outcome: 'changed', item: now };
}

/**
 * Cancels a meeting, a series of them or one occurrence: those who were asked to come are told, with a comment, and Outlook takes
 * it away. Organizers alone can; by others it is refused for good. [graph-facts 7.4]
 */
export async function cancel(item: ItemPush): Promise<PushOutcome> {
  const { operation, path, source } = item;
  if (mayHaveArrived(operation)) {
    const now = await attempt(() => look(item));
    if (now === 'gone' || now === 'conflict') return { outcome: 'gone' };
    if (readEvent(now).fields['isCancelled'] === true) return { outcome: 'done', item: null };
  }
  const { comment } = operation.fields;
  const body = typeof comment === 'string' ? { comment } : {};
  const sent = await attempt(() => source.write({ method: 'POST', path: `${path}/cancel`, body }));
  if (sent === 'conflict') throw new TransientError('the meeting is being changed at this moment');
  return sent === 'gone' ? { outcome: 'gone' } : { outcome: 'done', item: null };
}
