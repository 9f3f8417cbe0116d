import type { Needs } from '../../http.ts';

const shared = ['Calendars.Read.Shared', 'Calendars.ReadWrite.Shared'];
const full = ['Calendars.Read', 'Calendars.ReadWrite'];

/** What the calendar routes ask of the token. All of them look for themselves at whose mailbox it is. */
export const calendarNeeds = {
  read: {
    scopes: ['Calendars.ReadBasic', ...full, ...shared],
    roles: ['Calendars.ReadBasic.All', ...full],
    shared: true,
  },
  /** The basic permissions are not enough for delta, nor for a subscription. */
  full: { scopes: [...full, ...shared], roles: full, shared: true },
  subscribe: { scopes: full, roles: full },
  write: {
    scopes: ['Calendars.ReadWrite', 'Calendars.ReadWrite.Shared'],
    roles: ['Calendars.ReadWrite'],
    shared: true,
  },
} satisfies Record<string, Needs>;
