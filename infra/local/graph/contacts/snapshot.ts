import type { Mailbox } from '../mailbox.ts';
import type { ContactFolder } from './folders.ts';
import type { Contact } from './model.ts';
import { renderContact } from './render.ts';
import type { ContactStore } from './store.ts';

/** A contact folder as control shows it: with what Graph keeps to itself. */
export function contactFolderView(store: ContactStore, folder: ContactFolder): Record<string, unknown> {
  return {
    id: store.folderId(folder.num),
    displayName: folder.displayName,
    parentFolderId: store.folderId(folder.parent),
    wellKnownName: folder.wellKnown ?? null,
    isDeleted: store.folders.isDeleted(folder),
    totalItemCount: folder.slots.size,
  };
}

/**
 * `contactFolders`, the default one first, and `contacts`: all of them, those in Deleted Items with `isDeleted`, with every
 * extended property. Ids are the immutable ones.
 */
export function contactPart({ contacts }: Mailbox, idsAlone: boolean): Record<string, unknown> {
  const show = idsAlone ? idsOf : contentOf;
  return {
    contactFolders: contacts.folders.all().map((folder) => contactFolderView(contacts, folder)),
    contacts: contacts.all().map((contact) => show(contacts, contact)),
  };
}

function idsOf(store: ContactStore, contact: Contact): Record<string, unknown> {
  return {
    id: store.idOf(contact, 'immutable'),
    parentFolderId: store.folderId(contact.stay.folder),
    changeKey: store.changeKeyOf(contact),
    isDeleted: store.isDeleted(contact),
  };
}

function contentOf(store: ContactStore, contact: Contact): Record<string, unknown> {
  const item = renderContact(contact, { store, idKind: 'immutable' }, { select: undefined, expand: [] });
  const members = Object.entries(item).filter(([name]) => !name.startsWith('@'));
  return {
    ...Object.fromEntries(members),
    singleValueExtendedProperties: contact.fields.extended,
    hasPhoto: contact.fields.photo !== undefined,
    isDeleted: store.isDeleted(contact),
  };
}
