import { z } from '@hono/zod-openapi';
import type { ApiPorts } from '../ports.ts';
import { answer, createRouter, describeRoute, refusals, type Router } from '../router/create-router.ts';

const document = z.looseObject({ openapi: z.string() });

const read = describeRoute({
  method: 'get',
  path: '/api/openapi.json',
  summary: 'This description, as OpenAPI 3.1',
  tags: ['Reference'],
  responses: { 200: answer('OpenAPI 3.1', document), ...refusals },
});

/** `GET /openapi.json`. */
export function openapi(ports: ApiPorts): Router {
  let described: z.output<typeof document> | undefined;
  return createRouter(ports).openapi(read, async (context) => {
    const { describeApi } = await import('../reference/describe-api.ts');
    // Made of all routes of all families, and the same for everybody: once is enough.
    described ??= document.parse(describeApi(ports));
    return context.json(described, 200);
  });
}
