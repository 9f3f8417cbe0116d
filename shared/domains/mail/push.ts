import { z } from 'zod';
import type { PushOutcome, PushPlan } from '../../engine/domain.ts';
import { mayHaveArrived } from '../../engine/outbox-rows.ts';
import type { EngineRecord, OutboxOperation } from '../../engine/model.ts';
import type { Source } from '../../engine/ports.ts';
import { ConflictError, GoneError, isRefusal, RejectedError, TransientError } from '../../errors.ts';
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

/** An update of a message that Outlook has. */
interface Update {
  readonly operation: OutboxOperation;
  readonly record: EngineRecord;
  readonly source: Source;
  readonly path: string;
  /** The message as it is now. */
  readonly look: () => Promise<unknown>;
}

/**
 * Message updates, sent if the message is as we know it, and moved if it is where we know it: who was there first is merged with,
 * not overwritten (P10). All of them may be repeated without further effect, and after an attempt whose outcome is unknown the
 * message is read first and only what still differs is sent (P8).
 */
export const mailPush: PushPlan = {
  async push(operation, record, source) {
    if (record.graphId === null) return { outcome: 'gone' };
    const path = `/me/messages/${encodeURIComponent(record.graphId)}`;
    const look = async (): Promise<unknown> => source.get(`${path}?$select=${messageSelect}`);
    try {
      return await update({ operation, record, source, path, look });
    } catch (error) {
      const moves = operation.fields['folderId'] !== undefined;
      if (!(error instanceof GoneError || (moves && isRefusal(error)))) throw error;
      const item = await lookIfThere(look);
      if (item === null) return { outcome: 'gone' };
      // That stays, and is not to be taken back with the folder: it becomes what Outlook is known to have first.
      if (moves && hasArrived(operation, record, item)) return { outcome: 'changed', item };
      if (!(error instanceof GoneError)) throw error;
      const { message, facts } = error;
      // The message is there: it is the folder that it was to go to that is gone.
      if (moves) throw new RejectedError(message, facts, { cause: error });
      throw new TransientError('the message was away for a moment', facts, { cause: error });
    }
  },
};

async function lookIfThere(look: () => Promise<unknown>): Promise<unknown> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof GoneError) return null;
    throw error;
  }
}

/** Whether Outlook has something of an operation that it was not known to have before. */
function hasArrived({ fields: sent }: OutboxOperation, { base, fields }: EngineRecord, item: unknown): boolean {
  const now = readMessage(item).fields;
  return Object.entries(sent).some(
    ([field, value]) => sameJson(now[field], value) && !sameJson((base ?? fields)[field], value),
  );
}

async function update(message: Update): Promise<PushOutcome> {
  const { operation, record, look } = message;
  let item: unknown = mayHaveArrived(operation) ? await look() : undefined;
  const present = item === undefined ? null : readMessage(item);
  const open = Object.entries(operation.fields).filter(([field, value]) => !sameJson(present?.fields[field], value));
  let rest: Fields = {};
  for (const [field, value] of open) rest = { ...rest, ...toWire[field]?.(value) };
  if (Object.keys(rest).length > 0) {
    if (present !== null && record.etag !== null && present.etag !== record.etag) return { outcome: 'changed', item };
    const sent = await patch(message, rest);
    if (sent.outcome !== 'done') return sent;
    item = sent.item;
  }
  return moved(message, item ?? (await look()));
}

/** Moves a message that is to be moved, if it is where we know it: no page tells of a move that minds versions. */
async function moved({ operation, record, source, path }: Update, item: unknown): Promise<PushOutcome> {
  const { folderId: place } = readMessage(item).fields;
  const { folderId: destination } = operation.fields;
  const { folderId: known } = record.base ?? record.fields;
  if (typeof destination !== 'string' || place === destination) return { outcome: 'done', item };
  if (typeof place === 'string' && typeof known === 'string' && place !== known) return { outcome: 'changed', item };
  const body = { destinationId: destination };
  return { outcome: 'done', item: await source.write({ method: 'POST', path: `${path}/move`, body }) };
}

/** Attempts after which a refusal of the version that stands is believed to be no matter of versions, as no page promises. */
const VERSIONED = 2;

/** Sends a change; `changed` where the message is no longer as we know it. [graph-facts 8.1] */
async function patch({ operation, record, source, path, look }: Update, body: Fields): Promise<PushOutcome> {
  const write = { method: 'PATCH', path, body } as const;
  const { etag } = record;
  try {
    return { outcome: 'done', item: await source.write(etag === null ? write : { ...write, ifMatch: etag }) };
  } catch (error) {
    if (!(error instanceof ConflictError) || etag === null) throw error;
    const item = await look();
    const versionless = operation.attempts >= VERSIONED && readMessage(item).etag === etag;
    return versionless ? { outcome: 'done', item: await source.write(write) } : { outcome: 'changed', item };
  }
}
