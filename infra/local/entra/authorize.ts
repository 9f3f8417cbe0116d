import { randomUUID } from 'node:crypto';
import type { Reply, Req } from '../graph/http.ts';
import { EntraError } from './aadsts.ts';
import { acceptsRedirect, readAdminConsent, readAuthorize, ReturnedError } from './authorize-request.ts';
import { finishWithError } from './finish.ts';
import { newFlow, type AuthorizeRequest } from './flow.ts';
import { html } from './pages/layout.ts';
import { errorPage, signedOutPage } from './pages/message.ts';
import type { Browser, EntraState } from './state.ts';
import { nextStep, useHint, useSession } from './steps.ts';
import { stepForm, submit } from './submit.ts';

const COOKIE = 'ESTSAUTH';

/** `GET` (and `POST`) `/{tenant}/oauth2/v2.0/authorize`: begins a sign-in. */
export function authorize(state: EntraState, req: Req): Reply {
  const form = req.method === 'POST' ? new URLSearchParams(req.body.toString('utf8')) : req.query;
  return begin(state, req, () => readAuthorize(state, req.params['tenant'] ?? '', form));
}

/** `GET /{tenant}/v2.0/adminconsent` */
export function adminConsent(state: EntraState, req: Req): Reply {
  return begin(state, req, () => readAdminConsent(state, req.params['tenant'] ?? '', req.query));
}

/** `POST /{tenant}/oauth2/v2.0/authorize/continue`: one filled form, see `stepForm`. */
export function continueSignIn(state: EntraState, req: Req): Reply {
  return guarded(state, () => {
    const parsed = stepForm.safeParse(Object.fromEntries(new URLSearchParams(req.body.toString('utf8'))));
    const flow = parsed.success ? state.flow(parsed.data.ctx ?? '') : undefined;
    const browser = state.browser(cookieOf(req));
    // A form belongs to the browser that it was shown to: another one cannot finish the sign-in for it.
    if (!parsed.success || flow === undefined || flow.browserId !== browser.id) throw new EntraError(165000);
    return submit(state, flow, { form: parsed.data, browser });
  });
}

/** `GET /{tenant}/oauth2/v2.0/logout`: forgets the browser; returns to an address only if an app has registered it. */
export function logout(state: EntraState, req: Req): Reply {
  const browser = state.browser(cookieOf(req));
  state.forget(browser);
  const expired = `${COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
  const target = req.query.get('post_logout_redirect_uri');
  const given = req.query.get('state');
  if (target !== null && state.tenant.apps().some((app) => acceptsRedirect(app, target))) {
    const mark = target.includes('?') ? '&' : '?';
    const location = given === null ? target : `${target}${mark}${new URLSearchParams({ state: given }).toString()}`;
    return { status: 302, headers: { location, 'set-cookie': expired } };
  }
  const page = html(200, signedOutPage());
  return { ...page, headers: { ...page.headers, 'set-cookie': expired } };
}

function begin(state: EntraState, req: Req, read: () => AuthorizeRequest): Reply {
  return guarded(state, () => {
    const request = read();
    const browser = state.browser(cookieOf(req));
    const flow = newFlow(request, browser.id);
    state.keep(flow);
    useSession(state, flow, browser);
    useHint(state, flow);
    return withCookie(nextStep(state, flow, browser), browser);
  });
}

function guarded(state: EntraState, work: () => Reply): Reply {
  try {
    return work();
  } catch (error) {
    if (error instanceof ReturnedError) return finishWithError(state, error.reason, error.returnTo);
    if (error instanceof EntraError) return html(400, errorPage(error, state.tenant.clock.now(), randomUUID()));
    throw error;
  }
}

function withCookie(reply: Reply, browser: Browser): Reply {
  const cookie = `${COOKIE}=${browser.id}; Path=/; HttpOnly; SameSite=Lax`;
  return { ...reply, headers: { ...reply.headers, 'set-cookie': cookie } };
}

function cookieOf(req: Req): string | undefined {
  const found = (req.headers['cookie'] ?? '').split(/[;,]\s*/).find((pair) => pair.startsWith(`${COOKIE}=`));
  return found?.slice(COOKIE.length + 1);
}
