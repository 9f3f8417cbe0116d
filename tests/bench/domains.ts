import { z } from 'zod';
import { contactSelect } from '../../shared/domains/contacts/contact-wire.ts';
import { phoneBucket } from '../../shared/domains/contacts/match.ts';
import { messageSelect } from '../../shared/domains/mail/message-wire.ts';

/** The domains that are benched. */
export const DOMAINS = ['mail', 'contacts'] as const;
export type DomainName = (typeof DOMAINS)[number];

/** An item of a page, as the bare ways read it. */
export const itemSchema = z.looseObject({ id: z.string(), parentFolderId: z.string() });
export type Item = z.output<typeof itemSchema>;

/** What the benches know of a domain: here alone stands what an item of it is, and what rows the product keeps of one. */
export interface BenchDomain {
  /** What its items are called. */
  readonly items: string;
  /** The kind of their records. */
  readonly kind: string;
  /** The first page of a folder's round, below the version root. */
  deltaPath(folder: string): string;
  /** The first page of a folder as the usual way lists it. */
  listPath(folder: string): string;
  /** How the usual way is usually written, for the report. */
  readonly usual: string;
  /** The usual way looks for an item's row before it writes it. */
  readonly looksFirst: boolean;
  /** What the orders of an item's index rows begin with. */
  readonly orders: readonly string[];
  /** The index rows that the product keeps of an item: what their keys begin with, each once. */
  indexRows(item: Item): readonly string[];
  /** The columns of an index row beside its JSON. */
  indexColumns(item: Item): Readonly<Record<string, string | boolean>>;
}

const readState = z.object({ isRead: z.boolean() });

const mail: BenchDomain = {
  items: 'messages',
  kind: 'message',
  deltaPath: mailPath,
  listPath: mailPath,
  usual: 'page iterator, one upsert at a time',
  looksFirst: false,
  orders: ['m:'],
  indexRows: () => ['m:0000000000000'],
  indexColumns: (item) => ({
    c_stream: item.parentFolderId,
    c_unread: !readState.parse(item).isRead,
    c_flagged: false,
  }),
};

function mailPath(folder: string): string {
  return `/me/mailFolders/${folder}/messages/delta?$select=${messageSelect}&$orderby=receivedDateTime%20desc`;
}

/** How the benches name the default folder of contacts, whose id no list tells. */
export const DEFAULT_FOLDER = 'contacts';

/** Items that the usual way asks of a page. */
const USUAL_PAGE = 100;

const contactsOf = (folder: string): string =>
  folder === DEFAULT_FOLDER ? '/me/contacts' : `/me/contactFolders/${folder}/contacts`;

const found = z.object({
  displayName: z.string().nullish(),
  emailAddresses: z.array(z.object({ address: z.string().nullish() })).default([]),
  businessPhones: z.array(z.string()).default([]),
  homePhones: z.array(z.string()).default([]),
  mobilePhone: z.string().nullish(),
});

/** A contact is found by its name, by each of its addresses, and by the last digits of each of its numbers. */
function contactRows(item: Item): readonly string[] {
  const { displayName, emailAddresses, businessPhones, homePhones, mobilePhone } = found.parse(item);
  const addresses = emailAddresses.flatMap(({ address }) => (address ? [`e:${address.toLowerCase()}`] : []));
  const numbers = [...businessPhones, ...homePhones, ...(mobilePhone ? [mobilePhone] : [])];
  const ends = numbers.map((number) => `p:${phoneBucket(number)}`);
  return [...new Set([`c:${displayName ?? ''}`.slice(0, 42), ...addresses, ...ends])];
}

const contacts: BenchDomain = {
  items: 'contacts',
  kind: 'contact',
  deltaPath: (folder) => `${contactsOf(folder)}/delta?$select=${contactSelect}`,
  listPath: (folder) => `${contactsOf(folder)}?$top=${USUAL_PAGE}&$select=${contactSelect}`,
  usual: `lists of ${USUAL_PAGE} by folder, one read and one upsert at a time`,
  looksFirst: true,
  orders: ['c:', 'e:', 'p:'],
  indexRows: contactRows,
  indexColumns: (item) => ({ c_stream: item.parentFolderId }),
};

export const benchDomains: Readonly<Record<DomainName, BenchDomain>> = { mail, contacts };
