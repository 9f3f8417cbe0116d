import { z } from 'zod';
import { parseJson } from '../../lib/json.ts';
import { invalid } from '../router/validate-request.ts';

/** The last number seen of each domain. */
export type Bookmark = Readonly<Record<string, number>>;

const bookmarkSchema = z.record(z.string(), z.number().int().min(0));

/** The opaque text that a reader of the feed keeps. */
export const toBookmark = (positions: Bookmark): string => Buffer.from(JSON.stringify(positions)).toString('base64url');

/** 400 for a text that is not ours. */
export function fromBookmark(text: string): Bookmark {
  const read = bookmarkSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!read.success) throw invalid([{ path: 'query.after', message: 'is no cursor of this feed' }]);
  return read.data;
}
