import { expect, it } from 'vitest';
import { calendarFeedPage } from '../../shared/api/calendar/ics/serve-feed.ts';
import { callbackPage, loginPage } from '../../shared/api/connect/oauth-pages.ts';
import { alive } from '../../shared/api/health/alive.ts';
import { respond } from '../../shared/api/http/respond.ts';
import { docsPage } from '../../shared/api/reference/docs-page.ts';
import { graphWebhook } from '../../shared/api/webhooks/graph-webhook.ts';
import { pushReceiver } from '../../shared/api/webhooks/push-webhook.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { apiPorts } from '../support/api-ports.ts';

type Handler = (
  request: Request,
  bindings: { readonly requestId: string; readonly log: typeof silentLog },
) => Response | Promise<Response>;

const ports = apiPorts();
const unloaded = (): never => expect.fail('loaded');
const push = pushReceiver({ token: 'x'.repeat(20), maxMessages: 1, take: unloaded });

/** What is served outside of the routers, and what it takes. */
const served: readonly (readonly [name: string, handler: Handler, allow: string])[] = [
  ['health', alive, 'GET, HEAD'],
  ['docs', docsPage(ports), 'GET'],
  ['calendarFeed', calendarFeedPage(ports), 'GET, HEAD'],
  ['oauthLogin', loginPage(ports), 'GET'],
  ['oauthCallback', callbackPage(ports), 'GET'],
  ['webhookGraph, webhookGraphLifecycle', graphWebhook(unloaded), 'POST'],
  ['webhookPush', push, 'POST'],
];

it.each(served)('%s names in Allow what it takes where it is asked by another method', async (_, handler, allow) => {
  const bindings = { requestId: 'r', log: silentLog };
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    if (allow.split(', ').includes(method)) continue;
    const request = new Request('http://127.0.0.1/api/x', { method });
    const response = await respond(async () => handler(request, bindings), bindings);
    expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, allow]);
  }
});
