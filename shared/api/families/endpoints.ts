import { z } from '@hono/zod-openapi';
import { MOST_ENDPOINTS, MOST_OF_WORKSPACE, type Endpoint } from '../../engine/delivery-ports.ts';
import { deleteEndpoint } from '../../jobs/deliveries/endpoint-work.ts';
import { createEndpoint } from '../endpoints/create-endpoint.ts';
import { findEndpoint, seenEndpoints, unknownEndpoint } from '../endpoints/find-endpoint.ts';
import { patchEndpoint } from '../endpoints/patch-endpoint.ts';
import { replay } from '../endpoints/replay.ts';
import { rotateSecret } from '../endpoints/rotate-secret.ts';
import {
  bornEndpoint,
  endpointPatch,
  endpointRequest,
  endpointView,
  replayRequest,
  replayResult,
  rotatedSecret,
  rotateRequest,
  showEndpoint,
  testResult,
} from '../endpoints/schemas.ts';
import { testEndpoint } from '../endpoints/test-endpoint.ts';
import { pageOfWhole, pageQuery } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { demandScope } from '../router/authenticate.ts';
import { idParam, pageOf } from '../router/common-schemas.ts';
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

const tags = ['Webhooks'];
const params = z.object({ id: idParam });

const list = describeRoute({
  method: 'get',
  path: '/api/endpoints',
  summary: 'List endpoints, the oldest first',
  description: `There are at most ${MOST_ENDPOINTS}, and at most ${MOST_OF_WORKSPACE} of one workspace.`,
  tags,
  request: { query: z.object(pageQuery) },
  responses: { 200: answer('A page of endpoints', pageOf(endpointView)), ...refusals },
});

/** Done again after a crash it finds the endpoint that it made. */
const create = describeRoute(
  {
    method: 'post',
    operationId: 'createEndpoint',
    path: '/api/endpoints',
    summary: 'Make an endpoint: a URL of yours that is told of changes',
    description: `It is told of every change from now on whose type it asks for, in order per connection and domain. Asks for the scope \`admin\`: an endpoint carries data out. A confined key makes endpoints for its own workspaces alone. 409 \`too_many_endpoints\` beyond ${MOST_OF_WORKSPACE} of one workspace, and beyond ${MOST_ENDPOINTS} in all; deleted ones do not count.`,
    tags,
    request: { body: jsonBody(endpointRequest) },
    responses: {
      201: answer('The endpoint, with its signing secret', bornEndpoint),
      ...refusals,
      ...conflict,
      ...badBody,
    },
  },
  { secrets: ['secret'] },
);

const one = describeRoute({
  method: 'get',
  path: '/api/endpoints/{id}',
  summary: 'Read an endpoint',
  tags,
  request: { params },
  responses: { 200: answer('The endpoint', endpointView), ...refusals, ...missing },
});

/** Done again it sets the same. */
const patch = describeRoute({
  method: 'patch',
  operationId: 'updateEndpoint',
  path: '/api/endpoints/{id}',
  summary: 'Change, pause or resume an endpoint',
  description:
    'What happens while it is paused is kept in the feed, and sent in order once it is resumed. Other types count from the next change that is sent. Asks for the scope `admin`.',
  tags,
  request: { params, body: jsonBody(endpointPatch) },
  responses: { 200: answer('The endpoint', endpointView), ...refusals, ...missing, ...badBody },
});

/** Done again it finds nothing (404). */
const remove = describeRoute({
  method: 'delete',
  operationId: 'deleteEndpoint',
  path: '/api/endpoints/{id}',
  summary: 'Delete an endpoint, its secret and its deliveries',
  description: 'Nothing is sent to it any more, but for what is under way. Asks for the scope `admin`.',
  tags,
  request: { params },
  responses: { 204: { description: 'It is gone' }, ...refusals, ...missing },
});

