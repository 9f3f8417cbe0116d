import { z } from 'zod';
import { call } from './client.ts';
import {
  apiContact,
  contactDifferences,
  truthContact,
  type ApiContact,
  type TruthContact,
} from './compare-contacts.ts';
import type { Stage } from './stage.ts';
import { until } from './wait.ts';

const made = z.array(z.object({ id: z.string() }));
const snapshot = z.object({ contacts: z.array(truthContact) });
const CALLER = {
  displayName: 'Grace Hopper',
  emailAddresses: [{ address: 'grace@navy.example', name: 'Grace Hopper' }],
};

/** What an application sees of contacts: all of them, changes on both sides, and one person that both sides know. */
export async function showContacts(stage: Stage): Promise<void> {
  const { feed, report, control } = stage;
  await compare(stage, 'every contact equals the tenant');
  const graphId = await feed.timed(report, 'a contact is made in Outlook', {
    act: async () =>
      made.parse(await call(z.unknown(), `${control}/contacts`, { method: 'POST', body: CALLER }))[0]?.id ?? '',
    type: 'contact.created',
  });
  await feed.timed(report, 'it is changed in Outlook', {
    act: async () => {
      const body = { jobTitle: 'Commander' };
      await call(z.unknown(), `${control}/contacts/${graphId}`, { method: 'PATCH', body });
      return graphId;
    },
    type: 'contact.updated',
  });
  const linked = await link(stage, graphId);
  await awaitPushed(stage, linked, 'the promotion in the tenant', ({ jobTitle }) => jobTitle === 'Rear Admiral');
  await makeOne(stage);
  await feed.timed(report, 'it is deleted by the application', {
    act: async () => {
      await stage.api.request(z.null(), `${pathOf(stage)}/${linked.id}`, { method: 'DELETE' });
      return graphId;
    },
    type: 'contact.deleted',
  });
  await until('the deletion in the tenant', async () => !(await truthOf(stage)).some(({ id }) => id === graphId));
  await compare(stage, 'in the end every contact still equals the tenant');
}

const pathOf = ({ connectionId }: Stage): string => `/connections/${connectionId}/contacts`;

/** The application has the same person, by e-mail, with a number of its own: it is linked, and promoted. */
async function link(stage: Stage, graphId: string): Promise<ApiContact> {
  const { api, feed, report } = stage;
  const body = {
    externalId: 'crm-4711',
    emails: [{ address: 'GRACE@navy.example' }],
    phones: [{ number: '+1 202 555 0147', kind: 'mobile' }],
  };
  let linked: ApiContact | undefined;
  await feed.timed(report, 'the application has the same person: it is linked', {
    act: async () => {
      linked = await api.request(apiContact, pathOf(stage), { method: 'POST', body });
      return linked.graphId ?? '';
    },
    type: 'contact.updated',
  });
  if (linked?.graphId !== graphId) throw new Error('the contact was not linked to the one of Outlook');
  const jobTitle = { jobTitle: 'Rear Admiral' };
  return api.request(apiContact, `${pathOf(stage)}/${linked.id}`, { method: 'PATCH', body: jobTitle });
}

async function makeOne(stage: Stage): Promise<void> {
  const body = { externalId: 'crm-4712', givenName: 'Katherine', surname: 'Johnson', birthday: '1918-08-26' };
  const born = await stage.api.request(apiContact, pathOf(stage), { method: 'POST', body });
  const there = ({ displayName }: TruthContact): boolean => displayName === 'Katherine Johnson';
  await awaitPushed(stage, born, 'a contact of the application is in the tenant', there);
}

async function awaitPushed(
  stage: Stage,
  contact: ApiContact,
  what: string,
  there: (truth: TruthContact) => boolean,
): Promise<void> {
  const start = performance.now();
  await until(what, async () => (await truthOf(stage)).some(there));
  const read = (): Promise<ApiContact> => stage.api.request(apiContact, `${pathOf(stage)}/${contact.id}`);
  const shown = await until(`${what}, told as done`, async () => {
    const now = await read();
    return now.pushed === 'done' ? now : null;
  });
  stage.report.say(
    what,
    `${shown.displayName} after ${Math.round(performance.now() - start)} ms`,
    shown.graphId !== null,
  );
}

async function truthOf({ control }: Stage): Promise<TruthContact[]> {
  return (await call(snapshot, `${control}/snapshot`)).contacts.filter(({ isDeleted }) => !isDeleted);
}

async function compare(stage: Stage, what: string): Promise<void> {
  const truth = await truthOf(stage);
  const ours = await stage.api.all(apiContact, pathOf(stage));
  const found = contactDifferences(truth, ours);
  const folders = new Set(truth.map(({ parentFolderId }) => parentFolderId)).size;
  const result = `${ours.length} contacts in ${folders} folders${found.length === 0 ? '' : `; ${found.slice(0, 3).join('; ')}`}`;
  stage.report.say(what, result, found.length === 0 && ours.length > 0);
}
