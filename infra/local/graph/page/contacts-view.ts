import type { ContactFolder } from '../contacts/folders.ts';
import type { Contact } from '../contacts/model.ts';
import type { ContactStore } from '../contacts/store.ts';

/** The contact folders as lines, the default one first, each after its parent. Those in Deleted Items are not shown. */
export function contactFolderLines(store: ContactStore) {
  const { folders } = store;
  const walk = (folder: ContactFolder, depth: number): object[] => [
    { id: store.folderId(folder.num), displayName: folder.displayName, depth, total: folder.slots.size },
    ...folders.children(folder.num).flatMap((child) => walk(child, depth + 1)),
  ];
  return walk(folders.main, 0);
}

/** The contacts of a folder by `fileAs`; with a search those that have it in a name, an address or a number. */
export function contactLines(
  store: ContactStore,
  folder: ContactFolder,
  { top, search }: { top: number; search: string },
) {
  const all = store.in(folder).toSorted((left, right) => sortKey(left).localeCompare(sortKey(right)));
  const found = search === '' ? all : all.filter((contact) => matches(contact, search));
  return { total: found.length, contacts: found.slice(0, top).map((contact) => contactLine(store, contact)) };
}

function sortKey({ fields }: Contact): string {
  return fields.fileAs ?? fields.displayName ?? '';
}

function matches({ fields }: Contact, search: string): boolean {
  const { displayName, companyName, emailAddresses, businessPhones, homePhones, mobilePhone } = fields;
  const addresses = emailAddresses.map((one) => one.address ?? '');
  const all = [displayName, companyName, ...addresses, ...businessPhones, ...homePhones, mobilePhone];
  return all.join('\n').toLowerCase().includes(search);
}

function contactLine(store: ContactStore, contact: Contact) {
  const { fields } = contact;
  return {
    id: store.idOf(contact, 'immutable'),
    changeKey: store.changeKeyOf(contact),
    displayName: fields.displayName ?? '',
    companyName: fields.companyName ?? '',
    email: fields.emailAddresses[0]?.address ?? '',
    categories: fields.categories,
  };
}

/** One contact whole, for the reading pane. */
export function contactView(store: ContactStore, contact: Contact) {
  const { extended, photo, ...fields } = contact.fields;
  return {
    ...fields,
    id: store.idOf(contact, 'immutable'),
    changeKey: store.changeKeyOf(contact),
    folder: store.folderId(contact.stay.folder),
    isDeleted: store.isDeleted(contact),
    extended,
    photo: photo?.toString('base64') ?? null,
  };
}
