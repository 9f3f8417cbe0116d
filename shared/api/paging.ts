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
export function fromCursor(
  list: readonly string[],
  cursor: string | undefined,
  shape = /^/,
  path = 'query.cursor',
): string | null {
  if (cursor === undefined) return null;
  const read = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!read.success || !shape.test(read.data.after)) throw invalid([{ path, message: 'is no cursor of this service' }]);
  if (read.data.list !== hash(list, 12))
    throw invalid([{ path, message: 'belongs to a list with another path or other filters' }]);
  return read.data.after;
}

/** What is asked of a list that is at hand whole. */
interface Paging<T> {
  /** Where an item stands; no two stand in one place. */
  readonly placeOf: (item: T) => string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * A page of a short list that is at hand whole, in the order of what `placeOf` answers: by it the list goes on right, whatever
 * was added or taken away between two pages.
 */
export function pageOfWhole<T>(
  list: readonly string[],
  all: readonly T[],
  { placeOf, limit, cursor }: Paging<T>,
): { readonly items: readonly T[]; readonly nextCursor: string | null } {
  const after = fromCursor(list, cursor);
  const left = all
    .map((item) => ({ item, place: placeOf(item) }))
    .filter(({ place }) => after === null || place > after)
    .toSorted((a, b) => (a.place < b.place ? -1 : 1));
  const shown = left.slice(0, limit);
  return {
    items: shown.map(({ item }) => item),
    nextCursor: left.length > limit ? toCursor(list, shown.at(-1)?.place ?? null) : null,
  };
}
