import type { Clock } from '../clock.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Effect, MailboxChange, Origin } from '../model.ts';
import { numberRanges } from '../number-ranges.ts';
import { changeOf } from './change.ts';
import { eventId, newUid } from './ids.ts';
import type { Calendar, CalendarEvent } from './model.ts';
import { newCalendar } from './new-calendar.ts';
import type { NewCalendar } from './new-calendar.ts';
import type { Day } from './time/civil.ts';
import { findZone, utcZone } from './time/zones.ts';
import type { Zone } from './time/zones.ts';

export type NewEvent = Pick<CalendarEvent, 'organizer' | 'isOrganizer' | 'parts' | 'times' | 'series'> &
  Partial<Pick<CalendarEvent, 'uid' | 'iCalUId' | 'transactionId'>>;

/** What the store tells of beside the event: who did it, and which occurrence. */
export interface EventAbout {
  origin: Origin;
  fields: readonly string[];
  day?: Day | undefined;
}

/**
 * The calendars and events of one mailbox. Every write, by Graph, control, seed or another mailbox's invitation, goes
 * through here, so that logs, effects and notifications agree. What a write means is decided in `operations.ts`.
 */
export class CalendarStore {
  readonly mailbox: Mailbox;
  /** The mailbox's own zone, as its settings have it. */
  zone: Zone = findZone('W. Europe Standard Time') ?? utcZone;
  private readonly clock: Clock;
  private readonly byNumber = new Map<number, Calendar>();
  private readonly events = new Map<number, CalendarEvent>();
  private readonly byUid = new Map<string, number>();
  private readonly byTransaction = new Map<string, number>();
  private readonly deleted = new Map<number, CalendarEvent>();
  private nextCalendar = 1;
  private nextEvent = 1;
  private version = 1;

  constructor(mailbox: Mailbox, clock: Clock) {
    this.mailbox = mailbox;
    this.clock = clock;
    this.addCalendar({ name: 'Calendar', isDefault: true });
    this.addCalendar({ name: 'Birthdays', isRemovable: false });
  }

  get ownerId(): string {
    return this.mailbox.owner.id;
  }

  calendars(): Calendar[] {
    return [...this.byNumber.values()];
  }

  /** The calendar that invitations come into. */
  get main(): Calendar {
    const [first] = this.calendars();
    if (first === undefined) throw new Error('a mailbox without a calendar');
    return first;
  }

  calendarNumbered(num: number): Calendar | undefined {
    return this.byNumber.get(num);
  }

  calendarId(calendar: Calendar): string {
    return this.mailbox.ids.folder(calendar.num);
  }

  /** By id. */
  calendar(id: string): Calendar | 'malformed' | undefined {
    const decoded = this.mailbox.ids.decode(id);
    if (decoded === 'malformed') return decoded;
    if (decoded === 'foreign' || decoded.kind !== 'folder') return undefined;
    return this.byNumber.get(decoded.folder);
  }

  addCalendar(input: NewCalendar): Calendar {
    const calendar = newCalendar(this.nextCalendar, this.stamp(), input);
    this.nextCalendar += 1;
    this.byNumber.set(calendar.num, calendar);
    return calendar;
  }

  changeCalendar(calendar: Calendar, patch: Partial<Pick<Calendar, 'name' | 'color' | 'hexColor'>>): void {
    Object.assign(calendar, patch);
    calendar.version = this.stamp();
  }

  /** With all that is in it. */
  removeCalendar(calendar: Calendar, origin: Origin): void {
    for (const event of this.eventsOf(calendar)) this.remove(event, { origin, fields: [] }, true);
    this.byNumber.delete(calendar.num);
  }

  eventsOf(calendar: Calendar): CalendarEvent[] {
    return [...calendar.events].flatMap((num) => this.events.get(num) ?? []);
  }

  /** Of all its own calendars. */
  all(): CalendarEvent[] {
    return [...this.events.values()];
  }

  event(num: number): CalendarEvent | undefined {
    return this.events.get(num);
  }

  withUid(uid: string): CalendarEvent | undefined {
    return this.events.get(this.byUid.get(uid) ?? 0);
  }

  withTransaction(transactionId: string): CalendarEvent | undefined {
    return this.events.get(this.byTransaction.get(transactionId) ?? 0);
  }

  /** What lies in Deleted Items. */
  deletedEvent(num: number): CalendarEvent | undefined {
    return this.deleted.get(num);
  }

