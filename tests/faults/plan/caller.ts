import { calendars } from '../../../shared/api/families/calendars.ts';
import { connectLinks } from '../../../shared/api/families/connect-links.ts';
import { connections } from '../../../shared/api/families/connections.ts';
import { contacts } from '../../../shared/api/families/contacts.ts';
import { endpoints } from '../../../shared/api/families/endpoints.ts';
import { events } from '../../../shared/api/families/events.ts';
import { messages } from '../../../shared/api/families/messages.ts';
import { callbackPage, loginPage } from '../../../shared/api/connect/oauth-pages.ts';
import { respond } from '../../../shared/api/http/respond.ts';
import type { App } from '../../../shared/app.ts';
import { receive } from '../../support/webhook-receiver.ts';

/** A way to send a request to the app: by its functions in this process, or over HTTP to a host. */
export type Caller = (path: string, init?: RequestInit) => Promise<Response>;

/** Sends requests to the app in this process, as the host's functions would. */
export function callerOf(app: App): Caller {
  const bindings = { requestId: 'test', log: app.log };
  return async (path, init) => {
    const request = new Request(new URL(path, app.config.publicBaseUrl), init);
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/api/webhooks/')) return receive(app, request);
    return respond(async () => handlerOf(app, pathname)(request, bindings), bindings);
  };
}

type Handler = (request: Request, bindings: { requestId: string; log: App['log'] }) => Promise<Response> | Response;

function handlerOf(app: App, path: string): Handler {
  if (path === '/api/oauth/microsoft/login') return loginPage(app);
  if (path === '/api/oauth/microsoft/callback') return callbackPage(app);
  if (path === '/api/connect-links') return connectLinks(app).fetch;
  if (path.startsWith('/api/endpoints')) return endpoints(app).fetch;
  if (/^\/api\/connections\/[^/]+\/messages\//.test(path)) return messages(app).fetch;
  if (/^\/api\/connections\/[^/]+\/contacts(\/|$)/.test(path)) return contacts(app).fetch;
  if (/^\/api\/connections\/[^/]+\/events(\/|$)/.test(path)) return events(app).fetch;
  if (/^\/api\/connections\/[^/]+\/calendars(\/|$)/.test(path)) return calendars(app).fetch;
  if (/^\/api\/connections\/[^/]+$/.test(path)) return connections(app).fetch;
  throw new Error(`no case of the plan calls ${path}`);
}
