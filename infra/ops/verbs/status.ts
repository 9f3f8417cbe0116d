import { connectionId } from '../arguments.ts';
import { ApiError } from '../errors.ts';
import { allConnections } from '../follow/connections.ts';
import { health as healthSchema, statistics, type Health, type Statistics } from '../api/schemas.ts';
import type { ApiClient } from '../api/client.ts';
import { mapSome } from '../follow/map-some.ts';
import type { Call, Verb } from '../verb.ts';
import { describeConnection, isWell, overview } from './status-text.ts';
import { summary } from './status-summary.ts';

/** A list shows copies of what domains do; so many connections are read one by one, which is exact. */
const EXACT = 100;
const COPIES =
  'So many connections are shown as the list has them: states may be a minute old, and progress is not told.';

/** Connections and what they are doing; with an id, all there is to know of one. */
export const status: Verb = {
  summary: 'what the service and its connections are doing',
  usage: '[connectionId]',
  options: {
    user: { value: 'u', help: 'connections of this user alone' },
    status: { value: 's', help: 'connections in this status alone: connected, reauth_required, error ...' },
  },
  notes: [
    'Without an id: figures of the installation (for a key that is not confined to workspaces), then a line per connection and domain.',
    'Exits with 1 where the service warns of something, or a connection that is shown is not well.',
  ],
  most: 1,
  run: (call) => (call.args.length > 0 ? showOne(call) : showAll(call)),
};

async function showOne(call: Call): Promise<0 | 1> {
  const connection = await call.api().connection(connectionId(call));
  call.output.data(connection);
  call.output.say(describeConnection(connection, new Date()));
  return isWell(connection) ? 0 : 1;
}

async function showAll(call: Call): Promise<0 | 1> {
  const api = call.api();
  const service = await readService(api);
  const listed = await allConnections(api, { user: call.text('user'), status: call.text('status') });
  const connections = listed.length <= EXACT ? await mapSome(listed, ({ id }) => api.connection(id)) : listed;
  call.output.data({ ...service, connections });
  if (service === null) call.output.say('Figures of the installation: not for a key that is confined to workspaces.');
  else call.output.say(summary(service.health, service.statistics, new Date()));
  call.output.say(`\n${overview(connections, new Date())}`);
  if (listed.length > EXACT) call.output.note(COPIES);
  const well = (service === null || service.health.status === 'healthy') && connections.every(isWell);
  return well ? 0 : 1;
}

/** Health and figures; null for a key that may not see them. */
async function readService(api: ApiClient): Promise<{ health: Health; statistics: Statistics } | null> {
  try {
    const { value } = await api.ask(healthSchema, '/health/details', { also: [503], once: true });
    return { health: value, statistics: await api.get(statistics, '/stats') };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'key_confined') return null;
    throw error;
  }
}
