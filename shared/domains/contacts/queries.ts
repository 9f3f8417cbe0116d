import { z } from 'zod';
import type { IndexQuery } from '../../engine/ports.ts';
import type { Fields } from '../../lib/json.ts';
import { emailOrder, externalIdOrder, phoneOrder } from './contact.ts';
import { DEFAULT, DEFAULT_NAME, placeOfFolder } from './folder.ts';
import { fold } from './fold.ts';
import { addressesOf, emailKey, numberKey, numbersOf } from './match.ts';
import type { ContactNotes } from './notes.ts';

/** What a list of contacts may be filtered by. A folder is given by Graph's id, or `contacts` for the default one. */
export interface ContactFilters {
  readonly folder?: string;
  readonly email?: string;
  readonly phone?: string;
  /** Words that all are parts of the contact's names, company, job or addresses; or a part of a number. */
  readonly q?: string;
}

/** Keys of an index and columns that the store answers by. */
export type Range = Pick<IndexQuery, 'from' | 'to' | 'where'>;

/** How filters are answered: the key range and columns by the store, the rest item by item. */
export interface ContactQuery {
  readonly query: Range;
  readonly keep: (item: Fields) => boolean;
}

/** The query behind a list of contacts: by name, or those with an e-mail address or a number. */
export function contactQuery(filters: ContactFilters, notes: ContactNotes): ContactQuery {
  const { folder, email, phone, q } = filters;
  const stream = folder === undefined ? undefined : streamOf(folder, notes);
  const range = email === undefined ? (phone === undefined ? byName : phoneRange(phone)) : emailRange(email);
  return {
    query: { ...range, where: stream === undefined ? {} : { stream } },
    keep: (item) =>
      (email === undefined || hasEmail(item, email)) &&
      (phone === undefined || hasPhone(item, phone, notes.region)) &&
      (q === undefined || saysAll(item, q)),
  };
}

const byName: Range = { from: 'c:', to: 'c;', where: {} };

const streamOf = (folder: string, { defaultFolderId }: ContactNotes): string | undefined =>
  folder.toLowerCase() === DEFAULT_NAME ? DEFAULT : placeOfFolder(folder, defaultFolderId);

/** Rows of this order alone: what follows a whole order in its key sorts below every longer one. */
const exactly = (order: string): Range => ({ from: order, to: `${order}\u0000`, where: {} });

/** The contacts with this address, however it is written, and no others. */
export const emailRange = (address: string): Range => exactly(emailOrder(address));

/** The contacts that the application knows by this id of its own, and no others. */
export const externalIdRange = (externalId: string): Range => exactly(externalIdOrder(externalId));

/** The contacts whose numbers end like this one: among them all that have it. Each is to be asked by `hasPhone`. */
export const phoneRange = (number: string): Range => exactly(phoneOrder(number));

/** Whether a contact's fields hold this address, however it is written. */
export function hasEmail(fields: Fields, email: string): boolean {
  const key = emailKey(email);
  return addressesOf(fields).some((address) => emailKey(address) === key);
}

/** Whether a contact's fields hold this number, as they are read in this region. */
export function hasPhone(fields: Fields, phone: string, region: string | undefined): boolean {
  const key = numberKey(phone, region);
  return key !== '' && numbersOf(fields).some((number) => numberKey(number, region) === key);
}

const searched = z.object({
  displayName: z.string().nullish(),
  givenName: z.string().nullish(),
  surname: z.string().nullish(),
  companyName: z.string().nullish(),
  jobTitle: z.string().nullish(),
});

/** Each word is a part of what the contact says of itself; or all of it is a part of one of its numbers. */
function saysAll(item: Fields, q: string): boolean {
  const names = Object.values(searched.safeParse(item).data ?? {}).map((name) => name ?? '');
  const text = fold([...names, ...addressesOf(item)].join(' '));
  const wanted = fold(q);
  if (wanted.split(' ').every((word) => text.includes(word))) return true;
  const digits = wanted.replaceAll(/\D/g, '');
  if (digits.length < FEWEST_DIGITS || /\p{L}/u.test(wanted)) return false;
  return numbersOf(item).some((number) => number.replaceAll(/\D/g, '').includes(digits));
}

/** Fewer digits are a part of too many numbers. */
const FEWEST_DIGITS = 3;

/** All contact folders of a connection that its mailbox lists: all but the default one. */
export const folderQuery: Range = { from: 'f:', to: 'f;', where: {} };
