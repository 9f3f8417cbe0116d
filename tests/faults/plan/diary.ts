import type { App } from '../../../shared/app.ts';
import { changeConnection } from '../../../shared/jobs/change-connection.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { OutlookCalendar } from '../../support/convergence/events/outlook.ts';
import { nameOfEvent } from '../../support/convergence/events/truth.ts';
import { BODY_MARK } from './leaks.ts';
import { readPartition } from './partition.ts';
import type { FaultRig, Mailbox } from './rig.ts';
import { syncOnce, type Expected, type Prepared, type Request } from './scenarios.ts';

const DAY_MS = 86_400_000;
const ZONE = 'W. Europe Standard Time';

/** Calendars of a mailbox, before or after their first sync. */
export interface Diary {
  readonly rig: FaultRig;
  readonly app: App;
  readonly mailbox: Mailbox;
  readonly outlook: OutlookCalendar;
  /** The API's path of its events. */
  readonly path: string;
  /** `2026-03-02T09:00:00`: so many days from today, at this time. */
  readonly day: (days: number, time?: string) => string;
}

/** A mailbox whose calendars are synced: the default one alone, unless others are chosen. */
export async function openDiary(rig: FaultRig, app: App): Promise<Diary> {
  const mailbox = await rig.mailbox(app, { messages: 0, folders: 0, domain: 'calendar' });
  const outlook = new OutlookCalendar((method, path, body) => rig.user(mailbox.upn, method, path, body));
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const day = (days: number, time = '09:00:00'): string =>
    `${new Date(today + days * DAY_MS).toISOString().slice(0, 10)}T${time}`;
  return { rig, app, mailbox, outlook, path: `/api/connections/${mailbox.connectionId}/events`, day };
}

/** Makes calendars beside the default one, and has those that are named first synced with it; answers their ids. */
export async function openCalendars(
  { app, mailbox, outlook, day }: Diary,
  chosen: readonly string[],
  others: readonly string[] = [],
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const name of [...chosen, ...others]) made.push(await outlook.makeCalendar(name));
  const { calendars } = await outlook.snapshot(`${day(0).slice(0, 10)}/${day(1).slice(0, 10)}`);
  const own = calendars.filter(({ isDefault }) => isDefault).map(({ id }) => id);
  await changeConnection(app, mailbox.connectionId, (found) => ({
    ...found,
    settings: { ...found.settings, calendar: { calendarIds: [...own, ...made.slice(0, chosen.length)] } },
  }));
  return made;
}

const at = (dateTime: string, timeZone = ZONE): Fields => ({ dateTime, timeZone });

/** A body, which is kept nowhere, whoever has written it. */
export const longText: Fields = {
  contentType: 'text',
  content: `${'Long enough to be no preview. '.repeat(20)}${BODY_MARK}`,
};

/** What an event of this name says, on this day. Scenarios tell events by their places, which nobody changes. */
export const whole = ({ day }: Pick<Diary, 'day'>, name: string, days: number): Fields => ({
  subject: `About ${name}`,
  location: { displayName: name },
  start: at(day(days)),
  end: at(day(days, '10:00:00')),
  categories: ['Blue category'],
  attendees: [{ type: 'required', emailAddress: { address: 'grace@navy.example', name: 'Grace Hopper' } }],
  body: longText,
});

/** The same on so many days in a row. */
export const daily = (diary: Pick<Diary, 'day'>, name: string, days: number, count: number): Fields => ({
  ...whole(diary, name, days),
  ...repeated(diary, days, { count }),
});

export const repeated = (
  { day }: Pick<Diary, 'day'>,
  from: number,
  { count, interval = 1 }: { readonly count: number; readonly interval?: number },
): Fields => ({
  recurrence: {
    pattern: { type: 'daily', interval },
    range: {
      type: 'numbered',
      startDate: day(from).slice(0, 10),
      numberOfOccurrences: count,
      recurrenceTimeZone: ZONE,
    },
  },
});

/** The name of the occurrence that a series has so many days from today. */
export const slot = ({ day }: Pick<Diary, 'day'>, days: number): string => day(days).slice(0, 10);

export const sync = ({ app, mailbox }: Diary): Promise<void> => syncOnce(app, mailbox.connectionId, 'calendar');

/** Our ids of what is held, by name. */
export async function idOf({ rig, mailbox }: Diary, name: string): Promise<string> {
  const { records } = await readPartition(rig, mailbox.connectionId, 'calendar');
  const found = records.find(({ kind, fields }) => kind === 'event' && nameOfEvent(fields) === name);
  if (found === undefined) throw new Error(`${name} is not held`);
  return found.id;
}

/** An event of this name, three days from today, in calendars that were synced once; answers its ids. */
export async function known(
  diary: Diary,
  name: string,
  more: Fields = {},
): Promise<{ readonly graphId: string; readonly id: string }> {
  const graphId = await diary.outlook.create({ ...whole(diary, name, 3), ...more });
  await sync(diary);
  return { graphId, id: await idOf(diary, name) };
}

export const prepared = ({ rig, mailbox }: Diary, expected: Expected, request: Request | null = null): Prepared => ({
  ...{ rig, mailbox, expected, request },
});
