import { z } from 'zod';
import { CursorError } from '../errors.ts';
import { parseJson } from '../lib/json.ts';

/** Where a list goes on: after a key, or inside a search that has found nothing yet. */
export type ListCursor = readonly [after: string, within: string | null];

/** What a key may hold (keys.ts), and what stands in the client's continuation tokens: nothing else is sent to the service. */
const keyText = z.string().regex(/^[ -~]{0,1024}$/);
const tokenShape = z.strictObject({ nextPartitionKey: keyText, nextRowKey: keyText.optional() });
const tokenText = z.string().refine((text) => tokenShape.safeParse(parseJson(decoded(text, 'base64'))).success);
const cursorSchema = z.tuple([keyText, tokenText.nullable()]);

const decoded = (text: string, encoding: 'base64' | 'base64url'): string => Buffer.from(text, encoding).toString();

export const cursorText = (cursor: ListCursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

/** Throws CursorError for a text that no page ever gave. What passes may still be forged: ranges are for the caller to hold. */
export function readCursor(text: string): ListCursor {
  const cursor = cursorSchema.safeParse(parseJson(decoded(text, 'base64url')));
  if (!cursor.success) throw new CursorError('The cursor of a list cannot be read');
  return cursor.data;
}
