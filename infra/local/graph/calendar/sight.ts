import type { Calendar, EventParts, Role } from './model.ts';
import type { Instance } from './instances.ts';
import type { CalendarStore } from './store.ts';

/** How much of somebody's events one sees. */
export type Sight = 'all' | 'withoutPrivate' | 'limited' | 'freeBusy' | 'nothing';

const SIGHTS: Readonly<Record<Role, Sight>> = {
  none: 'nothing',
  freeBusyRead: 'freeBusy',
  limitedRead: 'limited',
  read: 'withoutPrivate',
  write: 'withoutPrivate',
  delegateWithoutPrivateEventAccess: 'withoutPrivate',
  delegateWithPrivateEventAccess: 'all',
  custom: 'withoutPrivate',
};
const EDITORS: readonly Role[] = ['write', 'delegateWithoutPrivateEventAccess', 'delegateWithPrivateEventAccess'];

export const sightOf = (role: Role): Sight => SIGHTS[role];
export const canWrite = (role: Role): boolean => EDITORS.includes(role);

/** What the calendar's owner lets somebody do: by name, or as one of the organization. */
export function roleOf(calendar: Calendar, address: string): Role {
  const wanted = address.toLowerCase();
  const named = calendar.permissions.find((one) => one.address?.toLowerCase() === wanted);
  return (named ?? calendar.permissions.find((one) => one.address === undefined))?.role ?? 'none';
}

/** The role that the owner of `viewer` has for a calendar of `home`; undefined = it is their own. */
export function roleFor(viewer: CalendarStore, home: CalendarStore, calendar: Calendar): Role | undefined {
  return viewer === home ? undefined : roleOf(calendar, viewer.mailbox.owner.userPrincipalName);
}

const NOTHING: Partial<EventParts> = {
  body: { contentType: 'html', content: '' },
  places: [],
  attendees: [],
  categories: [],
  extended: [],
  online: undefined,
  onlineMeetingUrl: undefined,
  isOnlineMeeting: false,
  onlineMeetingProvider: 'unknown',
};

/** The instance with what may not be seen left out; its times always show. */
export function seenWith(instance: Instance, sight: Sight): Instance {
  const { parts } = instance;
  if (sight === 'all') return instance;
  const hidden = parts.sensitivity === 'private' || parts.sensitivity === 'confidential';
  if (sight === 'withoutPrivate' && !hidden) return instance;
  if (hidden) return { ...instance, parts: { ...parts, ...NOTHING, subject: 'Private Appointment' } };
  if (sight === 'limited') return { ...instance, parts: { ...parts, ...NOTHING, places: parts.places } };
  return { ...instance, parts: { ...parts, ...NOTHING, subject: 'Busy' } };
}
