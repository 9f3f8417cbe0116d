import { z } from 'zod';
import type { Vocabulary } from './ledger.ts';

/** Fields that hold one value. `mobile` is the mobile number among the phones, `city` that of the business address. */
export const singles = ['displayName', 'givenName', 'jobTitle', 'notes', 'birthday', 'mobile', 'city'] as const;
export type Single = (typeof singles)[number];

/** Fields that hold entries. `business` are the business numbers among the phones. */
export const lists = ['categories', 'emails', 'business'] as const;
export type List = (typeof lists)[number];

/** How many entries Outlook keeps. */
export const most: Readonly<Record<List, number>> = { categories: 8, emails: 3, business: 2 };

/** A contact as the application is shown it, as far as the tests read it. */
export const shownContact = z.looseObject({
  id: z.string(),
  graphId: z.string().nullable(),
  folderId: z.string().nullable(),
  displayName: z.string().nullable(),
  givenName: z.string().nullable(),
  jobTitle: z.string().nullable(),
  companyName: z.string().nullable(),
  notes: z.string().nullable(),
  birthday: z.string().nullable(),
  emails: z.array(z.object({ address: z.string().nullable(), name: z.string().nullable() })),
  phones: z.array(z.object({ number: z.string(), kind: z.string() })),
  addresses: z.array(z.record(z.string(), z.string().nullable())),
  categories: z.array(z.string()),
  pushed: z.string(),
});
export type ShownContact = z.output<typeof shownContact>;

/** The member of the API, and of a conflict's losing values, that holds the field. */
const memberOf = (field: string): string =>
  field === 'mobile' || field === 'business' ? 'phones' : field === 'city' ? 'addresses' : field;

/** The value of a field that holds one. */
export function valueOf(contact: ShownContact, field: string): string | null {
  if (field === 'mobile') return contact.phones.find(({ kind }) => kind === 'mobile')?.number ?? null;
  if (field === 'city') return contact.addresses.find(({ kind }) => kind === 'business')?.['city'] ?? null;
  const value = contact[field];
  return typeof value === 'string' ? value : null;
}

/** The entries of a field that holds several, as the text that tells each. */
export function entriesOf(contact: ShownContact, field: string): string[] {
  if (field === 'categories') return contact.categories;
  if (field === 'emails') return contact.emails.flatMap(({ address }) => address ?? []);
  return contact.phones.filter(({ kind }) => kind === 'business').map(({ number }) => number);
}

/** What a PATCH sends to make a field hold this value: lists go whole. */
export function patchOf(contact: ShownContact, field: Single, value: string | null): Record<string, unknown> {
  if (field === 'mobile') {
    const others = contact.phones.filter(({ kind }) => kind !== 'mobile');
    return { phones: [...others, ...(value === null ? [] : [{ kind: 'mobile', number: value }])] };
  }
  if (field !== 'city') return { [field]: value };
  const mine = contact.addresses.find(({ kind }) => kind === 'business') ?? { kind: 'business' };
  return { addresses: [...contact.addresses.filter(({ kind }) => kind !== 'business'), { ...mine, city: value }] };
}

/** What a PATCH sends to make a field hold these entries. */
export function patchOfEntries(
  contact: ShownContact,
  field: List,
  entries: readonly string[],
): Record<string, unknown> {
  if (field === 'categories') return { categories: entries };
  if (field === 'emails') {
    const known = new Map(contact.emails.map((email) => [email.address, email]));
    return { emails: entries.map((address) => known.get(address) ?? { address, name: address }) };
  }
  const others = contact.phones.filter(({ kind }) => kind !== 'business');
  return { phones: [...others, ...entries.map((number) => ({ kind: 'business', number }))] };
}

/** The same in Graph's words, for a person at Outlook. */
export function tenantPatchOf(field: Single, value: string | null): Record<string, unknown> {
  if (field === 'mobile') return { mobilePhone: value };
  if (field === 'city') return { businessAddress: { city: value } };
  if (field === 'notes') return { personalNotes: value };
  if (field === 'birthday') return { birthday: value === null ? null : `${value}T11:59:00Z` };
  return { [field]: value };
}

/** What the ledger knows of contacts. */
export const contactWords: Vocabulary<ShownContact> = {
  singles,
  lists,
  memberOf,
  valueOf,
  entriesOf,
  nameOf: (contact) => `contact ${contact.id} (${contact.companyName ?? 'new'})`,
};

/** Contacts of a list by our ids. */
export const byId = (items: readonly unknown[]): Map<string, ShownContact> =>
  new Map(items.map((item) => shownContact.parse(item)).map((contact) => [contact.id, contact]));
