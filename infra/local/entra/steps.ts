import type { Reply } from '../graph/http.ts';
import type { User } from '../graph/tenant.ts';
import { EntraError } from './aadsts.ts';
import { findAccount } from './authorize-request.ts';
import { entriesOf } from './consents.ts';
import { finishAdminConsent, finishWithCode, finishWithError } from './finish.ts';
import type { Flow } from './flow.ts';
import { accountPage } from './pages/account.ts';
import { adminRequiredPage, consentPage } from './pages/consent.ts';
import { html } from './pages/layout.ts';
import { mfaPage, passwordPage } from './pages/password.ts';
import { forWorkOnly, needsAdmin } from './scopes.ts';
import type { Browser, EntraState } from './state.ts';
import { admits } from './tenants.ts';

/** The one code that the second factor takes here; the page says so. */
export const MFA_CODE = '123456';

/** Signs in with the browser's session where the request allows it. */
export function useSession(state: EntraState, flow: Flow, browser: Browser): void {
  const { request } = flow;
  if (request.prompt === 'login' || request.prompt === 'select_account') return;
  const usable = sessionsFor(state, flow, browser);
  const hint = request.loginHint?.toLowerCase();
  const matching =
    hint === undefined ? usable : usable.filter((one) => one.user.userPrincipalName.toLowerCase() === hint);
  const [only, another] = matching;
  if (only === undefined || another !== undefined) return;
  flow.user = only.user;
  flow.proved = true;
  flow.mfa = only.mfa;
}

/** The accounts of this browser that may go on without a password: enabled, not revoked since, and allowed here. */
export function sessionsFor(state: EntraState, flow: Flow, browser: Browser): readonly { user: User; mfa: boolean }[] {
  return browser.signedIn.flatMap(({ userId, order, mfa }) => {
    const user = state.tenant.user(userId);
    if (user?.enabled !== true || state.grants.revocationOf(userId, order) !== undefined) return [];
    return admits(flow.request.audience, user, state.traitsOf(flow.request.app.clientId)) ? [{ user, mfa }] : [];
  });
}

/** Names the account of the hint, so that the password page comes first; an unknown hint is only filled in. */
export function useHint(state: EntraState, flow: Flow): void {
  const { request } = flow;
  if (flow.user !== undefined || request.loginHint === undefined || request.prompt === 'select_account') return;
  const user = findAccount(state.tenant, request.loginHint);
  if (user !== undefined && admits(request.audience, user, state.traitsOf(request.app.clientId))) flow.user = user;
}

/** The next page of a sign-in, or its end. With `prompt=none` there are no pages: what needs one is an error. */
export function nextStep(state: EntraState, flow: Flow, browser: Browser): Reply {
  const { request, user } = flow;
  const silent = request.prompt === 'none';
  if (user === undefined || !flow.proved) {
    if (silent) return refuse(state, flow, new EntraError(50058));
    if (user !== undefined) return html(200, passwordPage(flow, user));
    return html(200, accountPage(state, flow, { sessions: sessionsFor(state, flow, browser) }));
  }
  if (user.mfa && !flow.mfa)
    return silent ? refuse(state, flow, new EntraError(50076)) : html(200, mfaPage(flow, user, MFA_CODE));
  if (request.kind === 'adminConsent') return adminStep(state, flow, user);
  return consentStep(state, flow, { user, browser });
}

function adminStep(state: EntraState, flow: Flow, user: User): Reply {
  if (!isAdmin(user)) return html(200, adminRequiredPage(flow, user));
  return flow.consented
    ? finishAdminConsent(state, flow)
    : html(200, consentPage(flow, user, entriesOf(flow.request.scopes)));
}

function consentStep(state: EntraState, flow: Flow, who: { user: User; browser: Browser }): Reply {
  const { request } = flow;
  const { user, browser } = who;
  const entries = entriesOf(request.scopes);
  const badScope = request.scopes.permissions.find((one) => user.kind === 'personal' && forWorkOnly(one.name));
  if (badScope !== undefined) {
    return refuse(
      state,
      flow,
      new EntraError(
        70011,
        `The provided value for the input parameter 'scope' is not valid. The scope '${badScope.name}' does not exist.`,
      ),
    );
  }
  const granted = state.consents.of(request.app, user);
  const known =
    request.scopes.isDefault && [...granted].some((entry) => entry.startsWith(`${request.scopes.resource}/`));
  const lacking = known ? [] : entries.filter((entry) => !granted.has(entry));
  const asked = lacking.length > 0 || (request.prompt === 'consent' && !flow.consented);
  if (!asked) return finishWithCode(state, flow, browser);
  if (request.prompt === 'none') return refuse(state, flow, new EntraError(65001));
  const admin = lacking.some(entryNeedsAdmin);
  if ((admin || user.consent === 'adminRequired') && !isAdmin(user)) return html(200, adminRequiredPage(flow, user));
  return html(200, consentPage(flow, user, entries));
}

/** Ends the sign-in with an error for the application. */
export function refuse(state: EntraState, flow: Flow, reason: EntraError): Reply {
  state.end(flow);
  return finishWithError(state, reason, flow.request);
}

/** The tenant's administrators are the work accounts called `admin@...`. */
export function isAdmin(user: User): boolean {
  return user.kind === 'work' && user.userPrincipalName.toLowerCase().startsWith('admin@');
}

export function entryNeedsAdmin(entry: string): boolean {
  return needsAdmin(entry.slice(entry.lastIndexOf('/') + 1));
}
