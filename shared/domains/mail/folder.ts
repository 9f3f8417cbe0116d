import { z } from 'zod';
import type { Kind } from '../../engine/domain.ts';
import { hash } from '../../lib/hash.ts';
import type { Fields } from '../../lib/json.ts';
import { wellKnownNameOf, type WellKnown } from './well-known.ts';

/** The stream that the folders themselves come by. */
export const FOLDERS = 'folders';

/** The stream of one folder's messages. */
export const streamOfFolder = (folderId: string): string => `f-${hash([folderId], 16)}`;

const wire = z.object({
  id: z.string().min(1),
  '@odata.etag': z.string().optional(),
  '@odata.type': z.string().optional(),
  '@removed': z.unknown().optional(),
  displayName: z.string().nullish(),
  parentFolderId: z.string().nullish(),
  totalItemCount: z.number().nullish(),
  unreadItemCount: z.number().nullish(),
  isHidden: z.boolean().nullish(),
});

/** What we keep of a folder. */
interface FolderFields {
  readonly name: string;
  readonly parentId: string | null;
  readonly totalCount: number;
  readonly unreadCount: number;
  readonly isHidden: boolean;
  readonly isSearch: boolean;
}

/** A folder as it stands in the list of folders. */
export const listedFolder = z.object({
  id: z.string(),
  name: z.string(),
  parentId: z.string().nullable(),
  totalCount: z.number(),
});

export const folderSelect = 'displayName,parentFolderId,totalItemCount,unreadItemCount,isHidden';

const defaults = {
  name: '',
  parentId: null,
  totalCount: 0,
  unreadCount: 0,
  isHidden: false,
  isSearch: false,
} satisfies FolderFields;

/** Mail folders: they come by a delta of their own, nested ones too, and make no change rows. [graph-facts 2.2] */
export const folderKind = (wellKnown: WellKnown): Kind => ({
  name: 'folder',
  feed: false,
  defaults,
  placeFields: [],
  quietFields: [],
  placeOf: () => FOLDERS,
  itemPath: (graphId) => `/me/mailFolders/${encodeURIComponent(graphId)}?$select=${folderSelect}`,
  shrink: (fields) => ({ ...fields, name: nameOf(fields).slice(0, 1000) }),
  decode(raw, whole) {
    const item = wire.parse(raw);
    if (item['@removed'] !== undefined) return { type: 'removed', graphId: item.id };
    const present = presentFields(item);
    return {
      type: 'item',
      graphId: item.id,
      etag: item['@odata.etag'] ?? null,
      modifiedAt: null,
      fields: whole ? { ...defaults, ...present } : present,
      partial: !whole && item.displayName === undefined,
    };
  },
  index: ({ id, graphId, stream, fields }) => {
    const item = showFolder(wellKnown, { graphId, fields });
    return [
      {
        order: `f:${nameOf(fields).toLowerCase().slice(0, 60)}`,
        id,
        item,
        columns: { stream, hidden: fields['isHidden'] === true, search: fields['isSearch'] === true },
      },
    ];
  },
  show: ({ graphId, fields }) => showFolder(wellKnown, { graphId, fields }),
});

const nameOf = (fields: Fields): string => (typeof fields['name'] === 'string' ? fields['name'] : '');

/** The fields that an entry speaks of. */
function presentFields(item: z.output<typeof wire>): Fields {
  const { displayName, parentFolderId, totalItemCount, unreadItemCount, isHidden } = item;
  const type = item['@odata.type'];
  return {
    ...(displayName === undefined ? {} : { name: displayName ?? '' }),
    ...(parentFolderId === undefined ? {} : { parentId: parentFolderId }),
    ...(totalItemCount === undefined ? {} : { totalCount: totalItemCount ?? 0 }),
    ...(unreadItemCount === undefined ? {} : { unreadCount: unreadItemCount ?? 0 }),
    ...(isHidden === undefined ? {} : { isHidden: isHidden ?? false }),
    ...(type === undefined ? {} : { isSearch: /mailSearchFolder$/i.test(type) }),
  };
}

function showFolder(
  wellKnown: WellKnown,
  record: { readonly graphId: string | null; readonly fields: Fields },
): Fields {
  const { name = '', parentId = null, totalCount = 0, unreadCount = 0 } = record.fields;
  const id = record.graphId ?? '';
  return { id, name, wellKnownName: wellKnownNameOf(wellKnown, id), parentId, totalCount, unreadCount };
}
