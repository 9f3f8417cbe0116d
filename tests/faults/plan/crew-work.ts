import type { App } from '../../../shared/app.ts';
import type { EngineRecord } from '../../../shared/engine/model.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { OutlookCalendar } from '../../support/convergence/events/outlook.ts';
import { daily, openDiary, whole, type Diary } from './diary.ts';
import type { FaultRig, Mailbox } from './rig.ts';
import { arrive } from './scenarios.ts';

/** What happens to a mailbox while a crew is at work on it, by the domain. */
export interface CrewWork {
  mailbox(rig: FaultRig, app: App): Promise<Mailbox>;
  /** Something comes; of what is there one thing is changed, in one of three ways, or nothing (`kind` 0 to 3). */
  change(rig: FaultRig, mailbox: Mailbox, turn: { readonly step: number; readonly kind: number }): Promise<void>;
  /** Within so many calls a worker dies that is to die. */
  readonly calls: number;
  /** Records that the application may write to. */
  isOurs(record: EngineRecord): boolean;
  /** The API's list of them, below the connection. */
  readonly list: string;
  /** What their rows in the feed begin with. */
  readonly rows: string;
}

const ofMail: CrewWork = {
  mailbox: (rig, app) => rig.mailbox(app, { messages: 12, folders: 2 }),
  change: async (rig, mailbox, { step, kind }) => {
    const id = await arrive(rig, mailbox, `Step ${step}`);
    const other = await arrive(rig, mailbox, `Beside ${step}`);
    if (kind === 0) await rig.user(mailbox.upn, 'PATCH', `/messages/${id}`, { isRead: true });
    if (kind === 1) await rig.user(mailbox.upn, 'POST', `/messages/${other}/move`, { folder: 'archive' });
    if (kind === 2) await rig.user(mailbox.upn, 'DELETE', `/messages/${other}?permanent=true`);
  },
  calls: 60,
  isOurs: ({ kind }) => kind === 'message',
  list: 'messages',
  rows: 'message',
};

const DAY_MS = 86_400_000;
const day: Diary['day'] = (days, time = '09:00:00') =>
  `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)}T${time}`;

/** A single event and a series come; of the series one day is edited, one left out, or all of it deleted. */
const ofCalendar: CrewWork = {
  mailbox: async (rig, app) => {
    const { mailbox, outlook } = await openDiary(rig, app);
    for (let n = 1; n <= 6; n++) await outlook.create(whole({ day }, `Known ${n}`, n));
    await outlook.create(daily({ day }, 'Known series', 2, 4));
    return mailbox;
  },
  change: async (rig, { upn }, { step, kind }) => {
    const outlook = new OutlookCalendar((method, path, body) => rig.user(upn, method, path, body));
    await outlook.create(whole({ day }, `Step ${step}`, 10 + step));
    const series = await outlook.create(daily({ day }, `Beside ${step}`, 20 + step, 3));
    if (kind === 0) await outlook.patch(series, { subject: 'For once' } satisfies Fields, day(21 + step));
    if (kind === 1) await outlook.remove(series, day(21 + step));
    if (kind === 2) await outlook.remove(series);
  },
  calls: 25,
  isOurs: ({ kind, fields }) => kind === 'event' && fields['type'] === 'single',
  list: 'events',
  rows: 'event',
};

export const crewDomains = ['mail', 'calendar'] as const;

const works: Readonly<Record<(typeof crewDomains)[number], CrewWork>> = { mail: ofMail, calendar: ofCalendar };

export const crewWork = (domain: (typeof crewDomains)[number]): CrewWork => works[domain];
