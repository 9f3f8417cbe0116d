import { invalidRequest } from '../errors.ts';
import { notOrganizer, ownMeeting } from './errors.ts';
import { sendMeetingMail } from './meeting-mail.ts';
import { tellAttendees } from './meetings.ts';
import type { CalendarEvent, EventRef, ProposedTime } from './model.ts';
import { exceptionOf } from './actor.ts';
import type { Actor } from './actor.ts';
import { deleteEvent } from './operations.ts';
import type { CalendarStore } from './store.ts';

export type Response = 'accepted' | 'tentativelyAccepted' | 'declined';

export interface Reply {
  response: Response;
  comment: string;
  sendResponse: boolean;
  proposed: ProposedTime | undefined;
}

/** An attendee's answer: into the own copy, and to the organizer unless it is not to be sent. A declined event leaves the calendar. */
export function respond(actor: Actor, ref: EventRef, reply: Reply): void {
  const { world, home, origin } = actor;
  const { event, day } = ref;
  if (event.isOrganizer) throw ownMeeting();
  if (event.parts.isCancelled) throw invalidRequest("Your request can't be completed. This meeting has been canceled.");
  const answer = { response: reply.response, at: world.tenant.clock.ms() };
  if (reply.sendResponse) answerOrganizer(actor, ref, reply);
  if (reply.response === 'declined') {
    deleteEvent(actor, ref, { permanent: false });
    return;
  }
  const organizer = organizerCopy(actor, event);
  const busy = organizer?.event.parts.showAs ?? 'busy';
  const given = { answer, showAs: reply.response === 'accepted' ? busy : 'tentative' };
  if (day === undefined) event.parts = { ...event.parts, ...given };
  else if (event.series !== undefined) Object.assign(exceptionOf(actor, event.series, day).parts, given);
  home.saved(event, { origin, fields: ['responseStatus', 'showAs'], day });
}

function organizerCopy(
  { world }: Actor,
  event: CalendarEvent,
): { store: CalendarStore; event: CalendarEvent } | undefined {
  const store = world.at(event.organizer?.emailAddress.address ?? '');
  const original = store?.withUid(event.uid);
  return store === undefined || original?.isOrganizer !== true ? undefined : { store, event: original };
}

function answerOrganizer(actor: Actor, ref: EventRef, reply: Reply): void {
  const found = organizerCopy(actor, ref.event);
  if (found === undefined) return;
  const { displayName: name, userPrincipalName: address } = actor.home.mailbox.owner;
  noteAnswer(actor, { ...found, day: ref.day }, { address, ...reply });
  const from = { emailAddress: { name, address } };
  const about = { kind: reply.response, ref: { event: found.event, day: ref.day }, from, comment: reply.comment };
  sendMeetingMail(actor, found.store, about);
}

/** Notes in the organizer's event what somebody answered; those outside of the tenant answer by control. */
export function noteAnswer(
  actor: Pick<Actor, 'world' | 'origin'>,
  at: EventRef & { store: CalendarStore },
  answer: { address: string; response: string; proposed: ProposedTime | undefined },
): boolean {
  const { event, day, store } = at;
  const wanted = answer.address.toLowerCase();
  if (!event.parts.attendees.some((one) => one.emailAddress.address.toLowerCase() === wanted)) return false;
  const status = { response: answer.response, at: actor.world.tenant.clock.ms() };
  const exception = day === undefined || event.series === undefined ? undefined : exceptionOf(actor, event.series, day);
  const attendees = (exception?.parts.attendees ?? event.parts.attendees).map((one) =>
    one.emailAddress.address.toLowerCase() === wanted ? { ...one, status, proposed: answer.proposed } : one,
  );
  if (exception === undefined) event.parts = { ...event.parts, attendees };
  else exception.parts.attendees = attendees;
  store.saved(event, { origin: actor.origin, fields: ['attendees'], day });
  return true;
}

/** The organizer calls it off: the attendees hear of it, the own copy goes to Deleted Items. */
export function cancel(actor: Actor, ref: EventRef, comment: string): void {
  if (!ref.event.isOrganizer) throw notOrganizer();
  deleteEvent(actor, ref, { permanent: false, comment });
}

/** Invites others to a meeting. Forwarding somebody else's puts them on the organizer's list. */
export function forward(
  actor: Actor,
  event: CalendarEvent,
  people: readonly { address: string; name: string }[],
): void {
  const found = event.isOrganizer ? { store: actor.home, event } : organizerCopy(actor, event);
  if (found === undefined) return;
  const before = found.event.parts.attendees;
  const known = new Set(before.map((one) => one.emailAddress.address.toLowerCase()));
  const added = people
    .filter(({ address }) => !known.has(address.toLowerCase()))
    .map((emailAddress) => ({
      type: 'required',
      emailAddress,
      status: { response: 'none', at: undefined },
      proposed: undefined,
    }));
  found.event.parts = { ...found.event.parts, attendees: [...before, ...added] };
  found.store.saved(found.event, { origin: actor.origin, fields: ['attendees'] });
  const telling = { before, attendeesAlone: true, timesChanged: false };
  tellAttendees({ ...actor, home: found.store }, found.event, telling);
}
