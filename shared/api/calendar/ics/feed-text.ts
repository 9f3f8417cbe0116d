import { hash } from '../../../lib/hash.ts';

/** Text as a feed may hold it: without control characters, of which RFC 5545 allows tabs and line breaks alone. */
export const feedText = (text: string | null): string => (text ?? '').replaceAll(/[^\P{Cc}\n\r\t]/gu, '');

/** A text that is one line, and whose marks are escaped already: what the library puts into a line as it is. */
export const feedLine = (text: string): string =>
  feedText(text)
    .replaceAll(/[\r\n\t]+/g, ' ')
    .replaceAll(/[\\;,]/g, '\\$&');

/** An address with nothing in it that iCalendar text would need to escape; null where it is none. */
export function feedUrl(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  return new URL(url).href.replaceAll(/[,;\\]/g, encodeURIComponent);
}

/** A UID of a feed. Invitations bring UIDs that others chose: one that is not plain is told by its hash. */
export const feedUid = (uid: string): string => (/^[\w@.:{}/+=-]{1,255}$/.test(uid) ? uid : hash(['uid', uid], 43));
