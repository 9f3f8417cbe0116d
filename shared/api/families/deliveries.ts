import { z } from '@hono/zod-openapi';
import { endpointAsked, findDelivery } from '../deliveries/find-delivery.ts';
import { retry } from '../deliveries/retry.ts';
import { deliveryView, showDelivery } from '../deliveries/schemas.ts';
import { demandActive } from '../endpoints/replay.ts';
import { fromCursor, pageQuery, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { deliveryIdParam, idParam, instant, pageOf } from '../router/common-schemas.ts';
import {
  answer,
  conflict,
  createRouter,
  describeRoute,
  missing,
  refusal,
  refusals,
  type Router,
} from '../router/create-router.ts';
import { demandOrder } from '../router/validate-request.ts';

const tags = ['Webhooks'];
const params = z.object({ id: deliveryIdParam });

const list = describeRoute({
  method: 'get',
  path: '/api/deliveries',
  summary: 'List deliveries to an endpoint, newest change first',
  tags,
  request: {
    query: z.object({
      ...pageQuery,
      endpointId: idParam.optional().meta({ description: 'May be left out where there is one endpoint' }),
      connectionId: idParam.optional(),
      status: deliveryView.shape.status.optional(),
      type: z.string().min(1).max(100).optional(),
      since: instant.optional().meta({ description: 'Changes made then or later' }),
      until: instant.optional().meta({ description: 'Changes made before' }),
    }),
  },
  responses: { 200: answer('A page of deliveries', pageOf(deliveryView)), ...refusals, ...missing },
});

const one = describeRoute({
  method: 'get',
  path: '/api/deliveries/{id}',
  summary: 'Read a delivery',
  tags,
  request: { params },
  responses: { 200: answer('The delivery', deliveryView), ...refusals, ...missing },
});

const again = describeRoute({
  method: 'post',
  path: '/api/deliveries/{id}/retry',
  operationId: 'retryDelivery',
  summary: 'Send a delivery again now',
  description: 'With the same `webhook-id`, out of the order of its feed; one that was delivered too.',
  tags,
  request: { params },
  responses: {
    202: answer('It is on its way', z.object({ id: z.string(), status: z.literal('pending') })),
    ...refusals,
    ...missing,
    ...conflict,
    410: refusal('`delivery_expired`: its change is no longer in the feed'),
  },
});

/** `GET /deliveries`, `GET /deliveries/{id}` and `POST /deliveries/{id}/retry`. */
export function deliveries(ports: ApiPorts): Router {
  return createRouter(ports)
    .openapi(list, async (context) => {
      const { limit, cursor, endpointId, since, until, ...filters } = context.req.valid('query');
      demandOrder('query', { since, until });
      const endpoint = await endpointAsked(ports, context.get('key'), endpointId);
      if (endpoint === null) return context.json({ items: [], nextCursor: null }, 200);
      const { connectionId, status, type } = filters;
      const name = ['deliveries', endpoint.id, JSON.stringify([connectionId, status, type, since, until])];
      const page = await ports.deliveries.list({
        endpointId: endpoint.id,
        ...(connectionId === undefined ? {} : { connectionId }),
        ...(status === undefined ? {} : { status }),
        ...(type === undefined ? {} : { type }),
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(until === undefined ? {} : { until: new Date(until) }),
        limit,
        after: fromCursor(name, cursor),
      });
      return context.json({ items: page.deliveries.map(showDelivery), nextCursor: toCursor(name, page.next) }, 200);
    })
    .openapi(one, async (context) => {
      const { delivery } = await findDelivery(ports, context.get('key'), context.req.valid('param').id);
      return context.json(showDelivery(delivery), 200);
    })
    .openapi(again, async (context) => {
      const { delivery, endpoint } = await findDelivery(ports, context.get('key'), context.req.valid('param').id);
      demandActive(endpoint);
      await retry(ports, delivery);
      return context.json({ id: delivery.id, status: 'pending' as const }, 202);
    });
}
