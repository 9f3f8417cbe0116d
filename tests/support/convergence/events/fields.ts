import { z } from 'zod';
import type { Vocabulary } from '../ledger.ts';
import type { TenantEvent, TenantFields } from './outlook.ts';

/** Fields that hold one value. With `start` goes the end. */
export const singles = ['subject', 'location', 'start'] as const;
export type Single = (typeof singles)[number];

/** Fields that hold entries. */
export const lists = ['categories', 'attendees'] as const;
export type List = (typeof lists)[number];

const when = z.union([z.object({ dateTime: z.string() }), z.object({ date: z.string() })]).nullable();

/** An event as the application is shown it, as far as the tests read it. */
export const shownEvent = z.looseObject({
  id: z.string(),
  graphId: z.string().nullable(),
  type: z.string(),
  seriesMasterId: z.string().nullable(),
  subject: z.string().nullable(),
  location: z.string().nullable(),
  start: when,
  isAllDay: z.boolean(),
  isOrganizer: z.boolean().nullable(),
  categories: z.array(z.string()),
  attendees: z.array(z.looseObject({ address: z.string().nullable(), name: z.string().nullable(), type: z.string() })),
});
export type ShownEvent = z.output<typeof shownEvent>;

/** Whether it is one of the days of a series. */
export const isPart = ({ type }: { readonly type: string }): boolean => type === 'occurrence' || type === 'exception';

function valueOf(event: ShownEvent, field: string): string | null {
  const { start } = event;
  if (field === 'start') return start === null ? null : 'date' in start ? start.date : start.dateTime;
  const value = event[field];
  return typeof value === 'string' ? value : null;
}

/** The entries of a field that holds several, as the text that tells each. */
const entriesOf = (event: ShownEvent, field: string): string[] =>
  field === 'categories' ? event.categories : event.attendees.flatMap(({ address }) => address ?? []);

/** What the ledger knows of events. */
export const eventWords: Vocabulary<ShownEvent> = {
  singles,
  lists,
  memberOf: (field) => field,
  valueOf,
  entriesOf,
  nameOf: ({ type, id }) => `${type} ${id}`,
  isPart,
  wholeOf: (event) => (isPart(event) ? event.seriesMasterId : null),
};

/** Events of a list by our ids. */
export const byId = (items: readonly unknown[]): Map<string, ShownEvent> =>
  new Map(items.map((item) => shownEvent.parse(item)).map((event) => [event.id, event]));

const HALF_HOUR = 1_800_000;
const later = (dateTime: string): string =>
  new Date(Date.parse(dateTime) + HALF_HOUR).toISOString().replace('.000Z', 'Z');

/** What a PATCH sends to make a field hold this value. */
export function patchOf(field: Single, value: string): Record<string, unknown> {
  if (field !== 'start') return { [field]: value };
  const at = (dateTime: string): object => ({ dateTime, timeZone: 'UTC' });
  return { start: at(value), end: at(later(value)) };
}

/** The same in Graph's words, for a person at Outlook. */
export function tenantPatchOf(field: Single, value: string): TenantFields {
  if (field === 'location') return { location: { displayName: value } };
  if (field === 'subject') return { subject: value };
  const at = (dateTime: string): object => ({ dateTime: dateTime.replace('Z', ''), timeZone: 'UTC' });
  return { start: at(value), end: at(later(value)) };
}

/** What a PATCH sends to make a field hold these entries: lists go whole. */
export function patchOfEntries(event: ShownEvent, field: List, entries: readonly string[]): Record<string, unknown> {
  if (field === 'categories') return { categories: entries };
  const known = new Map(event.attendees.map(({ address, name, type }) => [address, { address, name, type }]));
  return { attendees: entries.map((address) => known.get(address) ?? { address, name: address, type: 'optional' }) };
}

/** The entries that a person sees. */
export const tenantEntries = (event: TenantEvent, field: List): string[] =>
  field === 'categories' ? event.categories : event.attendees.flatMap(({ emailAddress: { address } }) => address ?? []);

/** What a person writes to make a field hold these entries, and how the event stands then. */
export function tenantEntriesPatch(
  event: TenantEvent,
  field: List,
  entries: readonly string[],
): { readonly members: TenantFields; readonly after: TenantEvent } {
  if (field === 'categories')
    return { members: { categories: entries }, after: { ...event, categories: [...entries] } };
  const known = new Map(event.attendees.map((one) => [one.emailAddress.address, one]));
  const attendees = entries.map(
    (address) =>
      known.get(address) ?? {
        emailAddress: { address, name: address },
        type: 'optional',
        status: { response: 'none' },
      },
  );
  const members = { attendees: attendees.map(({ type, emailAddress }) => ({ type, emailAddress })) };
  return { members, after: { ...event, attendees } };
}
