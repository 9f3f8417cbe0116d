import { createHash } from 'node:crypto';
import type { About } from '../change-notes.ts';
import type { Clock } from '../clock.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Effect, Origin } from '../model.ts';
import { numberRanges } from '../number-ranges.ts';
import { changeOf } from './change.ts';
import { eventId } from './ids.ts';
import type { Calendar, CalendarEvent } from './model.ts';
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

const COLOURS = [
  'auto',
  'lightBlue',
  'lightGreen',
  'lightOrange',
  'lightGray',
  'lightYellow',
  'lightTeal',
  'lightPink',
];
const HEX = ['', '#a6d1f5', '#4a8443', '#ff8c00', '#a4a6b1', '#fff4b0', '#38b3a4', '#f2a5b8'];

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

  addCalendar(input: Partial<Pick<Calendar, 'name' | 'color' | 'isDefault' | 'isRemovable' | 'shared'>>): Calendar {
    const num = numberRanges.calendar + this.nextCalendar;
    const shade = (this.nextCalendar - 1) % COLOURS.length;
    this.nextCalendar += 1;
    const calendar: Calendar = {
      num,
      name: input.name ?? 'Calendar',
      color: input.color ?? COLOURS[shade] ?? 'auto',
      hexColor: HEX[COLOURS.indexOf(input.color ?? COLOURS[shade] ?? 'auto')] ?? '',
      isDefault: input.isDefault ?? false,
      isRemovable: input.isRemovable ?? input.isDefault !== true,
      version: this.stamp(),
      slots: [0],
      events: new Set(),
      log: [],
      permissions: [{ id: `org-${num}`, address: undefined, name: 'My Organization', role: 'freeBusyRead' }],
      shared: input.shared,
    };
    this.byNumber.set(num, calendar);
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
    const uid = input.uid ?? this.newUid(num);
    const slot = calendar.slots.push(num) - 1;
    const event: CalendarEvent = {
      iCalUId: undefined,
      transactionId: undefined,
      ...input,
      num,
      uid,
      slot,
      calendar: calendar.num,
      createdMs: now,
      modifiedMs: now,
      version: this.stamp(),
    };
    this.events.set(num, event);
    this.byUid.set(uid, num);
    if (event.transactionId !== undefined) this.byTransaction.set(event.transactionId, num);
    calendar.events.add(num);
    this.note('create', event, about);
    return event;
  }

  /** To be called after each change in place: a new changeKey, and everybody hears of it. */
  saved(event: CalendarEvent, about: EventAbout): void {
    event.version = this.stamp();
    event.modifiedMs = this.clock.ms();
    const exception = about.day === undefined ? undefined : event.series?.exceptions.get(about.day);
    if (exception !== undefined) Object.assign(exception, { version: event.version, modifiedMs: event.modifiedMs });
    this.note('update', event, about);
  }

  /** To Deleted Items, or away for good. */
  remove(event: CalendarEvent, about: EventAbout, permanent = false): void {
    const calendar = this.byNumber.get(event.calendar);
    this.note('delete', event, about);
    calendar?.events.delete(event.num);
    if (calendar !== undefined) calendar.slots[event.slot] = 0;
    this.events.delete(event.num);
    if (this.byUid.get(event.uid) === event.num) this.byUid.delete(event.uid);
    if (!permanent) this.deleted.set(event.num, event);
  }

  changeKeyOf({ version }: { version: number }): string {
    return this.mailbox.ids.changeKey(numberRanges.calendar + version);
  }

  /** 16 bytes in hexadecimal, the same for the same mailbox and number. */
  private newUid(num: number): string {
    const digest = createHash('sha256').update(`${this.ownerId}/event/${num}`).digest('hex');
    return `${digest.slice(0, 16)}000000000000000010000000${digest.slice(16, 48)}`.toUpperCase();
  }

  private stamp(): number {
    this.version += 1;
    return this.version;
  }

  private note(kind: 'create' | 'update' | 'delete', event: CalendarEvent, about: EventAbout): void {
    const calendar = this.byNumber.get(event.calendar);
    if (calendar === undefined) return;
    calendar.log.push({ num: event.num, slot: event.slot });
    const told: About = { origin: about.origin, fields: about.fields };
    const day = about.day !== undefined && event.series?.exceptions.has(about.day) === true ? about.day : undefined;
    const effect: Effect['kind'] = kind;
    this.mailbox.notes.record(effect, () => eventId(this.mailbox, { calendar, event, day }, 'immutable'), told);
    this.mailbox.notes.tell(() => changeOf(this, KINDS[kind], { event, day, calendar, fields: about.fields }), told);
  }
}

const KINDS = { create: 'created', update: 'updated', delete: 'deleted' } as const;
