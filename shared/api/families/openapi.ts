import { z } from '@hono/zod-openapi';
import type { ApiPorts } from '../ports.ts';
import { answer, createRouter, describeRoute, refusals, type Router } from '../router/create-router.ts';

const read = describeRoute({
  method: 'get',
  path: '/api/openapi.json',
  summary: 'This description, as OpenAPI 3.1',
  tags: ['Reference'],
  responses: { 200: answer('OpenAPI 3.1', z.looseObject({ openapi: z.string() })), ...refusals },
});

/** `GET /openapi.json`. */
export function openapi(ports: ApiPorts): Router {
  return createRouter(ports).openapi(read, async (context) => {
    const { describeApi } = await import('../reference/describe-api.ts');
    return context.json(z.looseObject({ openapi: z.string() }).parse(describeApi(ports)), 200);
  });
}
