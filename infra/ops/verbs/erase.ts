import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { ApiClient } from '../api/client.ts';
import { erasing, feedPage } from '../api/schemas.ts';
import { checkedId, timeoutMs } from '../arguments.ts';
import { ApiError, OpsError, UsageError } from '../errors.ts';
import { allConnections } from '../follow/connections.ts';
import type { Call, Verb } from '../verb.ts';

const USUAL_TIMEOUT_S = 600;
const EVERY_MS = 500;

/** Disconnects for good, and says what could not be reached. */
export const erase: Verb = {
  summary: 'disconnect and erase: subscriptions, secrets and all data, followed to the end',
  usage: '<connectionId> --yes | --user <u> --yes',
  options: {
    user: { value: 'u', help: 'all connections of this user' },
    yes: { help: 'really: it cannot be taken back' },
    timeout: { value: 's', help: `stop following after so many seconds, 0 = never; default ${USUAL_TIMEOUT_S}` },
  },
  notes: [
    'The mailbox itself is not touched. What could not be reached (a subscription, the vault) is told from the last row of the feed,',
    'and exits with 1: those parts end by themselves or need a look.',
  ],
  most: 1,
  run: async (call) => {
    // Read first: nothing may be erased on the way to a fault of the command line.
    const limitMs = timeoutMs(call, USUAL_TIMEOUT_S);
    const ids = await choose(call);
    const results: Erased[] = [];
    for (const id of ids) results.push(await eraseOne(call, id, limitMs));
    call.output.data(results);
    return results.every(({ unreached }) => unreached.length === 0) ? 0 : 1;
  },
};

async function choose(call: Call): Promise<string[]> {
  const [id] = call.args;
  const user = call.text('user');
  if ((id === undefined) === (user === undefined)) throw new UsageError('what? Give the id of a connection, or --user');
  const found =
    id === undefined
      ? (await allConnections(call.api(), { user }))
          .filter(({ status }) => status !== 'disconnected')
          .map((connection) => connection.id)
      : [checkedId(id)];
  if (found.length === 0)
    throw new OpsError(
      `User ${user ?? ''} has no connection`,
      'One whose erasing has begun may no longer be listed under its user: give its id.',
    );
  if (call.flag('yes')) return found;
  throw new UsageError(`this erases ${found.join(', ')} for good; if that is meant, add --yes`);
}

interface Erased {
  readonly connectionId: string;
  readonly unreached: readonly string[];
}

async function eraseOne(call: Call, id: string, limitMs: number | null): Promise<Erased> {
  const api = call.api();
  const begun = await api.send(erasing, `/connections/${id}`, { method: 'DELETE' });
  call.output.note(`${id}: ${begun.status}`);
  await untilGone(api, id, limitMs);
  const unreached = await readUnreached(api, id);
  call.output.say(
    unreached.length === 0
      ? `${id}: erased, and everything was reached`
      : `${id}: erased; could not be reached: ${unreached.join(', ')}`,
  );
  return { connectionId: id, unreached };
}

async function untilGone(api: ApiClient, id: string, limitMs: number | null): Promise<void> {
  const end = limitMs === null ? Infinity : performance.now() + limitMs;
  for (;;) {
    const status = await statusOf(api, id);
    if (status === null || status === 'disconnected') return;
    if (performance.now() > end)
      throw new OpsError(`${id} is still ${status}`, 'It goes on by itself; call the same again to follow it.');
    await pause(EVERY_MS);
  }
}

/** Null once even the row of the connection is gone. */
async function statusOf(api: ApiClient, id: string): Promise<string | null> {
  try {
    return (await api.connection(id)).status;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'connection_unknown') return null;
    throw error;
  }
}

const lastRow = z.object({ type: z.literal('connection.disconnected'), unreached: z.array(z.string()).default([]) });

/** What the last row of the connection's feed says. */
async function readUnreached(api: ApiClient, id: string): Promise<string[]> {
  let last: string[] | null = null;
  for (let after = ''; ;) {
    const page = await api.get(feedPage, `/connections/${id}/changes?domain=connection&limit=200${after}`);
    for (const item of page.items) last = lastRow.safeParse(item).data?.unreached ?? last;
    if (page.items.length === 0) break;
    after = `&after=${encodeURIComponent(page.nextCursor)}`;
  }
  if (last === null) throw new OpsError(`${id} is erased, but its feed does not say what was reached`);
  return last;
}
