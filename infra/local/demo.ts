/** The main job once, end to end on the local parts. Exit 0 only if all of it is right. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { ApiClient, call } from './demo/client.ts';
import { apiMessage, differences, type ApiMessage } from './demo/compare.ts';
import { connectAccount } from './demo/connect.ts';
import { createMailbox, readTruth } from './demo/mailbox.ts';
import { until } from './demo/wait.ts';
import { importPaths } from './import/run.ts';
import { startStack } from './stack.ts';

const UPN = 'ada@demo.example';
const SAMPLES = new URL('../../../shared/data/eml', import.meta.url).pathname;
/** A change must come through within this. */
const LIMIT_MS = 2_000;

const change = z.object({ type: z.string(), graphId: z.string().nullable(), cause: z.string() });
const feedPage = z.object({ items: z.array(change), nextCursor: z.string() });
const status = z.object({ domains: z.object({ mail: z.object({ status: z.string(), progress: z.unknown() }) }) });

const rows: string[][] = [];
let wrong = 0;
const say = (what: string, result: string, right: boolean): void => {
  rows.push([right ? 'ok' : 'WRONG', what, result]);
  console.log(`${right ? 'ok   ' : 'WRONG'}  ${what.padEnd(52)} ${result}`);
  if (!right) wrong++;
};

const stack = await startStack({ settings: { EMAIL_SYNC_SCHEDULE: '*/5 * * * * *' } });
try {
  const api = new ApiClient(stack.api);
  const user = await createMailbox(stack.control, { name: UPN, messages: 1_500 });
  if (existsSync(SAMPLES)) {
    const { imported, refused } = await importPaths(stack.control, UPN, [SAMPLES]);
    say('real messages imported', `${imported} taken, ${refused.length} refused by name`, imported > 0);
  } else console.log('(no sample mail at hand: only seeded mail is synced)');

  const began = performance.now();
  const id = await connectAccount(api, { userId: 'ada', username: UPN, password: user.password, folders: 'all' });
  say('account connected through the sign-in pages', id, true);
  await until(
    'the first sync',
    async () => (await api.request(status, `/connections/${id}`)).domains.mail.status === 'ok',
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
    say(
      what,
      `${ours.length} messages in ${synced.size} folders${found.length === 0 ? '' : `; ${found.slice(0, 3).join('; ')}`}`,
      found.length === 0,
    );
  };
  await compare('every message equals the tenant');
  console.log(`       first sync took ${seconds.toFixed(1)} s`);

  let cursor = (await api.request(feedPage, `/connections/${id}/changes?after=latest`)).nextCursor;
  const awaitChange = async (type: string, graphId: string): Promise<string | null> =>
    until(
      `${type} in the feed`,
      async () => {
        const page = await api.request(feedPage, `/connections/${id}/changes?after=${encodeURIComponent(cursor)}`);
        cursor = page.nextCursor;
        return page.items.find((item) => item.type === type && item.graphId === graphId)?.cause ?? null;
      },
      30_000,
    );
  const timed = async (what: string, act: () => Promise<string>, type: string): Promise<string> => {
    const start = performance.now();
    const graphId = await act();
    const cause = await awaitChange(type, graphId);
    const took = performance.now() - start;
    say(what, `${type} (${cause ?? ''}) after ${Math.round(took)} ms`, took < LIMIT_MS);
    return graphId;
  };
  const control = (path: string, method: string, body: unknown): Promise<unknown> =>
    call(z.unknown(), `${stack.control}/users/${UPN}${path}`, { method, body });
  const send = async (): Promise<string> => {
    const created = z
      .array(z.object({ id: z.string() }))
      .parse(await control('/messages', 'POST', { subject: 'Hello from the demo' }));
    return created[0]?.id ?? '';
  };

  const graphId = await timed('a mail arrives', send, 'message.created');
  const listed = (await read()).find((message) => message.graphId === graphId);
  say('it is in the list', listed?.subject ?? 'missing', listed?.subject === 'Hello from the demo');
  await timed(
    'it is read in Outlook',
    async () => {
      await control(`/messages/${graphId}`, 'PATCH', { isRead: true });
      return graphId;
    },
    'message.updated',
  );
  await timed(
    'it is moved in Outlook',
    async () => {
      await control(`/messages/${graphId}/move`, 'POST', { folder: 'archive' });
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
  say('the flag is in the tenant', 'flagged', true);
  await timed(
    'it is deleted in Outlook',
    async () => {
      await control(`/messages/${graphId}?permanent=true`, 'DELETE', undefined);
      return graphId;
    },
    'message.deleted',
  );
  await compare('in the end every message still equals the tenant');
} finally {
  await stack.close();
}
console.log(wrong === 0 ? '\nAll right.' : `\n${wrong} of ${rows.length} are wrong.`);
process.exitCode = wrong === 0 ? 0 : 1;
