import type { Domain } from '../../engine/domain.ts';
import { calendarKind } from './calendar.ts';
import { eventPath, streamOfCalendar } from './calendar-stream.ts';
import { textIn } from './event-fields.ts';
import { eventSelect } from './event-wire.ts';
import { eventKind } from './event.ts';
import { joinChanges } from './join-changes.ts';
import { readNotes } from './notes.ts';
import { calendarPush } from './push.ts';
import { planCalendar, type CalendarParts } from './streams.ts';
import { LONGEST_WAIT_MS } from './window.ts';

/** What the user must have agreed to. */
export const RIGHT = 'calendars.readwrite';

/** Outlook calendars over Graph: a stream for the list of calendars, and one for the events of each selected one in its window. */
export const calendarDomain = (parts: CalendarParts): Domain => ({
  name: 'calendar',
  needs: [RIGHT],
  namedKind: 'event',
  policy: 'remote',
  pollAtLeastEveryMs: LONGEST_WAIT_MS,
  push: calendarPush,
  plan: (context) => planCalendar(context, parts),
  kinds: (notes) => ({ calendar: calendarKind, event: eventKind(readNotes(notes)) }),
  leftDetails: ({ calendarId = null }) => ({ calendarId }),
  places: {
    letter: 'c',
    streamOf: ({ id }) => streamOfCalendar(textIn(id) ?? ''),
    itemIn: ({ id }, graphId) => ({
      path: `${eventPath(graphId, textIn(id) ?? '')}?$select=${eventSelect}`,
      placed: { calendarId: textIn(id) ?? '' },
    }),
  },
  readChanges: joinChanges,
});
