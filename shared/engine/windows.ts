import type { Fields } from '../lib/json.ts';
import { noEffect, type Effect } from './chunk.ts';
import type { Side } from './domain.ts';
import type { EffectContext, Item } from './effects.ts';
import type { EngineRecord } from './model.ts';
import { removeRecord } from './record-rows.ts';
import { wholeIdOf } from './wholes.ts';

type Windows = Pick<EffectContext, 'kind' | 'cursors'>;

/** On which side of the window of a stream these fields place an item; null = within it, or it has none. */
function sideOf({ kind, cursors }: Windows, stream: string, fields: Fields): Side | null {
  const window = cursors.get(stream)?.window;
  return window === undefined ? null : (kind.outside?.(fields, window) ?? null);
}

/** Whether these fields place an item outside of the window of a stream. */
export const isOutside = (context: Windows, stream: string, fields: Fields): boolean =>
  sideOf(context, stream, fields) !== null;

/** Whether these fields place an item behind the window of a stream. */
export const isBehind = (context: Windows, stream: string, fields: Fields): boolean =>
  sideOf(context, stream, fields) === 'behind';

/** Whether the remote shows the item of a record behind the window of a stream. */
export const showsBehind = (
  context: Windows,
  stream: string,
  record: EngineRecord | undefined,
  fields: Fields,
): boolean => record !== undefined && isBehind(context, stream, { ...(record.base ?? record.fields), ...fields });

/**
 * The window has gone on and left the record behind: no round over it has seen it, and nobody has moved it. So it is with a part
 * ahead of a window that was cut shorter, where the part has nothing of its own: it comes again with its whole.
 */
export function isLeftBehind(context: Windows, record: EngineRecord): boolean {
  const cursor = context.cursors.get(record.stream);
  if (cursor === undefined || record.generation >= cursor.generation || record.leaving !== undefined) return false;
  const side = sideOf(context, record.stream, record.fields);
  return side === 'behind' || (side === 'ahead' && record.etag === null && wholeIdOf(context.kind, record) !== null);
}

/**
 * Takes away what the window has left behind, without a word (P18). What is being written to stays until the next time: its
 * writes must come to their end first.
 */
export const rolledOut = (context: EffectContext, record: EngineRecord): Effect =>
  record.own.every(({ done }) => done) ? removeRecord(context, record, null) : noEffect;

/** An item lies where the window has come to by the round under way, and did not reach before it (P18). */
export function cameWithWindow({ kind, cursors }: Windows, stream: string, { fields }: Pick<Item, 'fields'>): boolean {
  const former = cursors.get(stream)?.former;
  return former !== undefined && (kind.outside?.(fields, former) ?? null) !== null;
}

/**
 * A part of something that is told of as a whole, brought by nothing but the rolling of the window: it has no version of its own,
 * and did not lie in the window before (P18).
 */
export const cameByRolling = (context: Windows, stream: string, item: Item): boolean =>
  item.etag === null && (item.needs ?? null) !== null && cameWithWindow(context, stream, item);
