import { randomUUID } from 'node:crypto';
import type { Reply } from '../graph/http.ts';
import type { EntraError } from './aadsts.ts';
import { describe, entraTime } from './aadsts.ts';
import type { ReturnTo } from './authorize-request.ts';
import type { Flow } from './flow.ts';
import { clientInfo } from './issue.ts';
import { formPostPage } from './pages/form-post.ts';
import { html } from './pages/layout.ts';
import type { Browser, EntraState } from './state.ts';

/** Ends a sign-in well: the code goes to the application. */
export function finishWithCode(state: EntraState, flow: Flow, browser: Browser): Reply {
  const { request, user } = flow;
  if (user === undefined) throw new Error('a sign-in without a user cannot end in a code');
  const code = state.grants.issueCode({
    clientId: request.app.clientId,
    user,
    redirectUri: request.redirectUri,
    scopes: request.scopes,
    nonce: request.nonce,
    challenge: request.challenge,
    mfa: flow.mfa,
    order: state.grants.nextOrder(),
  });
  state.end(flow);
  return deliver(request, {
    code,
    ...(request.clientInfo ? { client_info: clientInfo(state, user) } : {}),
    ...(request.state === undefined ? {} : { state: request.state }),
    session_state: browser.sessionId,
  });
}

/** Tells the application that there will be no code. */
export function finishWithError(state: EntraState, reason: EntraError, returnTo: ReturnTo): Reply {
  const ids = { trace: randomUUID(), correlationId: randomUUID(), timestamp: entraTime(state.tenant.clock.now()) };
  // At this endpoint missing consent has an error name of its own.
  const error = reason.number === 65001 ? 'consent_required' : reason.error;
  return deliver(returnTo, {
    error: error === 'invalid_grant' ? 'access_denied' : error,
    ...(reason.number === 65004 ? { error_subcode: 'cancel' } : {}),
    error_description: describe(reason, ids),
    error_uri: `https://login.microsoftonline.com/error?code=${reason.number}`,
    ...(returnTo.state === undefined ? {} : { state: returnTo.state }),
  });
}

/** The end of an admin consent; `tenant` is not signed and proves nothing. */
export function finishAdminConsent(state: EntraState, flow: Flow): Reply {
  const { request } = flow;
  const names = request.scopes.permissions.map((one) => `${one.resource}/${one.name}`);
  state.consents.acceptForAll(request.app, names);
  state.end(flow);
  return deliver(request, {
    admin_consent: 'True',
    tenant: state.tenant.id,
    scope: names.join(' '),
    ...(request.state === undefined ? {} : { state: request.state }),
  });
}

function deliver(to: ReturnTo, fields: Readonly<Record<string, string>>): Reply {
  if (to.responseMode === 'form_post') return html(200, formPostPage(to.redirectUri, fields));
  const encoded = new URLSearchParams(fields).toString();
  const mark = to.redirectUri.includes('?') ? '&' : '?';
  const location = `${to.redirectUri}${to.responseMode === 'fragment' ? '#' : mark}${encoded}`;
  return { status: 302, headers: { location, 'cache-control': 'no-store' } };
}
