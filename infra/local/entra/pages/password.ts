import type { User } from '../../graph/tenant.ts';
import type { Flow } from '../flow.ts';
import { errorLine, escape, form, page } from './layout.ts';

export function passwordPage(flow: Flow, user: User, error?: string): string {
  return page(
    'Sign in to your account',
    `<p class="who">${escape(user.userPrincipalName)}</p><h1>Enter password</h1>
${form(
  flow,
  'password',
  `${errorLine(error)}<label for="passwd">Password</label>
<input type="password" id="passwd" name="passwd" autocomplete="current-password" autofocus>
<div class="row"><button class="primary" type="submit">Sign in</button></div>`,
)}
${form(flow, 'password', '<p class="hint"><button class="link" name="back" value="1" type="submit">Use another account</button></p>')}`,
  );
}

export function mfaPage(flow: Flow, user: User, code: string, error?: string): string {
  return page(
    'Verify your identity',
    `<p class="who">${escape(user.userPrincipalName)}</p><h1>Enter code</h1>
<p>Enter the code from your authenticator app.</p>
${form(
  flow,
  'mfa',
  `${errorLine(error)}<label for="otc">Code</label>
<input type="text" id="otc" name="otc" inputmode="numeric" autocomplete="one-time-code" maxlength="8" autofocus>
<div class="row"><button class="primary" type="submit">Verify</button></div>`,
)}
<p class="hint">There is no phone behind this sign-in: the code is always ${escape(code)}.</p>`,
  );
}
