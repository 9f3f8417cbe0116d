import { DEFAULT, DEFAULT_NAME, listedFolder, placeOfFolder } from '../../domains/contacts/folder.ts';
import { contactKind } from '../../domains/contacts/contact.ts';
import type { ContactNotes } from '../../domains/contacts/notes.ts';
import type { Cursor, EngineRecord } from '../../engine/model.ts';
import type { Fields } from '../../lib/json.ts';
import { contactFolderView, contactView, type ContactFolderView, type ContactView } from './schemas.ts';

/** A contact's record as the API shows it. */
export const showContact = (notes: ContactNotes, record: EngineRecord): ContactView =>
  contactView.parse(contactKind(notes).show(record));

/** A folder as the API shows it: it is synced where it has a stream. */
export function showFolder(item: Fields, notes: ContactNotes, cursors: ReadonlyMap<string, Cursor>): ContactFolderView {
  const folder = listedFolder.parse(item);
  const cursor = cursors.get(placeOfFolder(folder.id, notes.defaultFolderId) ?? '');
  return contactFolderView.parse({
    ...folder,
    wellKnownName: folder.id === notes.defaultFolderId ? DEFAULT_NAME : null,
    totalCount: cursor?.records ?? null,
    unreadCount: null,
    synced: cursor !== undefined,
  });
}

/**
 * The default folder, which Graph lists nowhere: its id is known once a contact of it was seen, and is `contacts` until then,
 * by which it may be named always.
 */
export function showDefaultFolder(notes: ContactNotes, cursors: ReadonlyMap<string, Cursor>): ContactFolderView {
  const cursor = cursors.get(DEFAULT);
  return {
    id: notes.defaultFolderId ?? DEFAULT_NAME,
    name: 'Contacts',
    wellKnownName: DEFAULT_NAME,
    parentId: null,
    totalCount: cursor?.records ?? null,
    unreadCount: null,
    synced: cursor !== undefined,
  };
}
