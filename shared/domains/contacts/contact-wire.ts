import { z } from 'zod';
import type { Fields, Json } from '../../lib/json.ts';
import { readAddresses, readBirthday, readEmails, readPhones, text } from './read-members.ts';

/** The extended property that holds the key of the local operation that made an item: constant, or it would be found no more. */
export const MARKER = 'String {6f1c2a53-8d0e-4d5b-9a47-3c1b7e90d2f4} Name OutlookSyncOperation';

/** The one that holds, as a hash, what a contact was made anew from. */
export const COPIED = 'String {6f1c2a53-8d0e-4d5b-9a47-3c1b7e90d2f4} Name OutlookSyncCopied';

const address = z.object({
  street: z.string().nullish(),
  city: z.string().nullish(),
  state: z.string().nullish(),
  postalCode: z.string().nullish(),
  countryOrRegion: z.string().nullish(),
});
const email = z.object({ name: z.string().nullish(), address: z.string().nullish() });
const texts = z.array(z.string().nullable());
/** What shows extended properties that were asked for. */
export const marked = z.object({
  singleValueExtendedProperties: z.array(z.object({ id: z.string(), value: z.string().nullish() })).nullish(),
});
type Marked = z.output<typeof marked>;

/** A contact as Graph sends it, whole or in part. Unknown members are ignored, and never written. [graph-facts 8] */
const wire = marked.extend({
  id: z.string().min(1),
  '@odata.etag': z.string().optional(),
  '@removed': z.unknown().optional(),
  parentFolderId: z.string().nullish(),
  lastModifiedDateTime: z.string().nullish(),
  displayName: z.string().nullish(),
  givenName: z.string().nullish(),
  surname: z.string().nullish(),
  companyName: z.string().nullish(),
  jobTitle: z.string().nullish(),
  emailAddresses: z.array(email.nullable()).nullish(),
  mobilePhone: z.string().nullish(),
  businessPhones: texts.nullish(),
  homePhones: texts.nullish(),
  businessAddress: address.nullish(),
  homeAddress: address.nullish(),
  otherAddress: address.nullish(),
  birthday: z.string().nullish(),
  personalNotes: z.string().nullish(),
  categories: texts.nullish(),
});
export type WireContact = z.output<typeof wire>;
export type WireAddress = z.output<typeof address>;

/** Properties asked for that each whole entry has, those that hold nothing as null. */
const telling = [
  ...(['parentFolderId', 'displayName', 'givenName', 'surname', 'companyName', 'jobTitle', 'emailAddresses'] as const),
  ...(['mobilePhone', 'businessPhones', 'homePhones', 'businessAddress', 'homeAddress', 'otherAddress'] as const),
  ...(['birthday', 'personalNotes', 'categories'] as const),
];
/** Properties asked for: all that a contact shows, and when it changed. */
export const contactSelect = [...telling, 'lastModifiedDateTime'].join(',');

/** Asks for a property of ours beside those of Graph; not for delta, which takes `$select` alone. [graph-facts 2.3, 7.5] */
export const expanded = (id: string): string =>
  `$expand=${encodeURIComponent(`singleValueExtendedProperties($filter=id eq '${id}')`)}`;

/** What is asked of a contact that is read itself. */
export const itemQuery = `$select=${contactSelect}&${expanded(MARKER)}`;

/** The path of one contact, whatever folder it is in. */
export const contactPath = (graphId: string): string => `/me/contacts/${encodeURIComponent(graphId)}`;

/** What a new contact holds where nobody says anything. */
export const contactDefaults: Fields = {
  externalId: null,
  folderId: null,
  displayName: '',
  givenName: null,
  surname: null,
  companyName: null,
  jobTitle: null,
  emails: [],
  phones: [],
  addresses: [],
  birthday: null,
  notes: null,
  categories: [],
};

const phoneMembers = ['mobilePhone', 'businessPhones', 'homePhones'] as const;
const addressMembers = ['businessAddress', 'homeAddress', 'otherAddress'] as const;

const readers: Readonly<Record<string, (item: WireContact) => Json | undefined>> = {
  folderId: (item) => text(item.parentFolderId) ?? undefined,
  displayName: (item) => (item.displayName === undefined ? undefined : (item.displayName ?? '')),
  givenName: (item) => text(item.givenName),
  surname: (item) => text(item.surname),
  companyName: (item) => text(item.companyName),
  jobTitle: (item) => text(item.jobTitle),
  emails: (item) => (item.emailAddresses === undefined ? undefined : readEmails(item.emailAddresses ?? [])),
  birthday: (item) => (item.birthday === undefined ? undefined : readBirthday(item.birthday ?? '')),
  // Exchange ends lines as it likes.
  notes: (item) => text(item.personalNotes?.replaceAll('\r\n', '\n') ?? item.personalNotes),
  categories: (item) =>
    item.categories === undefined ? undefined : (item.categories ?? []).filter((name) => name !== null && name !== ''),
};

/** A contact read from the wire: its own fields that were present. */
export interface ReadContact {
  readonly graphId: string;
  readonly removed: boolean;
  readonly etag: string | null;
  readonly modifiedAt: string | null;
  readonly fields: Fields;
  /** It does not say all that was asked for: what it leaves out is unchanged. [graph-facts 1] */
  readonly thin: boolean;
  /** The operation that the marker names; null where no marker was shown. */
  readonly origin: string | null;
}

/** What a contact shows of an extended property; null where it does not. */
export const markIn = ({ singleValueExtendedProperties: marks }: Marked, wanted: string): string | null =>
  marks?.find(({ id }) => id.toLowerCase() === wanted.toLowerCase())?.value ?? null;

/** Reads a contact; throws ZodError where it cannot. `whole`: what is not there is empty. */
export function readContact(raw: unknown, whole: boolean): ReadContact {
  const item = wire.parse(raw);
  const fields: Record<string, Json> = {};
  for (const [field, read] of Object.entries(readers)) {
    const value = read(item);
    if (value !== undefined) fields[field] = value;
  }
  const shows = (members: readonly (keyof WireContact)[]): boolean => members.every((name) => item[name] !== undefined);
  if (whole || shows(phoneMembers)) fields['phones'] = readPhones(item);
  if (whole || shows(addressMembers)) fields['addresses'] = readAddresses(item);
  return {
    graphId: item.id,
    removed: item['@removed'] !== undefined,
    etag: item['@odata.etag'] ?? null,
    modifiedAt: item.lastModifiedDateTime ?? null,
    fields,
    thin: !shows(telling),
    origin: markIn(item, MARKER),
  };
}
