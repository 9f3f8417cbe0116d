import { delivery, sentAgain, type Delivery } from '../api/schemas.ts';
import { idAfter, instantOf } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import type { Call, Verb } from '../verb.ts';
import { deliveryTable, describeDelivery } from './endpoints-text.ts';

const USUAL_LIMIT = 50;

/** What became of the changes that endpoints were sent. */
export const deliveries: Verb = {
  summary: 'what webhook endpoints were sent: list, show an attempt, send again',
  usage: '[list | show <id> | retry <id>]',
  options: {
    endpoint: { value: 'id', help: 'list: to this endpoint; may be left out where there is one' },
    connection: { value: 'id', help: 'list: changes of this connection alone' },
    status: { value: 's', help: 'list: pending, delivered or failed alone' },
    type: { value: 't', help: 'list: changes of this type alone' },
    since: { value: 't', help: 'list: changes made since then: an instant, or 30m, 2h, 7d ago' },
    until: { value: 't', help: 'list: changes made before then' },
    limit: { value: 'n', help: `list: so many, the newest; default ${USUAL_LIMIT}` },
  },
  notes: ['The ids are in the list with --json; show and retry take them. A change sent again keeps its webhook-id.'],
  most: 2,
  run: async (call) => {
    const [action = 'list'] = call.args;
    if (action === 'list') return list(call);
    if (action === 'show') return show(call);
    if (action === 'retry') return retry(call);
    throw new UsageError('what with deliveries? One of list, show, retry');
  },
};

async function list(call: Call): Promise<0> {
  const limit = call.text('limit') ?? String(USUAL_LIMIT);
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw new UsageError('--limit: a whole number');
  const found: Delivery[] = [];
  for await (const page of call.api().pages(delivery, pathOf(call))) {
    found.push(...page);
    if (found.length >= Number(limit)) break;
  }
  const shown = found.slice(0, Number(limit));
  call.output.data(shown);
  call.output.say(shown.length === 0 ? 'There is no such delivery' : deliveryTable(shown, new Date()));
  return 0;
}

function pathOf(call: Call): string {
  const now = new Date();
  const filters = {
    endpointId: call.text('endpoint'),
    connectionId: call.text('connection'),
    status: call.text('status'),
    type: call.text('type'),
    since: instantOf(call, 'since', now),
    until: instantOf(call, 'until', now),
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? '/deliveries' : `/deliveries?${query.toString()}`;
}

async function show(call: Call): Promise<0 | 1> {
  const found = await call.api().get(delivery, `/deliveries/${idAfter(call, 'delivery')}`);
  call.output.data(found);
  call.output.say(describeDelivery(found, new Date()));
  return found.status === 'failed' ? 1 : 0;
}

async function retry(call: Call): Promise<0> {
  const path = `/deliveries/${idAfter(call, 'delivery')}/retry`;
  const again = await call.api().send(sentAgain, path, { method: 'POST' });
  call.output.data(again);
  call.output.say(`${again.id} is on its way again`);
  return 0;
}
