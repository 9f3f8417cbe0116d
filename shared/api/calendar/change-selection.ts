import type { ListedCalendar } from '../../domains/calendar/calendar.ts';
import { calendarFields, isSelected, readSettings, type CalendarSettings } from '../../domains/calendar/settings.ts';
import type { Connection } from '../../engine/connection.ts';
import { ProblemError, type RequestFault } from '../../errors.ts';
import { changeConnection } from '../../jobs/change-connection.ts';
import { addCover } from '../../jobs/cover.ts';
import { coverSubscriptionWork, requestSubscriptionWork } from '../../jobs/subscriptions/request.ts';
import { raiseAndSend } from '../../jobs/wake-domain.ts';
import type { ApiPorts } from '../ports.ts';
import { DOMAIN, findCalendar, type Listing } from './open-calendar.ts';

/**
 * Changes what a connection says of its calendars, from what it says at that moment, and sees to a round and to the
 * subscriptions that follow from it. Done again it changes nothing more, and brings about one round more.
 */
export async function changeCalendarSettings(
  ports: ApiPorts,
  connectionId: string,
  change: (settings: CalendarSettings) => CalendarSettings,
): Promise<Connection> {
  const row = await addCover(ports, DOMAIN, connectionId);
  await coverSubscriptionWork(ports, connectionId);
  const changed = await changeConnection(ports, connectionId, (found) => ({
    ...found,
    settings: {
      ...found.settings,
      [DOMAIN]: calendarFields.parse(change(readSettings(found.settings[DOMAIN]))),
    },
    updatedAt: ports.clock.now().toISOString(),
  }));
  if (changed === null) throw new ProblemError(404, 'connection_unknown', 'There is no such connection');
  await raiseAndSend(ports, { connectionId, domain: DOMAIN }, { ids: null, why: 'manual', row });
  await requestSubscriptionWork(ports, connectionId);
  return changed;
}

/** What was chosen, by Graph ids; a fault for each that the mailbox does not list. */
export function readChoice(
  listing: Listing,
  chosen: 'all' | 'default' | readonly string[],
): { readonly calendarIds: 'all' | 'default' | string[]; readonly faults: readonly RequestFault[] } {
  if (typeof chosen === 'string') return { calendarIds: chosen, faults: [] };
  const found = chosen.map((named) => findCalendar(listing, named));
  const faults = found.flatMap((calendar, index) =>
    calendar === undefined ? [{ path: `body.calendarIds.${index}`, message: 'is no calendar of this mailbox' }] : [],
  );
  return { calendarIds: [...new Set(found.flatMap((calendar) => calendar?.id ?? []))], faults };
}

/** The settings without one calendar: all others that are selected now stay so, by their ids. */
export const deselected =
  ({ calendars }: Listing, { id }: ListedCalendar) =>
  (settings: CalendarSettings): CalendarSettings => ({
    ...settings,
    calendarIds: calendars.filter((one) => one.id !== id && isSelected(one, settings)).map((one) => one.id),
  });

/** The settings with notifications of a calendar wanted, or not. */
export const withWebhook =
  ({ id }: ListedCalendar, wanted: boolean) =>
  (settings: CalendarSettings): CalendarSettings => {
    const others = (settings.withoutWebhook ?? []).filter((one) => one !== id);
    return { ...settings, withoutWebhook: wanted ? others : [...others, id] };
  };
