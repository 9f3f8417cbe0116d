import type { ExtendedProperty, ItemBody, Recipient } from '../model.ts';
import type { Day, Wall } from './time/civil.ts';
import type { Rule } from './time/pattern.ts';
import type { Zone } from './time/zones.ts';

/** What calendars hold, in the store's own terms (the wire form is made in `render.ts`). */

export interface Place {
  displayName: string;
  locationType: string;
  locationEmailAddress: string | undefined;
  locationUri: string | undefined;
  address: Readonly<Record<string, unknown>> | undefined;
  coordinates: Readonly<Record<string, unknown>> | undefined;
}

export interface Answer {
  /** none, organizer, tentativelyAccepted, accepted, declined, notResponded; other words are taken from control. */
  response: string;
  /** When; undefined = never. */
  at: number | undefined;
}

export interface ProposedTime {
  start: { dateTime: string; timeZone: string };
  end: { dateTime: string; timeZone: string };
}

export interface Attendee extends Recipient {
  type: string;
  status: Answer;
  proposed: ProposedTime | undefined;
}

/** Where and how to join. */
export interface OnlineMeeting {
  joinUrl: string;
  conferenceId: string | undefined;
  tollNumber: string | undefined;
}

/** A wall time with the zone in which it was set. */
export interface ZonedTime {
  wall: Wall;
  zone: Zone;
}

export interface Times {
  start: ZonedTime;
  end: ZonedTime;
}

/** The content of an event: what one occurrence of a series can have for itself. */
export interface EventParts {
  subject: string;
  body: ItemBody;
  importance: string;
  sensitivity: string;
  showAs: string;
  categories: readonly string[];
  isReminderOn: boolean;
  reminderMinutes: number;
  places: readonly Place[];
  attendees: readonly Attendee[];
  isAllDay: boolean;
  isCancelled: boolean;
  hideAttendees: boolean;
  allowNewTimeProposals: boolean;
  responseRequested: boolean;
  /** What the owner of this copy answered. */
  answer: Answer;
  extended: readonly ExtendedProperty[];
  isOnlineMeeting: boolean;
  onlineMeetingProvider: string;
  online: OnlineMeeting | undefined;
  onlineMeetingUrl: string | undefined;
}

/** An occurrence that is not what the series makes it. */
export interface Exception {
  parts: Partial<EventParts>;
  /** undefined: where the series has it. */
  times: Times | undefined;
  createdMs: number;
  modifiedMs: number;
  version: number;
  /** Part of the id, where the service gives exceptions new ids. */
  variant: number;
}

export interface Series {
  rule: Rule;
  /** The zone that the rule's days are days of. */
  zone: Zone;
  /** Days of the rule, in `zone`. */
  exceptions: Map<Day, Exception>;
  /** Days of the rule whose occurrence was deleted. */
  cancelled: Set<Day>;
}

export interface CalendarEvent {
  /** Number in the mailbox, never used again. */
  readonly num: number;
  calendar: number;
  slot: number;
  /** The same in all copies of a meeting; iCalUId is made of it. */
  readonly uid: string;
  /** As another system gave it; undefined = made of `uid`. */
  readonly iCalUId: string | undefined;
  organizer: Recipient | undefined;
  /** The owner of this copy is the organizer. */
  isOrganizer: boolean;
  readonly transactionId: string | undefined;
  readonly createdMs: number;
  modifiedMs: number;
  /** Goes up with each save; the changeKey is made of it. */
  version: number;
  parts: EventParts;
  /** Of the event, or of the first occurrence of the series. */
  times: Times;
  series: Series | undefined;
}

/** An event, or one occurrence of it. */
export interface EventRef {
  event: CalendarEvent;
  /** The day of the rule; undefined = the event itself. */
  day: Day | undefined;
}

export type Role =
  | 'none'
  | 'freeBusyRead'
  | 'limitedRead'
  | 'read'
  | 'write'
  | 'delegateWithoutPrivateEventAccess'
  | 'delegateWithPrivateEventAccess'
  | 'custom';

export interface Permission {
  readonly id: string;
  /** undefined: everybody of the organization. */
  readonly address: string | undefined;
  readonly name: string;
  role: Role;
}

/** One calendar of a mailbox; one that somebody else shares is a window into theirs. */
export interface Calendar {
  readonly num: number;
  name: string;
  color: string;
  hexColor: string;
  readonly isDefault: boolean;
  readonly isRemovable: boolean;
  version: number;
  /** slot -> event number, 0 once it left. */
  readonly slots: number[];
  readonly events: Set<number>;
  /** What was touched, in order; delta looks at what the event is now. */
  readonly log: { num: number; slot: number; at: number }[];
  /** How far the log has been shown to anybody: what delta knows already it does not forget. */
  settled: number;
  readonly permissions: Permission[];
  /** Whose it is, and which of theirs, where it is somebody else's. */
  readonly shared: { ownerId: string; calendar: number } | undefined;
}
