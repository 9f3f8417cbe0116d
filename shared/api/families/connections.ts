import { z } from '@hono/zod-openapi';
import { changeSettings, settingsPatchSchema } from '../connections/change-settings.ts';
import { disconnect } from '../connections/disconnect.ts';
import { demandStaying, findConnection } from '../connections/find-connection.ts';
import { connectionView, viewMany, viewOne } from '../connections/view.ts';
import { fromCursor, pageQuery, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { connectionParams, pageOf } from '../router/common-schemas.ts';
import {
  answer,
  badBody,
  conflict,
  createRouter,
  describeRoute,
  jsonBody,
  missing,
  refusals,
  type Router,
} from '../router/create-router.ts';

const tags = ['Connections'];

const list = describeRoute({
  method: 'get',
  path: '/api/connections',
  summary: 'List connections',
  description:
    'Statuses of domains are copies here: each change of state is in them at once, their times may be a quarter of an hour old. A connection read by itself has them as they are.',
  tags,
  request: {
    query: z.object({
      ...pageQuery,
      userId: z.string().min(1).max(200).optional(),
      status: connectionView.shape.status.optional(),
    }),
  },
  responses: { 200: answer('A page of connections', pageOf(connectionView)), ...refusals },
});

const one = describeRoute({
  method: 'get',
  path: '/api/connections/{id}',
  summary: 'Read a connection',
  tags,
  request: { params: connectionParams },
  responses: { 200: answer('The connection', connectionView), ...refusals, ...missing },
});

/** Done again it sets the same settings, and brings about one round more. */
const patch = describeRoute({
  method: 'patch',
  operationId: 'updateConnection',
  path: '/api/connections/{id}',
  summary: 'Change the settings of a connection',
  description: 'Settings that are given replace those of their domain; a round that applies them follows.',
  tags,
  request: {
    params: connectionParams,
    body: jsonBody(
      settingsPatchSchema.openapi('ConnectionPatch', { example: { settings: { mail: { folders: 'all' } } } }),
    ),
  },
  responses: { 200: answer('The connection', connectionView), ...refusals, ...missing, ...conflict, ...badBody },
});

/** Done again it finds the connection leaving, or gone. */
const remove = describeRoute({
  method: 'delete',
  operationId: 'disconnect',
  path: '/api/connections/{id}',
  summary: 'Disconnect',
  description:
    'Takes subscriptions, secrets and data away. The feed of the domain `connection` stays for its retention. Connected anew, the account has another id.',
  tags,
  request: { params: connectionParams },
  responses: {
    202: answer('It has begun', z.object({ id: z.string(), status: z.literal('disconnecting') })),
    ...refusals,
    ...missing,
  },
});

/** `/connections` and `/connections/{id}`. */
export function connections(ports: ApiPorts): Router {
  return createRouter(ports)
    .openapi(list, async (context) => {
      const { limit, cursor, userId, status } = context.req.valid('query');
      const { workspaces } = context.get('key');
      const name = ['connections', userId ?? '', status ?? ''];
      const page = await ports.connections.list({
        ...(userId === undefined ? {} : { userId }),
        ...(status === undefined ? {} : { status }),
        ...(workspaces === undefined ? {} : { workspaces }),
        limit,
        after: fromCursor(name, cursor),
      });
      const items = await viewMany(ports, page.connections);
      return context.json({ items, nextCursor: toCursor(name, page.next) }, 200);
    })
    .openapi(one, async (context) => {
      const found = await findConnection(ports, context.get('key'), context.req.valid('param').id);
      return context.json(await viewOne(ports, found.connection), 200);
    })
    .openapi(patch, async (context) => {
      const found = await findConnection(ports, context.get('key'), context.req.valid('param').id);
      demandStaying(found.connection);
      const changed = await changeSettings(ports, found.connection, context.req.valid('json'));
      return context.json(await viewOne(ports, changed), 200);
    })
    .openapi(remove, async (context) => {
      const found = await findConnection(ports, context.get('key'), context.req.valid('param').id);
      await disconnect(ports, found.connection.id);
      return context.json({ id: found.connection.id, status: 'disconnecting' as const }, 202);
    });
}
