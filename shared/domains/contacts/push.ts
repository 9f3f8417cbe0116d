import type { PushOutcome, PushPlan } from '../../engine/domain.ts';
import { create } from './push-create.ts';
import { remove } from './push-delete.ts';
import { move } from './push-move.ts';
import { update } from './push-update.ts';

/** Contacts that are made, changed, moved and deleted in Outlook, each once in effect (P8). */
export const contactPush: PushPlan = {
  push(operation, record, source): Promise<PushOutcome> {
    if (operation.effect === 'create') return create(operation, record, source);
    const { graphId } = record;
    if (graphId === null) return Promise.resolve({ outcome: 'gone' });
    const item = { operation, record, graphId, source };
    if (operation.effect === 'delete') return remove(item);
    return operation.fields['folderId'] === undefined ? update(item) : move(item);
  },
};