  create(calendar: Calendar, input: NewEvent, about: EventAbout): CalendarEvent {
    const num = this.nextEvent;
    this.nextEvent += 1;
    const now = this.clock.ms();
    const uid = input.uid ?? newUid(this.ownerId, num);
    const event: CalendarEvent = {
      iCalUId: undefined,
      transactionId: undefined,
      ...input,
      num,
      uid,
      slot: 0,
      calendar: calendar.num,
      createdMs: now,
      modifiedMs: now,
      version: this.stamp(),
    };
    this.arrive(event, calendar);
    this.note('create', event, about);
    return event;
  }

  /** To be called after each change in place: a new changeKey, and everybody hears of it. */
  saved(event: CalendarEvent, about: EventAbout): void {
    event.version = this.stamp();
    event.modifiedMs = this.clock.ms();
    // What exceptions have from their series changes with it.
    for (const [day, exception] of event.series?.exceptions ?? [])
      if (about.day === undefined || about.day === day)
        Object.assign(exception, { version: event.version, modifiedMs: event.modifiedMs });
    this.note('update', event, about);
  }

  /** To Deleted Items, or away for good. */
  remove(event: CalendarEvent, about: EventAbout, permanent = false): void {
    this.note('delete', event, about);
    this.depart(event);
    if (!permanent) this.deleted.set(event.num, event);
  }

  /** Into another calendar: a new place, so a new default id; the immutable one stays. Two are told of: one went, one came. */
  move(event: CalendarEvent, target: Calendar, about: EventAbout): void {
    this.log(event);
    this.tell('deleted', event, { ...about, moved: true });
    this.depart(event);
    event.version = this.stamp();
    this.arrive(event, target);
    this.log(event);
    this.record('move', event, about);
    this.tell('created', event, { ...about, moved: true });
  }

  /** Out of Deleted Items, to where it was, or to the own calendar if that is gone. */
  restore(event: CalendarEvent, about: EventAbout): void {
    this.deleted.delete(event.num);
    event.version = this.stamp();
    this.arrive(event, this.byNumber.get(event.calendar) ?? this.main);
    this.log(event);
    this.record('move', event, about);
    this.tell('created', event, { ...about, moved: true });
  }

  changeKeyOf({ version }: { version: number }): string {
    return this.mailbox.ids.changeKey(numberRanges.calendar + version);
  }

  private stamp(): number {
    this.version += 1;
    return this.version;
  }

  private arrive(event: CalendarEvent, calendar: Calendar): void {
    event.calendar = calendar.num;
    event.slot = calendar.slots.push(event.num) - 1;
    calendar.events.add(event.num);
    this.events.set(event.num, event);
    this.byUid.set(event.uid, event.num);
    if (event.transactionId !== undefined) this.byTransaction.set(event.transactionId, event.num);
  }

  private depart(event: CalendarEvent): void {
    const calendar = this.byNumber.get(event.calendar);
    calendar?.events.delete(event.num);
    if (calendar !== undefined) calendar.slots[event.slot] = 0;
    this.events.delete(event.num);
    if (this.byUid.get(event.uid) === event.num) this.byUid.delete(event.uid);
  }

  private note(kind: 'create' | 'update' | 'delete', event: CalendarEvent, about: EventAbout): void {
    this.log(event);
    this.record(kind, event, about);
    this.tell(KINDS[kind], event, about);
  }

  private log(event: CalendarEvent): void {
    this.byNumber.get(event.calendar)?.log.push({ num: event.num, slot: event.slot, at: this.clock.ms() });
  }

  private record(kind: Effect['kind'], event: CalendarEvent, about: EventAbout): void {
    const calendar = this.byNumber.get(event.calendar) ?? this.main;
    const day = exceptionDay(event, about);
    this.mailbox.notes.record(kind, () => eventId(this.mailbox, { calendar, event, day }, 'immutable'), about);
  }

  private tell(kind: MailboxChange['kind'], event: CalendarEvent, about: EventAbout & { moved?: boolean }): void {
    const calendar = this.byNumber.get(event.calendar) ?? this.main;
    const { fields, moved = false } = about;
    const day = exceptionDay(event, about);
    this.mailbox.notes.tell(() => changeOf(this, kind, { event, day, calendar, fields, moved }), about);
  }
}

/** An occurrence has an id of its own to be told by once it is an exception; else it is the series that changed. */
function exceptionDay(event: CalendarEvent, { day }: EventAbout): Day | undefined {
  return day !== undefined && event.series?.exceptions.has(day) === true ? day : undefined;
}

const KINDS = { create: 'created', update: 'updated', delete: 'deleted' } as const;
