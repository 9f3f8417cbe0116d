import type { ApiKey } from '../../config.ts';
import { accountOf, type ListedCalendar } from '../../domains/calendar/calendar.ts';
import { listCalendars } from '../../domains/calendar/resources.ts';
import { isSelected, readSettings, type CalendarSettings } from '../../domains/calendar/settings.ts';
import type { Connection } from '../../engine/connection.ts';
import { newHead, type Head } from '../../engine/head.ts';
import type { Scope } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import { demandUsable } from '../connections/demand-usable.ts';
import { demandStaying, findWithDomain } from '../connections/find-connection.ts';
import type { ApiPorts, RegisteredDomain } from '../ports.ts';

export const DOMAIN = 'calendar';

/** The calendars of a connection, as a request finds them. */
export interface OpenCalendar {
  readonly connection: Connection;
  readonly scope: Scope;
  readonly head: Head;
  readonly settings: CalendarSettings;
}

/** 404 where there is no such connection for this key, or it does not sync calendars. */
export async function openCalendar(ports: ApiPorts, key: ApiKey, connectionId: string): Promise<OpenCalendar> {
  const { connection } = await findWithDomain(ports, key, connectionId, DOMAIN);
  return openOf(ports, connection);
}

/** As above, of a connection that was found by other means than a key. */
export async function openOf(ports: Pick<ApiPorts, 'store'>, connection: Connection): Promise<OpenCalendar> {
  const scope = { connectionId: connection.id, domain: DOMAIN };
  const head = (await ports.store.readHead(scope))?.head ?? newHead();
  return { connection, scope, head, settings: readSettings(connection.settings[DOMAIN]) };
}

/** As openCalendar, for a change of what is synced: 409 where the connection is leaving. */
export async function openForSettings(ports: ApiPorts, key: ApiKey, connectionId: string): Promise<OpenCalendar> {
  const opened = await openCalendar(ports, key, connectionId);
  demandStaying(opened.connection);
  return opened;
}

/** As openCalendar, for a write of events: 409 where nothing written would reach Outlook, too. */
export async function openForWrite(ports: ApiPorts, key: ApiKey, connectionId: string): Promise<OpenCalendar> {
  const opened = await openForSettings(ports, key, connectionId);
  demandUsable(opened.connection, opened.head);
  return opened;
}

/** The calendars that the mailbox lists, and the address of whom it belongs to. */
export interface Listing {
  readonly calendars: readonly ListedCalendar[];
  readonly account: string | null;
}

export async function readListing(
  ports: { readonly store: Pick<ApiPorts['store'], 'list'> },
  { connection }: { readonly connection: Pick<Connection, 'id' | 'account'> },
): Promise<Listing> {
  const calendars = await listCalendars(ports.store, connection.id);
  return { calendars, account: accountOf(calendars, connection.account.username) };
}

/** When the first list of calendars is looked for again. */
const RETRY_AFTER_MS = 5_000;

/** 409 for what nobody can tell before the first sync is through. */
export const firstSyncRunning = (message: string): ProblemError =>
  new ProblemError(409, 'first_sync_running', message, { retryAfterMs: RETRY_AFTER_MS });

/** 409 while the calendars were never listed: nobody can tell which there are. */
export function demandListed({ calendars }: Listing): void {
  if (calendars.length === 0) throw firstSyncRunning('The calendars are not read yet; try again later');
}

/** The name by which the default calendar may always be called. */
export const DEFAULT_NAME = 'default';

/** A calendar by its Graph id, or by `default`; undefined where there is none. */
export const findCalendar = ({ calendars }: Listing, named: string): ListedCalendar | undefined =>
  calendars.find(({ id, isDefault }) => id === named || (isDefault && named.toLowerCase() === DEFAULT_NAME));

/** As above; throws 404, and 409 while the calendars were never listed. */
export function demandCalendar(listing: Listing, named: string): ListedCalendar {
  demandListed(listing);
  const found = findCalendar(listing, named);
  if (found === undefined) throw new ProblemError(404, 'calendar_unknown', 'There is no such calendar');
  return found;
}

/** 409 for a calendar that is not synced. */
export function demandSelected({ settings }: Pick<OpenCalendar, 'settings'>, calendar: ListedCalendar): void {
  if (isSelected(calendar, settings)) return;
  throw new ProblemError(409, 'calendar_not_selected', 'The calendar is not synced: select it first');
}

/** The Graph id of a calendar that a filter names; throws 404. Before the calendars were read nobody can tell. */
export const nameCalendar = (listing: Listing, named: string): string =>
  listing.calendars.length === 0 ? named : demandCalendar(listing, named).id;

/** The domain as it was registered; 404 where this service syncs no calendars. */
export function domainOf(ports: ApiPorts): RegisteredDomain['domain'] {
  const registered = ports.domains[DOMAIN];
  if (registered === undefined) throw new ProblemError(404, 'domain_unknown', 'This service syncs no calendars');
  return registered.domain;
}
