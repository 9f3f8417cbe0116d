import { z } from '@hono/zod-openapi';
import { demandStaying, findConnection } from '../connections/find-connection.ts';
import { requestSync } from '../connections/request-sync.ts';
import type { ApiPorts } from '../ports.ts';
import { connectionParams } from '../router/common-schemas.ts';
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
import { invalid } from '../router/validate-request.ts';

const request = z.strictObject({
  domains: z.array(z.string()).min(1).max(10).optional(),
  full: z.boolean().optional(),
  approveDeletes: z.boolean().optional(),
});

/** Done again it brings about one round more; what is asked of the rounds is asked once for an Idempotency-Key. */
const start = describeRoute({
  method: 'post',
  operationId: 'syncConnection',
  path: '/api/connections/{id}/sync',
  summary: 'Sync now',
  description:
    'A round of each domain begins after this call. `full` compares everything; `approveDeletes` lets deletions pass that the delete guard holds back: each item is read again, and goes if it is not there.',
  tags: ['Connections'],
  request: {
    params: connectionParams,
    body: {
      ...jsonBody(request.openapi('SyncRequest', { example: { domains: ['mail'], full: true } })),
      required: false,
    },
  },
  responses: {
    202: answer('It is on its way', z.object({ connectionId: z.string(), domains: z.array(z.string()) })),
    ...refusals,
    ...missing,
    ...conflict,
    ...badBody,
  },
});

/** `POST /connections/{id}/sync`. */
export function connectionSync(ports: ApiPorts): Router {
  return createRouter(ports).openapi(start, async (context) => {
    const found = await findConnection(ports, context.get('key'), context.req.valid('param').id);
    demandStaying(found.connection);
    const { connection } = found;
    const wishes = context.req.valid('json');
    const faults = (wishes.domains ?? []).flatMap((name, index) =>
      connection.domains.includes(name)
        ? []
        : [
            {
              path: `body.domains.${index}`,
              message: `is not synced by this connection: ${connection.domains.join(', ')}`,
            },
          ],
    );
    if (faults.length > 0) throw invalid(faults);
    const domains = await requestSync(ports, connection, { ...wishes, once: context.get('once') });
    return context.json({ connectionId: connection.id, domains }, 202);
  });
}
