import type { MailboxChange } from '../model.ts';
import { eventId } from './ids.ts';
import type { Calendar, EventRef } from './model.ts';
import type { CalendarStore } from './store.ts';

/** What the listeners of a mailbox hear of a change; an exception is told by its own id. */
export function changeOf(
  store: CalendarStore,
  kind: MailboxChange['kind'],
  about: EventRef & { calendar: Calendar; fields: readonly string[]; moved: boolean },
): MailboxChange {
  const { event, day, calendar, fields, moved } = about;
  const variant = day === undefined ? 0 : (event.series?.exceptions.get(day)?.variant ?? 0);
  const at = { calendar, event, day, variant };
  const folderId = store.calendarId(calendar);
  return {
    kind,
    resource: 'events',
    userId: store.ownerId,
    id: eventId(store.mailbox, at, 'default'),
    immutableId: eventId(store.mailbox, at, 'immutable'),
    changeKey: store.changeKeyOf(event),
    folderId,
    folderNames: [folderId],
    moved,
    fields,
  };
}
