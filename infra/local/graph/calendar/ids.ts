import { createHash } from 'node:crypto';
import type { IdKind } from '../ids.ts';
import type { Mailbox } from '../mailbox.ts';
import { numberRanges } from '../number-ranges.ts';
import type { Calendar, CalendarEvent } from './model.ts';
import type { Day } from './time/civil.ts';

/** What an id says: a calendar's event (by number, or by its place there), and which occurrence of it. */
export interface DecodedEventId {
  /** The local calendar; undefined = any of the mailbox's own. */
  calendar: number | undefined;
  num: number | undefined;
  slot: number | undefined;
  day: Day | undefined;
  variant: number;
}

/** Immutable ids of events in a calendar that somebody shares: above all that the mailbox has itself. */
const SHARED = 0x1000_0000_0000;
const PER_CALENDAR = 0x1_0000_0000;
/** An occurrence's id goes on where the master's ends. */
const OCCURRENCE_MARK = 0x51;
const OCCURRENCE_TAIL = 6;
const DAY_OFFSET = 0x4000_0000;

export function eventId(
  mailbox: Mailbox,
  at: { calendar: Calendar; event: Pick<CalendarEvent, 'num' | 'slot'>; day?: Day | undefined; variant?: number },
  kind: IdKind,
): string {
  const { calendar, event, day, variant = 0 } = at;
  const master =
    kind === 'default'
      ? mailbox.ids.message(calendar.num, event.slot)
      : mailbox.ids.immutable(numberOf(calendar, event.num));
  if (day === undefined) return master;
  const tail = Buffer.alloc(OCCURRENCE_TAIL);
  tail.writeUInt8(OCCURRENCE_MARK, 0);
  tail.writeUInt32BE(day + DAY_OFFSET, 1);
  tail.writeUInt8(variant, 5);
  const bytes = Buffer.concat([Buffer.from(master, 'base64url'), tail]);
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function numberOf(calendar: Calendar, num: number): number {
  if (calendar.shared === undefined) return numberRanges.calendar + num;
  return SHARED + (calendar.num - numberRanges.calendar) * PER_CALENDAR + num;
}

/** Reads an id back. `malformed`: no id at all; `foreign`: well formed, but of another mailbox or another kind of item. */
export function decodeEventId(mailbox: Mailbox, text: string): DecodedEventId | 'malformed' | 'foreign' {
  const plain = mailbox.ids.decode(text);
  if (plain !== 'malformed') return plain === 'foreign' ? plain : placeOf(plain);
  const bytes = Buffer.from(text, 'base64url');
  const at = bytes.length - OCCURRENCE_TAIL;
  if (at <= 0 || bytes[at] !== OCCURRENCE_MARK) return 'malformed';
  const master = bytes.subarray(0, at).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const decoded = mailbox.ids.decode(master);
  if (typeof decoded === 'string') return decoded;
  const place = placeOf(decoded);
  if (place === 'foreign') return place;
  return { ...place, day: bytes.readUInt32BE(at + 1) - DAY_OFFSET, variant: bytes.readUInt8(at + 5) };
}

function placeOf(decoded: Exclude<ReturnType<Mailbox['ids']['decode']>, string>): DecodedEventId | 'foreign' {
  const none = { calendar: undefined, num: undefined, slot: undefined, day: undefined, variant: 0 };
  if (decoded.kind === 'folder') return 'foreign';
  if (decoded.kind === 'default') return { ...none, calendar: decoded.folder, slot: decoded.slot };
  const { num } = decoded;
  if (num >= SHARED) {
    const local = Math.floor((num - SHARED) / PER_CALENDAR);
    return { ...none, calendar: numberRanges.calendar + local, num: num % PER_CALENDAR };
  }
  const own = num - numberRanges.calendar;
  return own > 0 && own < PER_CALENDAR ? { ...none, num: own } : 'foreign';
}

/** `OID.{id of the master}.yyyy-mm-dd` */
export const occurrenceName = (masterId: string, date: string): string => `OID.${masterId}.${date}`;

const GLOBAL_ID = '040000008200E00074C5B7101A82E008';

/** The iCalUId: the same but for the date in it for all occurrences of a series, as Outlook makes it. */
export function iCalUIdOf(event: Pick<CalendarEvent, 'uid' | 'iCalUId'>, date: string | undefined): string {
  const foreign = event.iCalUId;
  if (foreign !== undefined) return date === undefined ? foreign : `${foreign}_${date.replaceAll('-', '')}`;
  const [year = 0, month = 0, day = 0] = (date ?? '').split('-').map(Number);
  const stamp = Buffer.from([year >> 8, year & 0xff, month, day])
    .toString('hex')
    .toUpperCase();
  return `${GLOBAL_ID}${date === undefined ? '00000000' : stamp}${event.uid}`;
}

/** What iCalUIds of an event are made of, in hexadecimal: the same for the same mailbox and number. */
export function newUid(ownerId: string, num: number): string {
  const digest = createHash('sha256').update(`${ownerId}/event/${num}`).digest('hex');
  return `${digest.slice(0, 16)}000000000000000010000000${digest.slice(16, 48)}`.toUpperCase();
}
