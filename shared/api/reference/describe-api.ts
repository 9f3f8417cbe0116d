import { OpenAPIHono } from '@hono/zod-openapi';
import { families } from '../families/all.ts';
import type { ApiPorts } from '../ports.ts';
import { openRoutes } from './open-routes.ts';

const description = `Keeps an application and Microsoft 365 in step. Connect accounts, list their records, follow one ordered feed.

Send \`Authorization: Bearer <api key>\`. Failures are \`application/problem+json\` (RFC 9457) with a \`requestId\`; the \`code\` is stable.
Lists answer \`{items, nextCursor}\`: send \`nextCursor\` as \`cursor\` until it is null. Times are ISO-8601 in UTC.`;

/** The API as OpenAPI 3.1, made of the same definitions that validate its requests. */
export function describeApi(ports: ApiPorts): ReturnType<OpenAPIHono['getOpenAPI31Document']> {
  const whole = new OpenAPIHono();
  for (const family of Object.values(families)) whole.route('/', family(ports));
  for (const route of openRoutes) whole.openAPIRegistry.registerPath(route);
  whole.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' });
  return whole.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Outlook Sync', version: '1', description },
    servers: [{ url: ports.config.publicBaseUrl }],
    security: [{ apiKey: [] }],
  });
}
