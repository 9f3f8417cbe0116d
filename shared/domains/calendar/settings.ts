import { z } from 'zod';
import type { Fields } from '../../lib/json.ts';
import type { ListedCalendar } from './calendar.ts';

const ids = z.array(z.string().min(1).max(500)).max(500);

/** What a connection may set for its calendars. */
export const calendarSettingsSchema = z.strictObject({
  /** The person chooses calendars before the first sync; until somebody has chosen, none is synced. */
  selectCalendars: z.boolean().optional(),
  /** The calendars that are synced, by Graph id, the default one by `default` too; without it that one. */
  calendarIds: z.union([z.literal('all'), z.literal('default'), ids]).optional(),
  /** Calendars of which no notifications are wanted: they are polled. */
  withoutWebhook: ids.optional(),
});
export type CalendarSettings = z.output<typeof calendarSettingsSchema>;

/** The same, as plain fields. */
export const calendarFields = calendarSettingsSchema.transform(
  ({ selectCalendars, calendarIds, withoutWebhook }): Fields => ({
    ...(selectCalendars === undefined ? {} : { selectCalendars }),
    ...(calendarIds === undefined ? {} : { calendarIds }),
    ...(withoutWebhook === undefined ? {} : { withoutWebhook }),
  }),
);

/** Settings as a connection holds them; what is no longer known is left out. */
export const readSettings = (settings: unknown): CalendarSettings =>
  calendarSettingsSchema.strip().safeParse(settings ?? {}).data ?? {};

/** Whether a calendar is synced. */
export function isSelected(calendar: Pick<ListedCalendar, 'id' | 'isDefault'>, settings: CalendarSettings): boolean {
  const { calendarIds = settings.selectCalendars === true ? [] : 'default' } = settings;
  if (calendarIds === 'all') return true;
  const ids = calendarIds === 'default' ? [calendarIds] : calendarIds;
  return ids.includes(calendar.id) || (calendar.isDefault && ids.includes('default'));
}

/** Whether notifications of this calendar are wanted. */
export const wantsWebhook = ({ id }: Pick<ListedCalendar, 'id'>, { withoutWebhook = [] }: CalendarSettings): boolean =>
  !withoutWebhook.includes(id);
