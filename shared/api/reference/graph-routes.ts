import { z, type RouteConfig } from '@hono/zod-openapi';
import { jsonBody, refusal } from '../router/create-router.ts';

const origin = {
  subscriptionId: z.string(),
  clientState: z.string().nullish().meta({ description: 'The secret of the subscription: what lacks it is dropped' }),
};
const told = { subscriptionId: '7f105c7d-2dc5-4530-97cd-4e7ae6534c07', clientState: 'c2VjcmV0LXN0YXRl' };

const notifications = z
  .looseObject({
    value: z.array(
      z.looseObject({
        ...origin,
        resourceData: z
          .looseObject({ id: z.string().optional() })
          .nullish()
          .meta({ description: 'What changed, by its Graph id' }),
      }),
    ),
  })
  .openapi('GraphNotifications', {
    example: {
      value: [
        {
          ...told,
          changeType: 'updated',
          resource: 'Users/48d31887-5fad-4d73-a9f5-3c356e68a038/Messages/AAMkAGUwNjQ4',
          resourceData: { '@odata.type': '#Microsoft.Graph.Message', id: 'AAMkAGUwNjQ4' },
        },
      ],
    },
  });

const lifecycle = z
  .looseObject({ value: z.array(z.looseObject({ ...origin, lifecycleEvent: z.string() })) })
  .openapi('GraphLifecycleNotifications', {
    example: { value: [{ ...told, lifecycleEvent: 'reauthorizationRequired' }] },
  });

const DESCRIPTION =
  'For Microsoft Graph alone: the subscriptions that are made by themselves name this address. With `validationToken` (the handshake of a new subscription) the token comes back as it is. What names an unknown subscription, or has the wrong `clientState`, is answered 202 and dropped.';

const route = (path: string, summary: string, body: z.ZodType): RouteConfig => ({
  security: [],
  method: 'post',
  path,
  summary,
  description: DESCRIPTION,
  tags: ['Operations'],
  request: {
    query: z.object({
      validationToken: z.string().optional(),
      k: z.string().optional().meta({ description: 'Tells our subscriptions apart' }),
    }),
    body: { ...jsonBody(body), required: false },
  },
  responses: {
    200: { description: 'The handshake: the decoded token', content: { 'text/plain': { schema: z.string() } } },
    202: { description: 'They were taken: the rounds that they ask for are promised' },
    400: refusal('`malformed`: no JSON, or not of this shape'),
    405: refusal('`method_not_allowed`'),
    413: refusal('`body_too_large`'),
    503: refusal('The rounds could not be promised: Graph sends it again'),
  },
});

/** What Microsoft Graph sends to. */
export const graphRoutes: readonly RouteConfig[] = [
  route('/api/webhooks/graph', 'Take change notifications', notifications),
  route('/api/webhooks/graph/lifecycle', 'Take lifecycle notifications', lifecycle),
];
