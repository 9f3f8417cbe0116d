import type { Fields } from '../lib/json.ts';
import { noEffect, type Effect } from './chunk.ts';
import type { EffectContext, Item } from './effects.ts';
import type { EngineRecord } from './model.ts';
import { removeRecord } from './record-rows.ts';

type Windows = Pick<EffectContext, 'kind' | 'cursors'>;

/** Whether these fields place an item outside of the window of a stream. */
export function isOutside({ kind, cursors }: Windows, stream: string, fields: Fields): boolean {
  const window = cursors.get(stream)?.window;
  return window !== undefined && kind.outside?.(fields, window) === true;
}

/** Whether the remote shows the item of a record outside of the window of a stream. */
export const showsOutside = (
  context: Windows,
  stream: string,
  record: EngineRecord | undefined,
  fields: Fields,
): boolean => record !== undefined && isOutside(context, stream, { ...(record.base ?? record.fields), ...fields });

/** The window has gone on and left the record behind: no round over it has seen it, and nobody has moved it. */
export function isLeftBehind(context: Windows, record: EngineRecord): boolean {
  const cursor = context.cursors.get(record.stream);
  if (cursor === undefined || record.generation >= cursor.generation || record.leaving !== undefined) return false;
  return isOutside(context, record.stream, record.fields);
}

/**
 * Takes away what the window has left behind, without a word (P18). What is being written to stays until the next time: its
 * writes must come to their end first.
 */
export const rolledOut = (context: EffectContext, record: EngineRecord): Effect =>
  record.own.every(({ done }) => done) ? removeRecord(context, record, null) : noEffect;

/**
 * A part of something that is told of as a whole, brought by nothing but the rolling of the window: it has no version of its own,
 * and did not lie in the window before (P18).
 */
export function cameByRolling({ kind, cursors }: Windows, stream: string, item: Item): boolean {
  const former = cursors.get(stream)?.former;
  if (former === undefined || item.etag !== null || (item.needs ?? null) === null) return false;
  return kind.outside?.(item.fields, former) === true;
}
