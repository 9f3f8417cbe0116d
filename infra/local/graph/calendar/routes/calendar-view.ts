import type { MailboxContext } from '../../http.ts';
import { canWrite } from '../sight.ts';
import { isReadOnly } from './place.ts';
import type { CalendarPlace } from './place.ts';

/** A calendar on the wire. */
export function renderCalendar(context: MailboxContext, place: CalendarPlace): Record<string, unknown> {
  const { calendar, there, home, viewer, role } = place;
  const { displayName: name, userPrincipalName: address } = home.mailbox.owner;
  const personal = context.user.kind === 'personal';
  const own = role === undefined;
  return {
    id: viewer.calendarId(calendar),
    name: calendar.shared === undefined ? there.name : calendar.name,
    color: calendar.color,
    hexColor: calendar.hexColor,
    isDefaultCalendar: calendar.isDefault,
    changeKey: viewer.changeKeyOf(calendar),
    canShare: own,
    canViewPrivateItems: own || role === 'delegateWithPrivateEventAccess',
    canEdit: own ? !isReadOnly(place) : canWrite(role),
    allowedOnlineMeetingProviders: personal ? [] : ['teamsForBusiness'],
    defaultOnlineMeetingProvider: personal ? 'unknown' : 'teamsForBusiness',
    isTallyingResponses: calendar.isDefault,
    isRemovable: calendar.isRemovable,
    owner: { name, address },
  };
}
