import { z } from 'zod';
import type { Connection } from '../../engine/connection.ts';
import { ProblemError } from '../../errors.ts';
import { hash } from '../../lib/hash.ts';
import { parseJson } from '../../lib/json.ts';
import { invalid } from '../router/validate-request.ts';

/** The last number seen of each domain. */
export type Bookmark = Readonly<Record<string, number>>;

/** Whose feed it is, and since when: in a storage that was begun anew an account has its id again, with a feed that begins anew. */
export type FeedOwner = Pick<Connection, 'id' | 'createdAt'>;

const bookmarkSchema = z.strictObject({
  of: z.string(),
  /** Bookmarks of before it was kept have none. */
  born: z.string().optional(),
  at: z.record(z.string(), z.number().int().min(0)),
});

/** The opaque text that a reader of the feed keeps. It is good for this connection alone: the numbers of another mean other rows. */
export const toBookmark = (connection: FeedOwner, at: Bookmark): string =>
  Buffer.from(JSON.stringify({ of: ownerOf(connection), born: connection.createdAt, at })).toString('base64url');

/**
 * 400 for a text that is not ours, or of the feed of another connection; 410 for one of this id from before the account was
 * connected anew.
 */
export function fromBookmark(connection: FeedOwner, text: string): Bookmark {
  const read = bookmarkSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!read.success) throw invalid([{ path: 'query.after', message: 'is no cursor of this feed' }]);
  const { of, born = connection.createdAt, at } = read.data;
  if (of !== ownerOf(connection))
    throw invalid([{ path: 'query.after', message: 'belongs to the feed of another connection' }]);
  if (born !== connection.createdAt) throw tooOld('This cursor is from before the account was connected anew');
  return at;
}

/** 410 for a cursor whose next rows are not there to be read. */
export const tooOld = (why: string): ProblemError =>
  new ProblemError(410, 'cursor_too_old', `${why}. List the records, then follow the feed from after=latest`);

const ownerOf = ({ id }: FeedOwner): string => hash(['feed', id], 8);
