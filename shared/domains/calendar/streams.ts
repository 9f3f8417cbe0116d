import type { PlanContext, StreamPlan } from '../../engine/domain.ts';
import type { Clock } from '../../lib/clock.ts';
import { sameJson } from '../../lib/json.ts';
import { listedCalendar, type ListedCalendar } from './calendar.ts';
import { calendarPath, CALENDARS, streamOfCalendar } from './calendar-stream.ts';
import { toNotes } from './notes.ts';
import { isSelected, readSettings } from './settings.ts';
import { windowAt, windowQuery, type WindowSettings } from './window.ts';

/** Graph has no delta of calendars: they are listed, and compared. [graph-facts 7.6] */
const rootPlan: StreamPlan = {
  id: CALENDARS,
  kind: 'calendar',
  label: 'calendars',
  root: true,
  first: { path: '/me/calendars?$top=200' },
  expected: null,
  idsPath: null,
  containerPath: null,
  listed: true,
};

/** What streams are planned by, beside what the connection says. */
export interface CalendarParts {
  readonly window: WindowSettings;
  readonly clock: Clock;
}

/** The calendars first; once they are known, the events of each that is selected, the default one first. */
export async function planCalendar(context: PlanContext, parts: CalendarParts): Promise<readonly StreamPlan[]> {
  if (!context.baselined(CALENDARS)) return [rootPlan];
  const settings = readSettings(context.settings);
  const calendars = (await context.entries('c')).map(({ item }) => listedCalendar.parse(item));
  const selected = calendars.filter((calendar) => isSelected(calendar, settings));
  const notes = toNotes({ calendars: selected.map(({ id }) => id) });
  if (!sameJson(notes, context.notes)) context.note(notes);
  return [rootPlan, ...selected.map((calendar) => planOf(calendar, parts))];
}

function planOf({ id, name }: ListedCalendar, { window: settings, clock }: CalendarParts): StreamPlan {
  const path = calendarPath(id);
  const window = windowAt(clock.now(), id, settings);
  return {
    id: streamOfCalendar(id),
    kind: 'event',
    label: name,
    place: { calendarId: id },
    root: false,
    // The window, and nothing else: no other parameter is taken, and the size of pages is asked for by Prefer. [graph-facts 2.4]
    first: { path: `${path}/calendarView/delta?${windowQuery(window)}` },
    expected: null,
    idsPath: null,
    // What is shared may still be listed where its events can be read no more: they tell whether it is there. [graph-facts 7.6]
    containerPath: `${path}/events?$top=1&$select=id`,
    window,
  };
}
