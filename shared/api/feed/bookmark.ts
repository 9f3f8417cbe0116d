import { z } from 'zod';
import { hash } from '../../lib/hash.ts';
import { parseJson } from '../../lib/json.ts';
import { invalid } from '../router/validate-request.ts';

/** The last number seen of each domain. */
export type Bookmark = Readonly<Record<string, number>>;

const bookmarkSchema = z.strictObject({ of: z.string(), at: z.record(z.string(), z.number().int().min(0)) });

/** The opaque text that a reader of the feed keeps. It is good for this connection alone: the numbers of another mean other rows. */
export const toBookmark = (connectionId: string, at: Bookmark): string =>
  Buffer.from(JSON.stringify({ of: ownerOf(connectionId), at })).toString('base64url');

/** 400 for a text that is not ours, or of the feed of another connection. */
export function fromBookmark(connectionId: string, text: string): Bookmark {
  const read = bookmarkSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!read.success) throw invalid([{ path: 'query.after', message: 'is no cursor of this feed' }]);
  if (read.data.of !== ownerOf(connectionId))
    throw invalid([{ path: 'query.after', message: 'belongs to the feed of another connection' }]);
  return read.data.at;
}

const ownerOf = (connectionId: string): string => hash(['feed', connectionId], 8);
