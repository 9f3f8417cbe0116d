import { z } from 'zod';
import type { PushPlan } from '../../engine/domain.ts';
import type { OutboxOperation } from '../../engine/model.ts';
import type { Source } from '../../engine/ports.ts';
import { GoneError, RejectedError, TransientError } from '../../errors.ts';
import { sameJson, type Fields, type Json } from '../../lib/json.ts';
import { messageSelect, readMessage } from './message-wire.ts';

/** What an application may change of a received message. [api/message-update] */
export const messageWrite = z.object({
  isRead: z.boolean().optional(),
  flag: z.enum(['notFlagged', 'flagged', 'complete']).optional(),
  categories: z.array(z.string().min(1).max(255)).max(100).optional(),
  folderId: z.string().optional(),
});

const toWire: Readonly<Record<string, (value: Json) => Fields>> = {
  isRead: (value) => ({ isRead: value }),
  flag: (value) => ({ flag: { flagStatus: value } }),
  categories: (value) => ({ categories: value }),
};

/**
 * Message updates. All of them may be repeated without further effect, and after an attempt whose outcome is unknown
 * the message is read first and only what still differs is sent (P8).
 */
export const mailPush: PushPlan = {
  async push(operation, record, source) {
    if (record.graphId === null) return { outcome: 'gone' };
    const path = `/me/messages/${encodeURIComponent(record.graphId)}`;
    const look = async (): Promise<unknown> => source.get(`${path}?$select=${messageSelect}`);
    try {
      return { outcome: 'done', item: await update(operation, { path, look }, source) };
    } catch (error) {
      if (!(error instanceof GoneError)) throw error;
      if (!(await isThere(look))) return { outcome: 'gone' };
      const { message, facts } = error;
      // The message is there: it is the folder that it was to go to that is gone.
      if (operation.fields['folderId'] !== undefined) throw new RejectedError(message, facts, { cause: error });
      throw new TransientError('the message was away for a moment', facts, { cause: error });
    }
  },
};

async function isThere(look: () => Promise<unknown>): Promise<boolean> {
  try {
    await look();
    return true;
  } catch (error) {
    if (error instanceof GoneError) return false;
    throw error;
  }
}

async function update(
  operation: OutboxOperation,
  message: { readonly path: string; readonly look: () => Promise<unknown> },
  source: Source,
): Promise<unknown> {
  const { path, look } = message;
  let item: unknown = operation.attempts > 0 ? await look() : undefined;
  const present = item === undefined ? {} : readMessage(item).fields;
  const open = Object.entries(operation.fields).filter(([field, value]) => !sameJson(present[field], value));
  let body: Fields = {};
  for (const [field, value] of open) body = { ...body, ...toWire[field]?.(value) };
  if (Object.keys(body).length > 0) item = await source.write({ method: 'PATCH', path, body });
  const destination = open.find(([field]) => field === 'folderId')?.[1];
  if (typeof destination === 'string')
    item = await source.write({ method: 'POST', path: `${path}/move`, body: { destinationId: destination } });
  return item ?? look();
}
