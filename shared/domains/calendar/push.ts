import type { PushOutcome, PushPlan } from '../../engine/domain.ts';
import { create } from './push-create.ts';
import { cancel, remove } from './push-delete.ts';
import { pathOf } from './push-item.ts';
import { answerOf, respond } from './push-respond.ts';
import { update } from './push-update.ts';

/** The action of a deletion that tells those who were asked to come, with a comment. */
export const CANCEL = 'cancel';

/** Events that are made, changed, answered, cancelled and deleted in Outlook, each once in effect (P8). */
export const calendarPush: PushPlan = {
  push(operation, record, source): Promise<PushOutcome> {
    if (operation.effect === 'create') return create(operation, record, source);
    if (record.graphId === null) return Promise.resolve({ outcome: 'gone' });
    const item = { operation, record, source, path: pathOf(record, record.graphId) };
    if (operation.effect === 'delete') return operation.action === CANCEL ? cancel(item) : remove(item);
    const answer = answerOf(operation.action);
    return answer === undefined ? update(item) : respond(item, answer);
  },
};
