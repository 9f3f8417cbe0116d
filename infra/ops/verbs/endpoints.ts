import { z } from 'zod';
import type { ApiClient } from '../api/client.ts';
import { endpoint, newEndpoint, replayResult, rotatedSecret, testResult, type Endpoint } from '../api/schemas.ts';
import { idAfter, instantOf, listOf } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { counted } from '../terminal/format.ts';
import type { Call, Verb } from '../verb.ts';
import { describeEndpoint, endpointTable, isTaking } from './endpoints-text.ts';

type Action = (call: Call, api: ApiClient) => Promise<0 | 1>;

const actions: Readonly<Record<string, Action>> = {
  list: async (call, api) => {
    const items: Endpoint[] = [];
    for await (const page of api.pages(endpoint, '/endpoints')) items.push(...page);
    call.output.data(items);
    call.output.say(items.length === 0 ? 'There is no endpoint' : endpointTable(items, new Date()));
    return items.every(isTaking) ? 0 : 1;
  },
  show: async (call, api) => {
    const found = await api.get(endpoint, `/endpoints/${idAfter(call, 'endpoint')}`);
    call.output.data(found);
    call.output.say(describeEndpoint(found, new Date()));
    return isTaking(found) ? 0 : 1;
  },
  add: async (call, api) => {
    const url = call.text('url');
    if (url === undefined) throw new UsageError('where are changes sent to? Give --url');
    const optional = {
      types: listOf(call, 'types'),
      workspaceId: call.text('workspace'),
      description: call.text('description'),
    };
    const body = { url, ...given(optional) };
    const made = await api.send(newEndpoint, '/endpoints', { method: 'POST', body });
    call.output.data(made);
    call.output.say(describeEndpoint(made, new Date()));
    call.output.say(`Secret: ${made.secret ?? 'told before'}`);
    call.output.note('The secret is shown this once: give it to the receiver, which checks signatures with it.');
    return 0;
  },
  test: async (call, api) => {
    const result = await api.send(testResult, `/endpoints/${idAfter(call, 'endpoint')}/test`, { method: 'POST' });
    call.output.data(result);
    call.output.say(
      result.delivered
        ? `Taken: answered ${result.status ?? '-'} after ${result.durationMs} ms (${result.webhookId})`
        : `Not taken: ${result.error ?? 'no reason was told'}, after ${result.durationMs} ms`,
    );
    return result.delivered ? 0 : 1;
  },
  pause: (call, api) => setPaused(call, api, true),
  resume: (call, api) => setPaused(call, api, false),
  rotate: async (call, api) => {
    const hours = call.text('overlap');
    if (hours !== undefined && !/^\d{1,3}$/.test(hours)) throw new UsageError('--overlap: whole hours, 0 to 168');
    const body = hours === undefined ? {} : { overlapHours: Number(hours) };
    const path = `/endpoints/${idAfter(call, 'endpoint')}/rotate-secret`;
    const rotated = await api.send(rotatedSecret, path, { method: 'POST', body });
    call.output.data(rotated);
    call.output.say(`Secret: ${rotated.secret ?? 'told before'}`);
    call.output.note(`The former secrets sign beside it until ${rotated.previousUntil}.`);
    return 0;
  },
  replay,
  remove: async (call, api) => {
    const id = idAfter(call, 'endpoint');
    await api.send(z.unknown(), `/endpoints/${id}`, { method: 'DELETE' });
    call.output.data({ id, removed: true });
    call.output.say(`${id} is removed, with its secret and its deliveries`);
    return 0;
  },
};

/** Where applications are told of changes. */
export const endpoints: Verb = {
  summary: 'webhook endpoints: list, add, test, pause, resume, rotate secrets, send again',
  usage: '[list | add | show <id> | test <id> | pause <id> | resume <id> | rotate <id> | replay <id> | remove <id>]',
  options: {
    url: { value: 'url', help: 'add: where changes are sent to' },
    types: { value: 'list', help: 'add, replay: types such as message.*,sync.failed; default all' },
    workspace: { value: 'w', help: 'add: the workspace whose connections it is told of; default all' },
    description: { value: 'text', help: 'add: words for people' },
    overlap: { value: 'hours', help: 'rotate: how long the former secrets go on; 0 = not at all; default 24' },
    since: { value: 't', help: 'replay: changes made since then: an instant, or 30m, 2h, 7d ago' },
    until: { value: 't', help: 'replay: changes made before then' },
    connection: { value: 'id', help: 'replay: changes of this connection alone' },
    status: { value: 's', help: 'replay: deliveries that are delivered, or failed; default both' },
  },
  notes: [
    'list and show exit with 1 where an endpoint is paused or failing, test where the receiver did not take it.',
    'add, pause, resume, rotate and remove need a key with the scope admin.',
  ],
  most: 2,
  run: (call) => {
    const [name = 'list'] = call.args;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) throw new UsageError(`what with endpoints? One of ${Object.keys(actions).join(', ')}`);
    return action(call, call.api());
  },
};

async function setPaused(call: Call, api: ApiClient, paused: boolean): Promise<0> {
  const body = { paused };
  const found = await api.send(endpoint, `/endpoints/${idAfter(call, 'endpoint')}`, { method: 'PATCH', body });
  call.output.data(found);
  call.output.say(describeEndpoint(found, new Date()));
  return 0;
}

/** Page by page: one call of the API takes so many and no more. */
async function replay(call: Call, api: ApiClient): Promise<0> {
  const id = idAfter(call, 'endpoint');
  const now = new Date();
  const since = instantOf(call, 'since', now);
  if (since === undefined) throw new UsageError('of what time? Give --since');
  const body = {
    since,
    ...given({
      until: instantOf(call, 'until', now),
      types: listOf(call, 'types'),
      connectionId: call.text('connection'),
      status: call.text('status'),
    }),
  };
  let queued = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { queued: number; nextCursor: string | null } = await api.send(
      replayResult,
      `/endpoints/${id}/replay`,
      { method: 'POST', body: cursor === '' ? body : { ...body, cursor } },
    );
    queued += page.queued;
    cursor = page.nextCursor;
    if (cursor !== null) call.output.progress({ label: 'asked for', done: queued, total: null });
  }
  call.output.data({ id, queued });
  call.output.say(queued === 0 ? 'Nothing was sent then' : `${counted(queued, 'change')} on the way again`);
  return 0;
}

const given = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
