import { z } from 'zod';
import type { Kind } from '../../engine/domain.ts';
import { hash } from '../../lib/hash.ts';
import type { Fields } from '../../lib/json.ts';
import type { ContactNotes } from './notes.ts';

/** The stream that the folders themselves come by. */
export const FOLDERS = 'folders';
/** The stream of the default folder: its id is listed nowhere. [graph-facts 2.3] */
export const DEFAULT = 'default';
/** The default folder's well-known name. */
export const DEFAULT_NAME = 'contacts';

/** The stream of one folder's contacts. */
export const streamOfFolder = (folderId: string): string => `f-${hash([folderId], 16)}`;

/** The stream of the contacts in a folder, whichever it is; undefined = no folder is named. */
export function placeOfFolder(folderId: unknown, defaultFolderId: string | undefined): string | undefined {
  if (typeof folderId !== 'string' || folderId === '') return undefined;
  return folderId === defaultFolderId ? DEFAULT : streamOfFolder(folderId);
}

const wire = z.object({
  id: z.string().min(1),
  '@odata.etag': z.string().optional(),
  '@removed': z.unknown().optional(),
  displayName: z.string().nullish(),
  parentFolderId: z.string().nullish(),
});

/** A folder as it stands in the list of folders. */
export const listedFolder = z.object({ id: z.string(), name: z.string(), parentId: z.string().nullable() });
export type ListedFolder = z.output<typeof listedFolder>;

export const folderSelect = 'displayName,parentFolderId';

const defaults = { name: '', parentId: null } satisfies Fields;

/** How a folder stands in the notes. */
const placeKey = (folderId: string): string => hash([folderId], 12);

/** What the folders' delta teaches: in which folders they lie. It names no folder that lies in Deleted Items but as removed. */
export function learnPlaces(items: readonly unknown[], { places = [] }: ContactNotes): readonly string[] {
  const known = new Set(places);
  for (const raw of items) {
    const item = wire.safeParse(raw).data;
    if (item === undefined) continue;
    if (item['@removed'] !== undefined) known.delete(placeKey(item.id));
    else if (typeof item.parentFolderId === 'string') known.add(placeKey(item.parentFolderId));
  }
  return known.size === places.length && places.every((key) => known.has(key)) ? places : [...known];
}

/** A folder lies among the others where one of them does; Exchange keeps a deleted one, with its contacts, in Deleted Items. */
const placeOf =
  ({ places }: ContactNotes) =>
  ({ parentId }: Fields): string =>
    typeof parentId !== 'string' || places === undefined || places.includes(placeKey(parentId)) ? FOLDERS : ELSEWHERE;

/** No stream. */
const ELSEWHERE = 'elsewhere';

/** Contact folders but the default one: they come by a delta of their own, nested ones too, and make no change rows. */
export const folderKind = (notes: ContactNotes): Kind => ({
  name: 'folder',
  feed: false,
  defaults,
  placeFields: [],
  quietFields: [],
  placeOf: placeOf(notes),
  itemPath: (graphId) => `/me/contactFolders/${encodeURIComponent(graphId)}?$select=${folderSelect}`,
  shrink: (fields) => ({ ...fields, name: nameOf(fields).slice(0, 1000) }),
  decode(raw, whole) {
    const item = wire.parse(raw);
    if (item['@removed'] !== undefined) return { type: 'removed', graphId: item.id };
    const { displayName, parentFolderId } = item;
    const present: Fields = {
      ...(displayName === undefined ? {} : { name: displayName ?? '' }),
      ...(parentFolderId === undefined ? {} : { parentId: parentFolderId }),
    };
    return {
      type: 'item',
      graphId: item.id,
      etag: item['@odata.etag'] ?? null,
      modifiedAt: null,
      fields: whole ? { ...defaults, ...present } : present,
      partial: !whole && displayName === undefined,
    };
  },
  index: (record) => [
    {
      order: `f:${nameOf(record.fields).toLowerCase().slice(0, 60)}`,
      id: record.id,
      item: showFolder(record),
      columns: {},
    },
  ],
  show: (record) => showFolder(record),
});

const nameOf = (fields: Fields): string => (typeof fields['name'] === 'string' ? fields['name'] : '');

function showFolder(record: { readonly graphId: string | null; readonly fields: Fields }): Fields {
  const { parentId = null } = record.fields;
  return { id: record.graphId ?? '', name: nameOf(record.fields), parentId };
}
