import { z } from 'zod';
import { joinEvent, readMasters } from '../../../../shared/domains/calendar/join.ts';
import { changeConnection } from '../../../../shared/jobs/change-connection.ts';
import type { Fields } from '../../../../shared/lib/json.ts';
import { readPartition } from '../../../faults/plan/partition.ts';
import { Application, listAll } from '../application.ts';
import { Ledger } from '../ledger.ts';
import { FeedReader } from '../reader.ts';
import type { Opened, Side, Sort } from '../side.ts';
import { EventEdits } from './edits.ts';
import { byId, eventWords } from './fields.ts';
import { OutlookCalendar, type TenantFields } from './outlook.ts';
import { eventTelling } from './telling.ts';
import { eventTroubles } from './troubles.ts';
import { calendarDifferences, joinedEvents, shownEvents } from './truth.ts';

const DAY_MS = 86_400_000;
const ZONE = 'W. Europe Standard Time';

/** Two calendars with so many events: single ones, whole days, meetings of others, series that end and one that does not. */
export const calendarOf = (events: number): Sort => ({
  domain: 'calendar',
  collection: 'Events',
  troubles: eventTroubles,
  open: async (opened) => {
    const { rig, mailbox } = opened;
    const outlook = new OutlookCalendar((method, path, body) => rig.user(mailbox.upn, method, path, body));
    const calendars = await fill(opened, outlook, events);
    return () => begin(opened, { outlook, calendars, events });
  },
});

async function begin(
  { rig, mailbox, random, healthy }: Opened,
  diary: {
    readonly outlook: OutlookCalendar;
    readonly calendars: readonly [string, ...string[]];
    readonly events: number;
  },
): Promise<Side> {
  const { outlook, calendars } = diary;
  const scope = { connectionId: mailbox.connectionId, domain: 'calendar' };
  const list = async (): Promise<Fields[]> => {
    const items = [...(await listAll(healthy, scope, 'e')), ...(await listAll(healthy, scope, 'm'))];
    const masters = await readMasters(healthy.store, scope, items);
    return items.map((item) => joinEvent(item, masters));
  };
  const partition = await readPartition(rig, mailbox.connectionId, 'calendar');
  const first = byId(joinedEvents(partition));
  const whole = [...first.values()].filter(({ type }) => type === 'single' || type === 'master');
  if (whole.length !== diary.events) throw new Error(`${whole.length} of ${diary.events} events came`);
  const application = new Application(healthy, scope, 'events');
  const ledger = new Ledger(eventWords, first);
  const window = `${day(-1).slice(0, 10)}/${day(120).slice(0, 10)}`;
  return {
    application,
    edits: new EventEdits({ outlook, application, ledger, random, calendars, window, list }),
    reader: new FeedReader(shownEvents(partition), partition.head.lastSeq, eventTelling(isFar)),
    listed: (now) => Promise.resolve(shownEvents(now)),
    faults: async (now, _, end) => [
      ...(await calendarDifferences(outlook, now)),
      ...ledger.faults({ items: byId(joinedEvents(now)), ...end }),
    ],
  };
}

/** Days of the series that does not end come into the window as it rolls, without a word (P18). */
const isFar = ({ type, start }: Fields): boolean =>
  type === 'occurrence' && (timed.safeParse(start).data?.dateTime ?? '') > day(340);

const timed = z.object({ dateTime: z.string() });

/** `2026-03-02T09:00:00`: so many days from today, at this time. */
const day = (days: number, time = '09:00:00'): string =>
  `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)}T${time}`;

const at = (dateTime: string, timeZone = ZONE): Fields => ({ dateTime, timeZone });

const single = (n: number): TenantFields => ({
  subject: `Event ${n}`,
  location: { displayName: `Room ${n}` },
  start: at(day(2 + (n % 40))),
  end: at(day(2 + (n % 40), '10:00:00')),
  categories: n % 3 === 0 ? ['Blue category'] : [],
  attendees:
    n % 2 === 0 ? [] : [{ type: 'required', emailAddress: { address: `guest${n}@navy.example`, name: `Guest ${n}` } }],
});

const midnight = (days: number): Fields => at(day(days, '00:00:00'), 'UTC');

function sorts(n: number, upn: string): TenantFields {
  if (n < 6) return { ...single(n), isAllDay: true, start: midnight(3 + n), end: midnight(4 + (n % 3) + n) };
  if (n < 11) {
    const attendees = [{ type: 'required', emailAddress: { address: upn, name: upn } }];
    return { ...single(n), organizer: { address: 'ada@ours.example', name: 'Ada' }, attendees };
  }
  if (n > 15) return single(n);
  const startDate = day(2 + n).slice(0, 10);
  const range =
    n === 15
      ? { type: 'noEnd', startDate, recurrenceTimeZone: ZONE }
      : { type: 'numbered', startDate, numberOfOccurrences: 6, recurrenceTimeZone: ZONE };
  return { ...single(n), recurrence: { pattern: { type: 'daily', interval: n === 15 ? 7 : (n % 3) + 1 }, range } };
}

/** Fills both calendars, and has both synced; answers their ids. */
async function fill(
  { mailbox, healthy }: Opened,
  outlook: OutlookCalendar,
  events: number,
): Promise<readonly [string, ...string[]]> {
  const other = await outlook.makeCalendar('Projects');
  for (let n = 0; n < events; n++)
    await outlook.create(sorts(n, mailbox.upn), n % 3 === 2 && n > 15 ? other : undefined);
  const { calendars } = await outlook.snapshot(`${day(0).slice(0, 10)}/${day(1).slice(0, 10)}`);
  const main = calendars.find(({ isDefault }) => isDefault)?.id ?? '';
  await changeConnection(healthy, mailbox.connectionId, (found) => ({
    ...found,
    settings: { ...found.settings, calendar: { calendarIds: [main, other] } },
  }));
  return [main, other];
}
