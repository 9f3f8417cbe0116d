import type { ApiClient } from '../api/client.ts';
import { syncStarted, type Connection } from '../api/schemas.ts';
import { checkedId, listOf, timeoutMs } from '../arguments.ts';
import { OpsError, UsageError } from '../errors.ts';
import { allConnections } from '../follow/connections.ts';
import { describeEnded, followRounds, isWell, type Ended } from '../follow/follow.ts';
import { mapSome } from '../follow/map-some.ts';
import { beforeOf, stuckBecause } from '../follow/round.ts';
import { counted } from '../terminal/format.ts';
import type { Call, Verb } from '../verb.ts';

const USUAL_TIMEOUT_S = 600;

/** Asks for a round now. */
export const sync: Verb = {
  summary: 'sync connections now',
  usage: '<connectionId> | --user <u> | --all',
  options: {
    user: { value: 'u', help: 'all connections of this user' },
    all: { help: 'all connections' },
    domains: { value: 'list', help: 'these domains alone, comma-separated; default: all of the connection' },
    full: { help: 'compare everything, not only what changed' },
    'approve-deletes': { help: 'let deletions pass that the delete guard holds back (not with --all)' },
    wait: { help: 'follow to the end' },
    timeout: { value: 's', help: `with --wait: give up after so many seconds, 0 = never; default ${USUAL_TIMEOUT_S}` },
  },
  notes: ['Exits with 1 where a connection cannot sync or, with --wait, where a round did not end well.'],
  most: 1,
  run: async (call) => {
    const wishes = readWishes(call);
    const chosen = await choose(call);
    if (chosen.length === 0) throw new OpsError('There is no such connection');
    const results = await syncAll(call, wishes, chosen);
    call.output.data(results);
    const wrong = results.filter((result) => !result.well).length;
    if (results.length > 1) call.output.say(`${counted(results.length, 'connection')}, ${wrong} with problems`);
    return wrong === 0 ? 0 : 1;
  },
};

interface Wishes {
  readonly domains: readonly string[] | undefined;
  readonly full: boolean;
  readonly approveDeletes: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number | null;
}

function readWishes(call: Call): Wishes {
  const targets = [call.args.length > 0, call.text('user') !== undefined, call.flag('all')].filter(Boolean).length;
  if (targets !== 1) throw new UsageError('which connections? Give an id, or --user, or --all');
  if (call.flag('all') && call.flag('approve-deletes'))
    throw new UsageError('--approve-deletes is decided for one connection or user, not for --all');
  return {
    domains: listOf(call, 'domains'),
    full: call.flag('full'),
    approveDeletes: call.flag('approve-deletes'),
    wait: call.flag('wait'),
    timeoutMs: timeoutMs(call, USUAL_TIMEOUT_S),
  };
}

async function choose(call: Call): Promise<Connection[]> {
  const api = call.api();
  const [id] = call.args;
  if (id !== undefined) return [await api.connection(checkedId(id))];
  const all = await allConnections(api, { user: call.text('user') });
  return all.filter(({ status }) => status !== 'disconnecting' && status !== 'disconnected');
}

interface Result {
  readonly connectionId: string;
  readonly well: boolean;
  readonly domains: readonly string[];
  readonly ended?: readonly Ended[];
  readonly problem?: string;
}

async function syncAll(call: Call, wishes: Wishes, connections: readonly Connection[]): Promise<Result[]> {
  const api = call.api();
  const many = connections.length > 1;
  let done = 0;
  return mapSome(connections, async ({ id }) => {
    const result = await syncOne(call, api, wishes, { id, many });
    call.output.say(describe(result));
    if (many) call.output.progress({ label: 'connections', done: ++done, total: connections.length });
    return result;
  });
}

/** One that fails keeps no other waiting: with several, its failure is a result. */
async function syncOne(call: Call, api: ApiClient, wishes: Wishes, of: { id: string; many: boolean }): Promise<Result> {
  try {
    return await ask(call, api, wishes, of);
  } catch (error) {
    if (!of.many || !(error instanceof OpsError)) throw error;
    return { connectionId: of.id, well: false, domains: [], problem: error.message };
  }
}

async function ask(call: Call, api: ApiClient, wishes: Wishes, of: { id: string; many: boolean }): Promise<Result> {
  // Read anew: what it says is what the end of the round is told by.
  const connection = await api.connection(of.id);
  const stuck = stuckBecause(connection);
  if (stuck !== null) throw new OpsError(`${of.id} ${stuck}`);
  const before = beforeOf(connection);
  const given = wishes.domains;
  const domains = of.many ? given?.filter((name) => Object.hasOwn(connection.domains, name)) : given;
  if (domains?.length === 0) return { connectionId: of.id, well: true, domains: [] };
  const started = await api.send(syncStarted, `/connections/${of.id}/sync`, {
    method: 'POST',
    body: {
      ...(domains === undefined ? {} : { domains }),
      ...(wishes.full ? { full: true } : {}),
      ...(wishes.approveDeletes ? { approveDeletes: true } : {}),
    },
  });
  if (!wishes.wait) return { connectionId: of.id, well: true, domains: started.domains };
  const ended = await followRounds(api, of.id, call.output, {
    domains: started.domains,
    before,
    timeoutMs: wishes.timeoutMs,
    quiet: of.many,
  });
  return { connectionId: of.id, well: ended.every(isWell), domains: started.domains, ended };
}

function describe({ connectionId, domains, ended, problem }: Result): string {
  if (problem !== undefined) return `${connectionId}: ${problem}`;
  if (ended !== undefined) return `${connectionId}: ${ended.map(describeEnded).join('; ')}`;
  return domains.length === 0
    ? `${connectionId}: has none of these domains`
    : `${connectionId}: a round of ${domains.join(', ')} is on its way`;
}
