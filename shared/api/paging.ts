import { z } from 'zod';
import { hash } from '../lib/hash.ts';
import { parseJson } from '../lib/json.ts';
import { invalid } from './router/validate-request.ts';

/** Query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2_000).optional(),
};

const cursorSchema = z.object({ list: z.string(), after: z.string() });

/** An opaque cursor: where a list goes on, and of which list it is. */
export function toCursor(list: readonly string[], after: string | null): string | null {
  if (after === null) return null;
  return Buffer.from(JSON.stringify({ list: hash(list, 12), after })).toString('base64url');
}

/**
 * Where the list goes on. 400 for a cursor that is not ours, or of another list (other filters count as another list).
 * Cursors are not signed: what is inside may be forged, and is held to `shape` here or to its range by who reads it.
 */
export function fromCursor(list: readonly string[], cursor: string | undefined, shape = /^/): string | null {
  if (cursor === undefined) return null;
  const read = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!read.success || !shape.test(read.data.after))
    throw invalid([{ path: 'query.cursor', message: 'is no cursor of this service' }]);
  if (read.data.list !== hash(list, 12))
    throw invalid([{ path: 'query.cursor', message: 'belongs to a list with another path or other filters' }]);
  return read.data.after;
}
