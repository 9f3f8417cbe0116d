import { z } from 'zod';
import type { IndexQuery } from '../../engine/ports.ts';
import type { Fields } from '../../lib/json.ts';
import { streamOfFolder } from './folder.ts';
import { orderOf } from './message.ts';
import type { WellKnown } from './well-known.ts';

/** What a list of messages may be filtered by. Times are inclusive (`since`) and exclusive (`until`). */
export interface MessageFilters {
  readonly folder?: string;
  readonly label?: string;
  readonly unread?: boolean;
  readonly from?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** How filters are answered: the key range and columns by the store, the rest item by item. */
export interface MessageQuery {
  readonly query: Pick<IndexQuery, 'from' | 'to' | 'where'>;
  readonly keep: (item: Fields) => boolean;
}

const sender = z.object({ from: z.object({ name: z.string().nullable(), address: z.string().nullable() }).nullable() });
const labelled = z.object({ labels: z.array(z.string()) });

/** The query behind a list of messages, newest first. */
export function messageQuery(filters: MessageFilters, wellKnown: WellKnown): MessageQuery {
  const named = new Map(Object.entries(wellKnown));
  const folderId = filters.folder === undefined ? undefined : (named.get(filters.folder) ?? filters.folder);
  const after = (order: string): string => `${order}~`;
  return {
    query: {
      from: filters.until === undefined ? 'm:' : after(orderOf(filters.until.toISOString())),
      to: filters.since === undefined ? 'm;' : after(orderOf(filters.since.toISOString())),
      where: {
        ...(folderId === undefined ? {} : { stream: streamOfFolder(folderId) }),
        ...(filters.unread === undefined ? {} : { unread: filters.unread }),
        ...(filters.label === 'FLAGGED' ? { flagged: true } : {}),
      },
    },
    keep: (item) => hasLabel(item, filters.label) && isFrom(item, filters.from),
  };
}

function hasLabel(item: Fields, label: string | undefined): boolean {
  return label === undefined || (labelled.safeParse(item).data?.labels.includes(label) ?? false);
}

function isFrom(item: Fields, from: string | undefined): boolean {
  if (from === undefined) return true;
  const found = sender.safeParse(item).data?.from;
  const wanted = from.toLowerCase();
  return found?.address?.toLowerCase() === wanted || (found?.name?.toLowerCase().includes(wanted) ?? false);
}

/** All folders of a connection. */
export const folderQuery: Pick<IndexQuery, 'from' | 'to' | 'where'> = { from: 'f:', to: 'f;', where: {} };
