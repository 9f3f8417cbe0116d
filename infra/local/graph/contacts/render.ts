import { parseUri } from '../errors.ts';
import type { FilterWords } from '../filter.ts';
import type { IdKind } from '../ids.ts';
import type { ExtendedProperty } from '../model.ts';
import { wireTime } from '../render.ts';
import type { Shape } from '../render.ts';
import type { ContactFolder } from './folders.ts';
import { ADDRESS_MEMBERS, TEXT_MEMBERS } from './model.ts';
import type { Contact, ListMember } from './model.ts';
import type { ContactStore } from './store.ts';

/** Whose eyes a contact is shown to. */
export interface ContactView {
  store: ContactStore;
  idKind: IdKind;
}

type Getter = (contact: Contact, view: ContactView) => unknown;

const plain = (names: readonly (keyof Contact['fields'])[]): [string, Getter][] =>
  names.map((name) => [name, (contact) => contact.fields[name]]);
const lists: ListMember[] = ['businessPhones', 'homePhones', 'imAddresses', 'children'];

const GETTERS = new Map<string, Getter>([
  ['id', (contact, view) => view.store.idOf(contact, view.idKind)],
  ['createdDateTime', (contact) => wireTime(contact.createdMs)],
  ['lastModifiedDateTime', (contact) => wireTime(contact.modifiedMs)],
  ['changeKey', (contact, view) => view.store.changeKeyOf(contact)],
  ['categories', (contact) => contact.fields.categories],
  ['parentFolderId', (contact, view) => view.store.folderId(contact.stay.folder)],
  ['birthday', birthdayOf],
  ...plain(TEXT_MEMBERS),
  ...plain(lists),
  ['emailAddresses', (contact) => contact.fields.emailAddresses],
  ['primaryEmailAddress', (contact) => contact.fields.emailAddresses[0] ?? null],
  ['secondaryEmailAddress', (contact) => contact.fields.emailAddresses[1] ?? null],
  ['tertiaryEmailAddress', (contact) => contact.fields.emailAddresses[2] ?? null],
  ...plain(ADDRESS_MEMBERS),
]);
const BY_LOWER = new Map([...GETTERS.keys()].map((name) => [name.toLowerCase(), name]));

/** A birthday is a day; on the wire it is an instant, of which two forms are met: midnight and just before noon, UTC. */
function birthdayOf(contact: Contact): string | null {
  const { birthday } = contact.fields;
  return birthday === null ? null : `${birthday}T${contact.num % 2 === 0 ? '00:00:00' : '11:59:00'}Z`;
}

/** What `$filter` and `$orderby` can ask of a contact. */
export const contactWords: FilterWords<Contact, ContactView> = {
  isMember: (name) => BY_LOWER.has(name.toLowerCase()),
  read: (contact, name, view) => GETTERS.get(BY_LOWER.get(name.toLowerCase()) ?? '')?.(contact, view),
  extended: (contact) => contact.fields.extended,
  collections: { emailaddresses: 'address', categories: '' },
};

/** The names of a `$select`, as the wire spells them; undefined = all. 400 on a name that contacts do not have. */
export function parseContactSelect(text: string | null): string[] | undefined {
  return selected(text, BY_LOWER, 'Contact');
}

/** A contact on the wire. Extended properties only where `shape` asks for them; `id` and the etag always. */
export function renderContact(contact: Contact, view: ContactView, shape: Shape): Record<string, unknown> {
  const item: Record<string, unknown> = { '@odata.etag': `W/"${view.store.changeKeyOf(contact)}"` };
  item['id'] = view.store.idOf(contact, view.idKind);
  for (const name of shape.select ?? GETTERS.keys()) item[name] = GETTERS.get(name)?.(contact, view);
  const shown = contact.fields.extended.filter((one: ExtendedProperty) => shape.expand.includes(one.id.toLowerCase()));
  if (shown.length > 0) item['singleValueExtendedProperties'] = shown;
  return item;
}

const FOLDER_NAMES = new Map(['id', 'displayName', 'parentFolderId'].map((name) => [name.toLowerCase(), name]));

export function parseContactFolderSelect(text: string | null): string[] | undefined {
  return selected(text, FOLDER_NAMES, 'ContactFolder');
}

/** A contact folder on the wire: it has no counters. */
export function renderContactFolder(
  folder: ContactFolder,
  store: ContactStore,
  select?: readonly string[],
): Record<string, unknown> {
  const all = { parentFolderId: store.folderId(folder.parent), displayName: folder.displayName };
  const chosen = Object.entries(all).filter(([name]) => select === undefined || select.includes(name));
  return { id: store.folderId(folder.num), ...Object.fromEntries(chosen) };
}

function selected(text: string | null, names: ReadonlyMap<string, string>, type: string): string[] | undefined {
  if (text === null || text.trim() === '') return undefined;
  return text.split(',').map((part) => {
    const name = names.get(part.trim().toLowerCase());
    if (name !== undefined) return name;
    const message = `Could not find a property named '${part.trim()}' on type 'Microsoft.OutlookServices.${type}'.`;
    throw parseUri(`Parsing OData Select and Expand failed: ${message}`);
  });
}
