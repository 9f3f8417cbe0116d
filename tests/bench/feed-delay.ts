import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { ApiClient, call } from '../../infra/local/demo/client.ts';
import { connectAccount } from '../../infra/local/demo/connect.ts';
import { createMailbox } from '../../infra/local/demo/mailbox.ts';
import { until } from '../../infra/local/demo/wait.ts';
import { startStack, type Stack } from '../../infra/local/stack.ts';
import { percentile, show, spreadOf } from './figures.ts';

const UPN = 'feed@bench.example';
const MESSAGES = 200;
const LOOK_EVERY_MS = 15;
const LIMIT_MS = 60_000;
const AIM_MS = 1_500;

const status = z.object({ status: z.string(), subscription: z.unknown() });
const connection = z.object({ domains: z.object({ mail: status }) });
const feed = z.object({ items: z.array(z.object({ graphId: z.string().nullable() })), nextCursor: z.string() });
const made = z.array(z.object({ id: z.string() }));

/**
 * Milliseconds from each of so many changes in the local tenant until its row is read by `GET .../changes`: through the real
 * host, the queue and its polling, at moments that have nothing to do with that polling. Throws where a row never comes.
 */
export async function feedDelays(changes: number, note: (line: string) => void): Promise<number[]> {
  const stack = await startStack();
  try {
    const api = new ApiClient(stack.api);
    const { password } = await createMailbox(stack.control, { name: UPN, messages: MESSAGES });
    const id = await connectAccount(api, { userId: 'bench', username: UPN, password, folders: 'all' });
    await until('the first sync and a subscription', async () => {
      const { mail } = (await api.request(connection, `/connections/${id}`)).domains;
      return mail.status === 'ok' && mail.subscription !== null;
    });
    let after = (await api.request(feed, `/connections/${id}/changes?after=latest`)).nextCursor;
    const delays: number[] = [];
    for (let n = 0; n < changes; n++) {
      // A golden share of a second: no two changes meet the same phase of a poll.
      await pause((n * 618) % 1_000);
      const began = performance.now();
      const graphId = await change(stack, n);
      await until(
        'a row of the feed',
        async () => {
          const page = await api.request(feed, `/connections/${id}/changes?after=${encodeURIComponent(after)}`);
          after = page.nextCursor;
          return page.items.some((item) => item.graphId === graphId);
        },
        LIMIT_MS,
        LOOK_EVERY_MS,
      );
      delays.push(performance.now() - began);
    }
    note(`change to feed: median ${percentile(delays, 50).toFixed(0)} ms, p95 ${percentile(delays, 95).toFixed(0)} ms`);
    return delays;
  } finally {
    await stack.close();
  }
}

let newest = '';

/** By turns a new message, its being read, its move. */
async function change({ control }: Stack, n: number): Promise<string> {
  const messages = `${control}/users/${UPN}/messages`;
  const send = (path: string, method: string, body: unknown): Promise<unknown> =>
    call(z.unknown(), `${messages}${path}`, { method, body });
  if (n % 3 === 1) await send(`/${newest}`, 'PATCH', { isRead: true });
  else if (n % 3 === 2) await send(`/${newest}/move`, 'POST', { folder: 'archive' });
  else newest = made.parse(await send('', 'POST', { subject: `Change ${n}` }))[0]?.id ?? '';
  return newest;
}

/** The feed's part of the report, in Markdown. */
export function feedReport(delays: readonly number[]): string {
  const p95 = percentile(delays, 95);
  return [
    `## From a change to the feed, ${delays.length} changes`,
    '',
    'A message arrives, is read, is moved; each is waited for in the feed over HTTP. The host looks at an empty queue once a second (host.json), as Azure does.',
    '',
    `- ${p95 < AIM_MS ? 'met' : 'MISSED'}: p95 ${p95.toFixed(0)} ms, ${show(spreadOf(delays), 0)} ms; aim: p95 under ${AIM_MS} ms`,
    '',
  ].join('\n');
}
