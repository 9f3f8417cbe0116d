import { z } from 'zod';
import { streamOfCalendar } from '../../shared/domains/calendar/calendar-stream.ts';
import { eventSelect } from '../../shared/domains/calendar/event-wire.ts';
import { windowAt, windowQuery } from '../../shared/domains/calendar/window.ts';
import { contactSelect } from '../../shared/domains/contacts/contact-wire.ts';
import { phoneBucket } from '../../shared/domains/contacts/match.ts';
import { messageSelect } from '../../shared/domains/mail/message-wire.ts';
import { groupKey } from '../../shared/engine/ids.ts';

/** The domains that are benched. */
export const DOMAINS = ['mail', 'contacts', 'calendar'] as const;
export type DomainName = (typeof DOMAINS)[number];

/** An item of a page, as the bare ways read it. */
export const itemSchema = z.looseObject({ id: z.string() });
export type Item = z.output<typeof itemSchema>;

/** What the benches know of a domain: here alone stands what an item of it is, and what rows the product keeps of one. */
export interface BenchDomain {
  /** What its items are called. */
  readonly items: string;
  /** What they lie in. */
  readonly places: string;
  /** The kind of their records. */
  readonly kind: string;
  /** The first page of a folder's round, below the version root. */
  deltaPath(folder: string): string;
  /** The first page of a folder as the usual way lists it. */
  listPath(folder: string): string;
  /** How the usual way is usually written, for the report. */
  readonly usual: string;
  /** What the usual way does not bring; absent = it brings all. */
  readonly leftOut?: string;
  /** The usual way looks for an item's row before it writes it. */
  readonly looksFirst: boolean;
  /** What the orders of an item's index rows begin with. */
  readonly orders: readonly string[];
  /**
   * The path of an item that pages do not tell whole, below the version root: whoever is to hold all of it reads it by itself. Absent =
   * pages tell all.
   */
  ownPath?(item: Item, folder: string): string | null;
  /** The index rows that the product keeps of an item: what their keys begin with, each once. */
  indexRows(item: Item): readonly string[];
  /** The columns of an index row of an item in this folder, beside its JSON. */
  indexColumns(item: Item, folder: string): Readonly<Record<string, string | boolean>>;
}

const readState = z.object({ isRead: z.boolean() });

const mail: BenchDomain = {
  items: 'messages',
  places: 'folders',
  kind: 'message',
  deltaPath: mailPath,
  listPath: mailPath,
  usual: 'page iterator, one upsert at a time',
  looksFirst: false,
  orders: ['m:'],
  indexRows: () => ['m:0000000000000'],
  indexColumns: (item, folder) => ({
    c_stream: folder,
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
  places: 'folders',
  kind: 'contact',
  deltaPath: (folder) => `${contactsOf(folder)}/delta?$select=${contactSelect}`,
  listPath: (folder) => `${contactsOf(folder)}?$top=${USUAL_PAGE}&$select=${contactSelect}`,
  usual: `lists of ${USUAL_PAGE} by folder, one read and one upsert at a time`,
  looksFirst: true,
  orders: ['c:', 'e:', 'p:'],
  indexRows: contactRows,
  indexColumns: (_, folder) => ({ c_stream: folder }),
};

/** As far as the product reads a calendar where nobody has set it. */
const WINDOW = { pastDays: 30, futureDays: 365 } as const;

const windowOf = (calendar: string): string => windowQuery(windowAt(new Date(), calendar, WINDOW));
const viewOf = (calendar: string): string => `/me/calendars/${calendar}/calendarView`;

const event = z.object({
  type: z.string(),
  seriesMasterId: z.string().nullish(),
  start: z.object({ dateTime: z.string() }),
  end: z.object({ dateTime: z.string() }),
});
const DAY_MS = 86_400_000;

/** An event is found by its start, one of several days by its end, too; a series by its own start. */
function eventRows(item: Item): readonly string[] {
  const { type, start, end } = event.parse(item);
  const [from, to] = [start, end].map(({ dateTime }) => `${dateTime.slice(0, 23)}Z`);
  if (type === 'seriesMaster') return [`m:${from ?? ''}`];
  const isLong = Date.parse(to ?? '') - Date.parse(from ?? '') > DAY_MS;
  return [`e:${from ?? ''}`, ...(isLong ? [`l:${to ?? ''}`] : [])];
}

function eventColumns(item: Item, folder: string): Readonly<Record<string, string>> {
  const { type, seriesMasterId } = event.parse(item);
  const series = type === 'seriesMaster' ? item.id : (seriesMasterId ?? null);
  return { c_stream: streamOfCalendar(folder), ...(series === null ? {} : { c_series: groupKey(series) }) };
}

const calendar: BenchDomain = {
  items: 'events',
  places: 'calendars',
  kind: 'event',
  deltaPath: (folder) => `${viewOf(folder)}/delta?${windowOf(folder)}`,
  listPath: (folder) => `${viewOf(folder)}?${windowOf(folder)}&$top=${USUAL_PAGE}`,
  usual: `views of ${USUAL_PAGE} by calendar, one upsert at a time`,
  leftOut: 'series themselves: a view has their occurrences alone',
  looksFirst: false,
  // Which days of a series are cancelled no page tells. [graph-facts 7.1]
  ownPath: (item, folder) =>
    event.parse(item).type === 'seriesMaster'
      ? `/me/calendars/${folder}/events/${encodeURIComponent(item.id)}?$select=${eventSelect}`
      : null,
  orders: ['e:', 'l:', 'm:'],
  indexRows: eventRows,
  indexColumns: eventColumns,
};

export const benchDomains: Readonly<Record<DomainName, BenchDomain>> = { mail, contacts, calendar };