/** Done again it sends one more `endpoint.test`. */
const test = describeRoute({
  method: 'post',
  operationId: 'testEndpoint',
  path: '/api/endpoints/{id}/test',
  summary: 'Send `endpoint.test` now',
  description:
    'Signed as every delivery, also to an endpoint that is paused. Answers what came back; it changes nothing.',
  tags,
  request: { params },
  responses: { 200: answer('What came back', testResult), ...refusals, ...missing },
});

/** Done again after a crash it makes one secret more; the one whose answer was lost goes on for the overlap. */
const rotate = describeRoute(
  {
    method: 'post',
    operationId: 'rotateEndpointSecret',
    path: '/api/endpoints/{id}/rotate-secret',
    summary: 'Get a new signing secret',
    description:
      'For the overlap each delivery carries a signature of the former secrets too: put the new one into the receiver within it. Asks for the scope `admin`.',
    tags,
    request: { params, body: { ...jsonBody(rotateRequest), required: false } },
    responses: { 200: answer('The new secret', rotatedSecret), ...refusals, ...missing, ...conflict, ...badBody },
  },
  { secrets: ['secret'] },
);

/** Done again it sends the same deliveries again, with the ids that they have: receivers tell them by these. */
const again = describeRoute({
  method: 'post',
  operationId: 'replayDeliveries',
  path: '/api/endpoints/{id}/replay',
  summary: 'Send the deliveries of a time again',
  description:
    'With the `webhook-id` that each had, as long as the feed keeps its change. What was never sent to this endpoint (before it was made, or of types that it did not ask for) is not: read it in the feed.',
  tags,
  request: { params, body: jsonBody(replayRequest) },
  responses: { 202: answer('They are on their way', replayResult), ...refusals, ...missing, ...conflict, ...badBody },
});

/** `/endpoints` and all below it. */
export function endpoints(ports: ApiPorts): Router {
  return createRouter(ports)
    .openapi(list, async (context) => {
      const asked = { ...context.req.valid('query'), placeOf: ({ createdAt, id }: Endpoint) => `${createdAt} ${id}` };
      const page = pageOfWhole(['endpoints'], await seenEndpoints(ports, context.get('key')), asked);
      return context.json({ ...page, items: page.items.map(showEndpoint) }, 200);
    })
    .openapi(create, async (context) => {
      demandScope(context.get('key'), 'admin');
      const [key, once] = [context.get('key'), context.get('once')];
      const { endpoint, secret } = await createEndpoint(ports, key, context.req.valid('json'), once);
      return context.json({ ...showEndpoint(endpoint), ...(secret === undefined ? {} : { secret }) }, 201);
    })
    .openapi(one, async (context) => {
      const found = await findEndpoint(ports, context.get('key'), context.req.valid('param').id);
      return context.json(showEndpoint(found.endpoint), 200);
    })
    .openapi(patch, async (context) => {
      demandScope(context.get('key'), 'admin');
      const { endpoint } = await findEndpoint(ports, context.get('key'), context.req.valid('param').id);
      return context.json(showEndpoint(await patchEndpoint(ports, endpoint.id, context.req.valid('json'))), 200);
    })
    .openapi(remove, async (context) => {
      demandScope(context.get('key'), 'admin');
      const { endpoint } = await findEndpoint(ports, context.get('key'), context.req.valid('param').id);
      if (!(await deleteEndpoint(ports, endpoint.id))) throw unknownEndpoint();
      return context.body(null, 204);
    })
    .openapi(test, async (context) => {
      const { endpoint } = await findEndpoint(ports, context.get('key'), context.req.valid('param').id);
      return context.json(await testEndpoint(ports, endpoint), 200);
    })
    .openapi(rotate, async (context) => {
      demandScope(context.get('key'), 'admin');
      const { id } = context.req.valid('param');
      // Of a request without a body the framework reads nothing.
      const { overlapHours } = rotateRequest.parse(context.req.valid('json'));
      return context.json(await rotateSecret(ports, context.get('key'), id, overlapHours), 200);
    })
    .openapi(again, async (context) => {
      const { endpoint } = await findEndpoint(ports, context.get('key'), context.req.valid('param').id);
      return context.json(await replay(ports, endpoint, context.req.valid('json')), 202);
    });
}
