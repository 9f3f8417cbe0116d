import type { Kind, Shown } from '../../engine/domain.ts';
import type { EngineRecord, IndexEntry } from '../../engine/model.ts';
import { hash } from '../../lib/hash.ts';
import type { Fields, Json } from '../../lib/json.ts';
import { contactDefaults, contactPath, itemQuery, readContact } from './contact-wire.ts';
import { DEFAULT, placeOfFolder } from './folder.ts';
import { fold } from './fold.ts';
import { addressesOf, contactKeys, emailKey, entryKeys, numbersOf, phoneBucket, phoneKind } from './match.ts';
import { joinAddresses, joinEmails, joinPhones } from './join-entries.ts';
import type { ContactNotes } from './notes.ts';

/** Outlook keeps so many e-mail addresses of a contact, and so many numbers of each kind. [graph-facts 8] */
export const MOST_EMAILS = 3;
export const MOST_PHONES = 2;

/** Addresses, and numbers, that a contact is found by: no more than a chunk has room for. */
const MOST_KEYS = 10;

/** Contacts are told whole: a contact that was read itself and names no folder is where it was. */
const withoutPlace: Fields = Object.fromEntries(
  Object.entries(contactDefaults).filter(([field]) => field !== 'folderId' && field !== 'externalId'),
);

/** Contacts of people's own folders. What Graph keeps beyond these fields is never written, and so never lost. */
export function contactKind({ defaultFolderId, region }: ContactNotes): Kind {
  const placeOf = ({ folderId }: Fields): string | undefined => placeOfFolder(folderId, defaultFolderId);
  const keys = entryKeys(region);
  return {
    name: 'contact',
    feed: true,
    defaults: contactDefaults,
    placeFields: ['folderId'],
    quietFields: [],
    placeOf,
    itemPath: (graphId) => `${contactPath(graphId)}?${itemQuery}`,
    shrink,
    decode(raw, whole) {
      const contact = readContact(raw, whole);
      if (contact.removed) return { type: 'removed', graphId: contact.graphId };
      return {
        type: 'item',
        graphId: contact.graphId,
        etag: contact.etag,
        modifiedAt: contact.modifiedAt,
        fields: whole ? { ...withoutPlace, ...contact.fields } : contact.fields,
        partial: !whole && contact.thin,
        ...(whole ? { origin: contact.origin } : {}),
      };
    },
    index: (record) =>
      entriesOf(record, record.stream === DEFAULT ? DEFAULT : (placeOf(record.fields) ?? record.stream)),
    show: showContact,
    sets: {
      emails: { keyOf: keys.email, limit: MOST_EMAILS, join: joinEmails },
      phones: { keyOf: keys.phone, limit: MOST_PHONES, sortOf: phoneKind, join: joinPhones(region) },
      addresses: { keyOf: keys.address, join: joinAddresses },
      // One category, whatever its case.
      categories: { keyOf: keys.category, join: (theirs) => theirs },
    },
    remakes: true,
    matchKeys: (fields) => contactKeys(fields, region),
    madeUp: (fields) => (calledAfter(fields).includes(textOf(fields['displayName'])) ? ['displayName'] : []),
  };
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** What a contact may be called after where nobody names it. */
const calledAfter = (fields: Fields): readonly string[] => [
  [fields['givenName'], fields['surname']]
    .map(textOf)
    .filter((name) => name !== '')
    .join(' '),
  textOf(fields['companyName']),
  ...addressesOf(fields),
  ...numbersOf(fields),
];

/** What a contact is called in a list: its name, or what else tells who it is. Nameless ones come last. */
function nameOf(fields: Fields): string {
  return [textOf(fields['displayName']), ...calledAfter(fields)].map(fold).find((name) => name !== '') ?? '\uffff';
}

/** By name, alphabetically; case and accents make no difference. */
export const nameOrder = (fields: Fields): string => `c:${nameOf(fields).slice(0, 40)}`;

/** Finds the contacts with this e-mail address, however it is written. */
export function emailOrder(address: string): string {
  const key = emailKey(address);
  return `e:${/^[\w@.+-]{1,48}$/.test(key) ? key : hash([key], 32)}`;
}

/** Finds the contacts whose numbers end like this one, among them those that have it, however it is written. */
export const phoneOrder = (number: string): string => `p:${phoneBucket(number)}`;

/** Finds the contact that the application knows by this id of its own. */
export const externalIdOrder = (externalId: string): string => `x:${hash([externalId], 32)}`;

function entriesOf(record: Shown, stream: string): IndexEntry[] {
  const { id, fields } = record;
  const item = showContact(record);
  const externalId = textOf(fields['externalId']);
  const orders = [
    nameOrder(fields),
    ...(externalId === '' ? [] : [externalIdOrder(externalId)]),
    ...new Set(addressesOf(fields).slice(0, MOST_KEYS).map(emailOrder)),
    ...new Set(numbersOf(fields).slice(0, MOST_KEYS).map(phoneOrder)),
  ];
  return orders.filter((order) => order !== 'p:').map((order) => ({ order, id, item, columns: { stream } }));
}

/** Whether Outlook has the contact as it stands here. */
function pushedOf({ graphId, own, refused }: Pick<EngineRecord, 'graphId' | 'own' | 'refused'>): string {
  if (refused !== undefined) return 'failed';
  return graphId === null || own.some((write) => !write.done) ? 'pending' : 'done';
}

function showContact(record: Shown): Fields {
  return { id: record.id, graphId: record.graphId, ...record.fields, pushed: pushedOf(record) };
}

/** Cut where a contact would not fit its rows: notes that nobody reads to their end, lists that nobody fills. */
function shrink(fields: Fields): Fields {
  const cut = (value: Json | undefined): Json => {
    if (typeof value === 'string') return value.slice(0, 1000);
    return Array.isArray(value) ? value.slice(0, 50) : (value ?? null);
  };
  return {
    ...Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, cut(value)])),
    folderId: fields['folderId'] ?? null,
    externalId: fields['externalId'] ?? null,
    notes: textOf(fields['notes']).slice(0, 20_000) || null,
  };
}
