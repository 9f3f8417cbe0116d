import { OpenAPIHono } from '@hono/zod-openapi';
import { operationIdOf } from '../audit/operations.ts';
import { families } from '../families/all.ts';
import type { ApiPorts } from '../ports.ts';
import { unforeseen } from '../router/create-router.ts';
import { guide } from './guide.ts';
import { openRoutes } from './open-routes.ts';

/** The API as OpenAPI 3.1, made of the same definitions that validate its requests. */
export function describeApi(ports: ApiPorts): ReturnType<OpenAPIHono['getOpenAPI31Document']> {
  const whole = new OpenAPIHono();
  for (const family of Object.values(families)) whole.route('/', family(ports));
  for (const route of openRoutes) {
    const operationId = operationIdOf(route.method, route.path);
    const responses = { ...unforeseen, ...route.responses };
    whole.openAPIRegistry.registerPath({ operationId, ...route, responses });
  }
  whole.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' });
  whole.openAPIRegistry.registerComponent('securitySchemes', 'pushToken', { type: 'http', scheme: 'bearer' });
  const header = { type: 'apiKey', in: 'header', name: 'X-Push-Token' } as const;
  whole.openAPIRegistry.registerComponent('securitySchemes', 'pushTokenHeader', header);
  return whole.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Outlook Sync', version: '1', description: guide },
    servers: [{ url: ports.config.publicBaseUrl }],
    security: [{ apiKey: [] }],
  });
}
