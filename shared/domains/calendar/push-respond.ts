import { z } from 'zod';
import type { PushOutcome } from '../../engine/domain.ts';
import type { OutboxOperation } from '../../engine/model.ts';
import { isOtherThanTried } from '../../engine/outbox-rows.ts';
import { TransientError } from '../../errors.ts';
import type { Fields } from '../../lib/json.ts';
import { attempt, look, type ItemPush } from './push-item.ts';
import { readEvent } from './read-event.ts';

/** How a meeting is answered: the word of the API, Graph's call, and what the event shows then. */
export const responses = {
  accept: { call: 'accept', shows: 'accepted' },
  tentative: { call: 'tentativelyAccept', shows: 'tentativelyAccepted' },
  decline: { call: 'decline', shows: 'declined' },
} as const;
export type Answer = keyof typeof responses;

/** The answer that an operation gives; undefined for other operations. */
export const answerOf = (action: string): Answer | undefined =>
  action === 'accept' || action === 'tentative' || action === 'decline' ? action : undefined;

/** What is written to answer a meeting. `comment` null and `sendResponse` false tell the organizer nothing. */
export const responseFields = (answer: Answer, reply: z.output<typeof replySchema>): Fields => ({
  responseStatus: responses[answer].shows,
  reply: { comment: reply.comment ?? null, sendResponse: reply.sendResponse ?? true },
});

const replySchema = z.object({ comment: z.string().nullish(), sendResponse: z.boolean().nullish() });

/** What an answer tells beside itself is news to the organizer, though the meeting shows the answer already. */
const hasWords = ({ fields }: OutboxOperation): boolean => {
  const { comment, sendResponse } = replySchema.safeParse(fields['reply'] ?? {}).data ?? {};
  return sendResponse !== false && (comment ?? '') !== '';
};

/**
 * Answers a meeting, or one occurrence of it. The event is read first: one that shows the answer already was answered, here or in
 * Outlook, and the organizer is told nothing but a comment that has not been tried yet (P8). Declining takes the event away. [graph-facts 7.4]
 */
export async function respond(item: ItemPush, answer: Answer): Promise<PushOutcome> {
  const { operation } = item;
  // Where it is gone, declining it has been done.
  const gone: PushOutcome = answer === 'decline' ? { outcome: 'done', item: null } : { outcome: 'gone' };
  const before = await lookOrNull(item);
  if (before === null) return gone;
  const { fields, etag } = readEvent(before);
  const answered = fields['responseStatus'] === responses[answer].shows;
  // Taken back meanwhile, by an answer that was given in Outlook.
  const withdrawn = operation.fields['responseStatus'] === undefined;
  if (answered ? isOtherThanTried(operation, etag) || !hasWords(operation) : withdrawn)
    return { outcome: 'done', item: before };
  if ((await send(item, answer)) === 'gone') return gone;
  const after = await lookOrNull(item);
  // Answering changes how the time is shown, too.
  return after === null ? gone : { outcome: 'done', item: after, alone: etag !== null && etag === item.record.etag };
}

async function lookOrNull(item: ItemPush): Promise<unknown> {
  const now = await attempt(() => look(item));
  return now === 'gone' || now === 'conflict' ? null : now;
}

async function send({ operation, path, source }: ItemPush, answer: Answer): Promise<'sent' | 'gone'> {
  const { comment, sendResponse } = replySchema.safeParse(operation.fields['reply'] ?? {}).data ?? {};
  const tells = sendResponse ?? true;
  // Without a response Graph refuses a comment: whoever wants nothing told gets nothing told.
  const body = { sendResponse: tells, ...(tells && typeof comment === 'string' && comment !== '' ? { comment } : {}) };
  const sent = await attempt(() => source.write({ method: 'POST', path: `${path}/${responses[answer].call}`, body }));
  if (sent === 'conflict') throw new TransientError('the meeting is being changed at this moment');
  return sent === 'gone' ? 'gone' : 'sent';
}
