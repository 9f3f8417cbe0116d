import { z } from 'zod';
import type { Reply } from '../graph/http.ts';
import { EntraError } from './aadsts.ts';
import { findAccount } from './authorize-request.ts';
import { entriesOf } from './consents.ts';
import type { Flow } from './flow.ts';
import { accountPage } from './pages/account.ts';
import { html } from './pages/layout.ts';
import { mfaPage, passwordPage } from './pages/password.ts';
import type { Browser, EntraState } from './state.ts';
import { entryNeedsAdmin, isAdmin, MFA_CODE, nextStep, refuse, sessionsFor } from './steps.ts';
import { admits, wrongTenant } from './tenants.ts';

const text = z.string().max(4000).optional();
/**
 * The forms of the sign-in. All are posted to `/{tenant}/oauth2/v2.0/authorize/continue` and carry the hidden fields
 * `ctx` (which sign-in) and `step`; besides those, by step:
 * - `account`: `login`, the account's name; or `session`, the name of one that is signed in here
 * - `password`: `passwd`; with `back` set the account is asked again
 * - `mfa`: `otc`, the code
 * - `consent` and `admin`: `action`, `accept` or `cancel` (`admin` knows only `cancel`)
 */
export const stepForm = z.object({
  ctx: text,
  step: z.enum(['account', 'password', 'mfa', 'consent', 'admin']),
  login: text,
  session: text,
  passwd: text,
  back: text,
  otc: text,
  action: text,
});
export type StepForm = z.infer<typeof stepForm>;

type Step = (state: EntraState, flow: Flow, given: { form: StepForm; browser: Browser }) => Reply;

const STEPS: Readonly<Record<StepForm['step'], Step>> = { account, password, mfa, consent, admin: cancel };

/** Takes one filled form and answers with the next page or the redirect. */
export function submit(state: EntraState, flow: Flow, given: { form: StepForm; browser: Browser }): Reply {
  return STEPS[given.form.step](state, flow, given);
}

function account(state: EntraState, flow: Flow, { form, browser }: { form: StepForm; browser: Browser }): Reply {
  const sessions = sessionsFor(state, flow, browser);
  const chosen = sessions.find((one) => one.user.userPrincipalName === form.session);
  if (chosen !== undefined) {
    Object.assign(flow, { user: chosen.user, proved: true, mfa: chosen.mfa });
    return nextStep(state, flow, browser);
  }
  const login = form.login ?? form.session ?? '';
  const again = (error: string): Reply => html(200, accountPage(state, flow, { sessions, login, error }));
  if (login.trim() === '') return again('Enter a valid email address, phone number, or Skype name.');
  const user = findAccount(state.tenant, login);
  if (user === undefined)
    return again(
      'This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin. (AADSTS50034)',
    );
  const admitted = admits(flow.request.audience, user, state.traitsOf(flow.request.app.clientId));
  if (!admitted) return again(`You can't sign in here with this account. ${wrongTenant(user, state.tenant).message}`);
  Object.assign(flow, { user, proved: false, mfa: false });
  return nextStep(state, flow, browser);
}

function password(state: EntraState, flow: Flow, { form, browser }: { form: StepForm; browser: Browser }): Reply {
  const { user } = flow;
  if (user === undefined || form.back !== undefined) {
    flow.user = undefined;
    return nextStep(state, flow, browser);
  }
  if (form.passwd !== user.password) {
    const error =
      (form.passwd ?? '') === ''
        ? 'Please enter your password.'
        : "Your account or password is incorrect. If you don't remember your password, reset it now. (AADSTS50126)";
    return html(200, passwordPage(flow, user, error));
  }
  if (!user.enabled)
    return html(200, passwordPage(flow, user, 'Your account has been disabled. Contact your admin. (AADSTS50057)'));
  flow.proved = true;
  if (!user.mfa) remember(state, flow, browser);
  return nextStep(state, flow, browser);
}

function mfa(state: EntraState, flow: Flow, { form, browser }: { form: StepForm; browser: Browser }): Reply {
  const { user } = flow;
  if (user === undefined || !flow.proved) return nextStep(state, flow, browser);
  if (form.otc?.replaceAll(' ', '') !== MFA_CODE) {
    return html(
      200,
      mfaPage(flow, user, MFA_CODE, "You didn't enter the expected verification code. Please try again. (AADSTS50074)"),
    );
  }
  flow.mfa = true;
  remember(state, flow, browser);
  return nextStep(state, flow, browser);
}

function consent(state: EntraState, flow: Flow, given: { form: StepForm; browser: Browser }): Reply {
  const { user, request } = flow;
  if (user === undefined || !flow.proved) return nextStep(state, flow, given.browser);
  if (given.form.action !== 'accept') return cancel(state, flow);
  // An account that an admin must approve for has no page with an Accept button; a forged form must not pass either.
  if (request.kind === 'code' && (user.consent !== 'adminRequired' || isAdmin(user))) {
    state.consents.accept(
      request.app,
      user,
      entriesOf(request.scopes).filter((entry) => isAdmin(user) || !entryNeedsAdmin(entry)),
    );
  }
  flow.consented = true;
  return nextStep(state, flow, given.browser);
}

function cancel(state: EntraState, flow: Flow): Reply {
  return refuse(state, flow, new EntraError(65004));
}

/** From now on this browser knows the account. */
function remember(state: EntraState, flow: Flow, browser: Browser): void {
  const { user } = flow;
  if (user === undefined) return;
  const others = browser.signedIn.filter((one) => one.userId !== user.id);
  browser.signedIn = [...others, { userId: user.id, order: state.grants.nextOrder(), mfa: flow.mfa }];
}
