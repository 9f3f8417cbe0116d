import type { User } from '../../graph/tenant.ts';
import type { Flow } from '../flow.ts';
import type { EntraState } from '../state.ts';
import { admits } from '../tenants.ts';
import { errorLine, escape, form, page } from './layout.ts';

const MOST_LISTED = 12;

export interface AccountView {
  readonly sessions: readonly { readonly user: User }[];
  readonly login?: string;
  readonly error?: string;
}

/** Asks who signs in: the accounts of this browser to pick from, and a field for any other. */
export function accountPage(state: EntraState, flow: Flow, view: AccountView): string {
  const picker = view.sessions.length > 0 && view.error === undefined;
  const login = view.login ?? flow.request.loginHint ?? '';
  const tiles = view.sessions.map(tile).join('');
  return page(
    'Sign in to your account',
    `<h1>${picker ? 'Pick an account' : 'Sign in'}</h1>
${picker ? form(flow, 'account', `<div class="tiles">${tiles}</div>`) : ''}
${form(
  flow,
  'account',
  `${errorLine(view.error)}<label for="login">${picker ? 'Use another account' : 'Email, phone, or Skype'}</label>
<input type="email" id="login" name="login" value="${escape(login)}" autocomplete="username" placeholder="someone@example.com"${picker ? '' : ' autofocus'}>
<div class="row"><button class="primary" type="submit">Next</button></div>`,
)}
<p class="hint">to continue to <b>${escape(flow.request.app.displayName)}</b></p>
${accounts(state, flow)}`,
  );
}

function tile({ user }: { user: User }): string {
  return `<button type="submit" name="session" value="${escape(user.userPrincipalName)}">${escape(user.displayName)}<br>
<small>${escape(user.userPrincipalName)} · signed in</small></button>`;
}

/** Nobody should have to look into a log to try this: the accounts stand on the page. */
function accounts(state: EntraState, flow: Flow): string {
  const traits = state.traitsOf(flow.request.app.clientId);
  const users = state.tenant.users().filter((user) => admits(flow.request.audience, user, traits));
  const rows = users
    .slice(0, MOST_LISTED)
    .map((user) => `<tr><td>${escape(user.userPrincipalName)}</td><td>${escape(user.password)}</td></tr>`)
    .join('');
  const more = users.length > MOST_LISTED ? `<tr><td colspan="2">and ${users.length - MOST_LISTED} more</td></tr>` : '';
  return rows === ''
    ? ''
    : `<details><summary>Accounts of this local tenant</summary><table>${rows}${more}</table></details>`;
}
