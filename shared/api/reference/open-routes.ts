import { z, type RouteConfig } from '@hono/zod-openapi';

const html = { 'text/html': { schema: z.string() } };
const open = { security: [] };

/** Routes that are served by functions of their own, outside the routers: they need no key. */
export const openRoutes: readonly RouteConfig[] = [
  {
    ...open,
    method: 'get',
    path: '/api/oauth/microsoft/login',
    summary: 'Follow a connect link to the sign-in',
    tags: ['Connecting'],
    request: { query: z.object({ link: z.string() }) },
    responses: {
      302: { description: 'On to Microsoft' },
      404: { description: 'The link is not known', content: html },
      410: { description: 'The link was used, or has expired', content: html },
    },
  },
  {
    ...open,
    method: 'get',
    path: '/api/oauth/microsoft/callback',
    summary: 'The way back from the sign-in',
    tags: ['Connecting'],
    request: { query: z.object({ state: z.string(), code: z.string().optional(), error: z.string().optional() }) },
    responses: {
      302: { description: 'To returnUrl with `connectionId` and `status=connected`, or `status=error` and `reason`' },
      200: { description: 'Connected, where the link has no returnUrl', content: html },
      400: { description: 'The account was not connected', content: html },
      410: { description: 'The sign-in was used, or has expired', content: html },
    },
  },
  {
    ...open,
    method: 'get',
    path: '/api/health',
    summary: 'Liveness',
    tags: ['Operations'],
    responses: {
      200: {
        description: 'The process answers',
        content: { 'application/json': { schema: z.object({ status: z.literal('healthy') }) } },
      },
    },
  },
];
