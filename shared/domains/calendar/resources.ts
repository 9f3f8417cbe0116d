import type { Connection } from '../../engine/connection.ts';
import type { PartitionStore } from '../../engine/ports.ts';
import { storedLists, type ShortLists } from '../../engine/short-lists.ts';
import type { Fields } from '../../lib/json.ts';
import { accountOf, delegateOf, listedCalendar, type ListedCalendar } from './calendar.ts';
import { streamOfCalendar } from './calendar-stream.ts';
import { isSelected, readSettings, wantsWebhook } from './settings.ts';

/** What is watched for a connection. */
export interface CalendarResources {
  readonly resources: readonly string[];
  /** The streams of whose changes it tells for certain; where those are not all the domain is polled at its schedule as well. */
  readonly told: 'all' | readonly string[];
}

/** All calendars that the mailbox lists, the default one first. */
export const listCalendars = (
  store: Pick<PartitionStore, 'list'>,
  connectionId: string,
): Promise<readonly ListedCalendar[]> => calendarsIn(storedLists(store, { connectionId, domain: 'calendar' }));

const calendarsIn = async (lists: ShortLists): Promise<readonly ListedCalendar[]> =>
  (await lists('c')).map(({ item }) => listedCalendar.parse(item));

/** The calendars that settings name and the mailbox does not list, by their places in the settings; nothing before they were read. */
export async function unlistedCalendars(
  store: Pick<PartitionStore, 'list'>,
  connectionId: string,
  settings: Fields,
): Promise<readonly string[]> {
  const { calendarIds } = readSettings(settings);
  if (!Array.isArray(calendarIds) || calendarIds.every((id) => id === 'default')) return [];
  const calendars = await listCalendars(store, connectionId);
  if (calendars.length === 0) return [];
  const known = new Set(['default', ...calendars.map(({ id }) => id)]);
  return calendarIds.flatMap((id, index) => (known.has(id) ? [] : [`calendarIds.${index}`]));
}

/**
 * One subscription tells of the events of the mailbox, of those of the default calendar for certain: all other calendars are polled
 * as well. Those of others tell their own mailboxes alone; of some no notifications are wanted. [graph-facts 4.1, 16]
 */
export async function calendarResources(
  lists: ShortLists,
  {
    settings,
    account: { username },
  }: Pick<Connection, 'settings'> & { readonly account: Pick<Connection['account'], 'username'> },
): Promise<CalendarResources> {
  const chosen = readSettings(settings['calendar']);
  const { calendarIds = chosen.selectCalendars === true ? [] : 'default', withoutWebhook = [] } = chosen;
  // The default calendar is the account's own: which one it is need not be read.
  if (calendarIds === 'default' && withoutWebhook.length === 0) return { resources: [RESOURCE], told: 'all' };
  const calendars = await calendarsIn(lists);
  // Before the calendars were read the default one is what there is.
  if (calendars.length === 0) return { resources: chosen.selectCalendars === true ? [] : [RESOURCE], told: 'all' };
  const account = accountOf(calendars, username);
  const selected = calendars.filter((calendar) => isSelected(calendar, chosen));
  const told = selected.filter((one) => delegateOf(one, account) === null && wantsWebhook(one, chosen));
  const certain = told.filter(({ isDefault }) => isDefault);
  return {
    resources: told.length > 0 ? [RESOURCE] : [],
    told: certain.length < selected.length ? certain.map(({ id: one }) => streamOfCalendar(one)) : 'all',
  };
}

const RESOURCE = 'me/events';
