import { z } from '@hono/zod-openapi';
import { createLink, linkRequestSchema } from '../connect/create-link.ts';
import type { ApiPorts } from '../ports.ts';
import { time } from '../router/common-schemas.ts';
import {
  answer,
  badBody,
  createRouter,
  describeRoute,
  jsonBody,
  refusals,
  type Router,
} from '../router/create-router.ts';

const link = z.object({
  url: z.url().optional().meta({
    description:
      'Send the user there. Stored nowhere: only a replay (Idempotency-Key) lacks it; then make another link',
  }),
  expiresAt: time,
});

/** Done again (after a crash, or under another key) it makes another link; one that nobody follows expires. */
const create = describeRoute(
  {
    method: 'post',
    operationId: 'createConnectLink',
    path: '/api/connect-links',
    summary: 'Make a link that connects an account',
    description:
      'The user opens it, signs in to Microsoft, and is sent to returnUrl. Good for 15 minutes and one connection.',
    tags: ['Connecting'],
    request: {
      body: jsonBody(
        linkRequestSchema.openapi('ConnectLinkRequest', {
          example: {
            userId: 'u-1',
            workspaceId: 'w-1',
            domains: ['mail', 'contacts'],
            settings: { mail: { folders: ['inbox', 'archive'] }, contacts: { defaultRegion: 'DE' } },
            returnUrl: 'https://app.example.com/connected',
            loginHint: 'ada@contoso.example',
          },
        }),
      ),
    },
    responses: {
      201: answer(
        'The link',
        link.openapi('ConnectLink', {
          example: {
            url: 'https://app.example.com/api/oauth/microsoft/login?link=dGhlIGxpbmsgaXRzZWxm',
            expiresAt: '2026-01-05T09:45:00.000Z',
          },
        }),
      ),
      ...refusals,
      ...badBody,
    },
  },
  { secrets: ['url'] },
);

/** `POST /connect-links`. */
export function connectLinks(ports: ApiPorts): Router {
  return createRouter(ports).openapi(create, async (context) =>
    context.json(await createLink(ports, context.get('key'), context.req.valid('json')), 201),
  );
}
