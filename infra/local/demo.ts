/** The main job once, end to end on the local parts. Exit 0 only if all of it is right. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { ApiClient, call } from './demo/client.ts';
import { apiMessage, differences, type ApiMessage } from './demo/compare.ts';
import { connectAccount } from './demo/connect.ts';
import { showContacts } from './demo/contacts.ts';
import { showEvents } from './demo/events.ts';
import { Feed } from './demo/feed.ts';
import { createMailbox, readTruth } from './demo/mailbox.ts';
import { Report } from './demo/report.ts';
import { until } from './demo/wait.ts';
import { importPaths } from './import/run.ts';
import { startStack } from './stack.ts';

const UPN = 'ada@demo.example';
const COLLEAGUE = 'charles.babbage@demo.example';
// Of calendars there are none: test files of many lands, with hundreds of series that never end.
const SAMPLES = ['eml', 'vcf']
  .map((kind) => new URL(`../../../shared/data/${kind}`, import.meta.url).pathname)
  .filter((folder) => existsSync(folder));
const status = z.object({ domains: z.record(z.string(), z.object({ status: z.string() })) });
const report = new Report();

const everyFive = '*/5 * * * * *';
const settings = {
  EMAIL_SYNC_SCHEDULE: everyFive,
  CONTACT_SYNC_SCHEDULE: everyFive,
  CALENDAR_SYNC_SCHEDULE: everyFive,
};
const stack = await startStack({ settings });
try {
  const api = new ApiClient(stack.api);
  const contents = { messages: 1_500, contacts: 120, events: 90, colleague: COLLEAGUE };
  const user = await createMailbox(stack.control, { name: UPN, ...contents });
  if (SAMPLES.length > 0) {
    const { imported, contacts, refused } = await importPaths(stack.control, UPN, SAMPLES);
    const taken = `${imported} messages and ${contacts} contacts taken, ${refused.length} refused by name`;
    report.say('real mail and contacts imported', taken, imported + contacts > 0);
  } else console.log('(no samples at hand: only seeded mail, contacts and events are synced)');

  const began = performance.now();
  const account = { userId: 'ada', username: UPN, password: user.password, folders: 'all', calendars: 'all' } as const;
  const id = await connectAccount(api, { ...account, domains: ['mail', 'contacts', 'calendar'] });
  report.say('account connected through the sign-in pages', id, true);
  await until('the first sync', async () =>
    Object.values((await api.request(status, `/connections/${id}`)).domains).every((domain) => domain.status === 'ok'),
  );
  const seconds = (performance.now() - began) / 1000;

  const read = (): Promise<ApiMessage[]> => api.all(apiMessage, `/connections/${id}/messages`);
  const folders = await api.all(z.object({ id: z.string(), synced: z.boolean() }), `/connections/${id}/folders`);
  const synced = new Set(folders.filter((folder) => folder.synced).map((folder) => folder.id));
  const truth = async (): ReturnType<typeof readTruth> => {
    const all = await readTruth(stack.control, UPN);
    return { ...all, messages: all.messages.filter((message) => synced.has(message.parentFolderId)) };
  };
  const compare = async (what: string): Promise<void> => {
    const [theirs, ours] = [await truth(), await read()];
    const found = differences(theirs.messages, ours);
    report.say(
      what,
      `${ours.length} messages in ${synced.size} folders${found.length === 0 ? '' : `; ${found.slice(0, 3).join('; ')}`}`,
      found.length === 0,
    );
  };
  await compare('every message equals the tenant');
  console.log(`       first sync took ${seconds.toFixed(1)} s`);

  const feed = await Feed.open(api, id);
  const timed = (what: string, act: () => Promise<string>, type: string): Promise<string> =>
    feed.timed(report, what, { act, type });
  const inOutlook = (path: string, method: string, body: unknown): Promise<unknown> =>
    call(z.unknown(), `${stack.control}/users/${UPN}${path}`, { method, body });
  const send = async (): Promise<string> => {
    const created = z
      .array(z.object({ id: z.string() }))
      .parse(await inOutlook('/messages', 'POST', { subject: 'Hello from the demo' }));
    return created[0]?.id ?? '';
  };

  const graphId = await timed('a mail arrives', send, 'message.created');
  const listed = (await read()).find((message) => message.graphId === graphId);
  report.say('it is in the list', listed?.subject ?? 'missing', listed?.subject === 'Hello from the demo');
  await timed(
    'it is read in Outlook',
    async () => {
      await inOutlook(`/messages/${graphId}`, 'PATCH', { isRead: true });
      return graphId;
    },
    'message.updated',
  );
  await timed(
    'it is moved in Outlook',
    async () => {
      await inOutlook(`/messages/${graphId}/move`, 'POST', { folder: 'archive' });
      return graphId;
    },
    'message.moved',
  );
  await timed(
    'the application flags it',
    async () => {
      await api.request(z.unknown(), `/connections/${id}/messages/${listed?.id ?? ''}`, {
        method: 'PATCH',
        body: { flag: 'flagged' },
      });
      return graphId;
    },
    'message.updated',
  );
  await until(
    'the flag in the tenant',
    async () => (await truth()).messages.find((message) => message.id === graphId)?.flag.flagStatus === 'flagged',
  );
  report.say('the flag is in the tenant', 'flagged', true);
  await timed(
    'it is deleted in Outlook',
    async () => {
      await inOutlook(`/messages/${graphId}?permanent=true`, 'DELETE', undefined);
      return graphId;
    },
    'message.deleted',
  );
  await compare('in the end every message still equals the tenant');
  const stage = { api, connectionId: id, control: `${stack.control}/users/${UPN}`, feed, report };
  await showContacts(stage);
  await showEvents({ ...stage, colleague: `${stack.control}/users/${COLLEAGUE}` });
} finally {
  await stack.close();
}
process.exitCode = report.end();
