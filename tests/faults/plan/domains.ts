import { apiMessage, differences } from '../../../infra/local/demo/compare.ts';
import { readTruth, truthMessage } from '../../../infra/local/demo/mailbox.ts';
import { calendarDomain } from '../../../shared/domains/calendar/index.ts';
import { contacts } from '../../../shared/domains/contacts/index.ts';
import { streamOfFolder } from '../../../shared/domains/mail/folder.ts';
import { mail } from '../../../shared/domains/mail/index.ts';
import type { Domain } from '../../../shared/engine/domain.ts';
import type { Change } from '../../../shared/engine/model.ts';
import { systemClock } from '../../../shared/lib/clock.ts';
import { OutlookCalendar } from '../../support/convergence/events/outlook.ts';
import { calendarDifferences, nameOfEvent } from '../../support/convergence/events/truth.ts';
import { contactDifferences, nameOfContact, Outlook } from '../../support/convergence/outlook.ts';
import { packed, type Partition } from './partition.ts';
import type { FaultRig, Mailbox } from './rig.ts';

/** What the plan knows of a domain. */
export interface PlanDomain {
  readonly domain: Domain;
  /** Differences between the tenant and the store; none = in step. */
  differences(rig: FaultRig, mailbox: Mailbox, partition: Partition): Promise<string[]>;
  /** What a scenario calls the item that a row of the feed is about. */
  nameOf(change: Change): string;
  /** The Graph id of what a scenario calls so. */
  idOf(partition: Partition, name: string): string;
}

/** Messages go by their Graph ids. */
const ofMail: PlanDomain = {
  domain: mail,
  nameOf: (change) => change.graphId ?? change.type,
  idOf: (_, name) => name,
  differences: async (rig, { upn }, { cursors, rows }) => {
    const truth = await readTruth(rig.microsoft.control, upn);
    const streams = new Set(cursors.map((cursor) => cursor.stream));
    const wanted = truth.messages.filter((message) => streams.has(streamOfFolder(message.parentFolderId)));
    const items = rows('index').filter((row) => row.rowKey.startsWith('index|m:'));
    return differences(
      wanted.map((message) => truthMessage.parse(message)),
      items.map((row) => apiMessage.parse(packed(row))),
    );
  },
};

/** Contacts go by their companies, which no scenario changes: one that was made here has no Graph id at first. */
const ofContacts: PlanDomain = {
  domain: contacts,
  nameOf: (change) => nameOfContact(change.after ?? change.before ?? {}) ?? change.type,
  idOf: ({ records }, name) => records.find(({ fields }) => nameOfContact(fields) === name)?.graphId ?? name,
  differences: async (rig, { upn }, { rows }) => {
    const outlook = new Outlook((method, path, body) => rig.user(upn, method, path, body));
    const items = rows('index').filter((row) => row.rowKey.startsWith('index|c:'));
    return contactDifferences(await outlook.snapshot(), items.map(packed));
  },
};

/** Events go by their places, which no scenario changes; occurrences by the day of the slot that they fill. */
const ofCalendar: PlanDomain = {
  domain: calendarDomain({ window: { pastDays: 30, futureDays: 365 }, clock: systemClock }),
  nameOf: (change) => nameOfEvent(change.after ?? change.before ?? {}) ?? change.type,
  idOf: ({ records }, name) => records.find(({ fields }) => nameOfEvent(fields) === name)?.graphId ?? name,
  differences: (rig, { upn }, partition) => {
    const outlook = new OutlookCalendar((method, path, body) => rig.user(upn, method, path, body));
    return calendarDifferences(outlook, partition);
  },
};

const planDomains: Readonly<Record<string, PlanDomain>> = {
  mail: ofMail,
  contacts: ofContacts,
  calendar: ofCalendar,
};

export function planDomain(name: string): PlanDomain {
  const found = planDomains[name];
  if (found === undefined) throw new Error(`the plan knows no domain ${name}`);
  return found;
}
