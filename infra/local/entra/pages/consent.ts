import type { User } from '../../graph/tenant.ts';
import type { Flow } from '../flow.ts';
import { explain } from '../scopes.ts';
import { escape, form, page } from './layout.ts';

/** Lists what the app asks for, with Accept and Cancel. */
export function consentPage(flow: Flow, user: User, entries: readonly string[]): string {
  const forAll = flow.request.kind === 'adminConsent';
  const items = entries.map((entry) => {
    const name = entry.slice(entry.lastIndexOf('/') + 1);
    return `<li>${escape(explain(name))}<small>${escape(name)}</small></li>`;
  });
  return page(
    'Permissions requested',
    `<p class="who">${escape(user.userPrincipalName)}</p><h1>Permissions requested</h1>
<p><b>${escape(flow.request.app.displayName)}</b> (unverified)</p>
<p>${forAll ? 'Accepting gives this app access to these for all users in your organization:' : 'This app would like to:'}</p>
<ul class="scopes">${items.join('')}</ul>
<p class="hint">Accepting these permissions means that you allow this app to use your data as specified in their terms of service and privacy statement.</p>
${form(
  flow,
  'consent',
  `<div class="row"><button type="submit" name="action" value="cancel">Cancel</button>
<button class="primary" type="submit" name="action" value="accept">Accept</button></div>`,
)}`,
  );
}

/** Where the user may not consent: nothing to do but to go back, or to close the page. */
export function adminRequiredPage(flow: Flow, user: User): string {
  const { app } = flow.request;
  return page(
    'Need admin approval',
    `<p class="who">${escape(user.userPrincipalName)}</p><h1>Need admin approval</h1>
<p><b>${escape(app.displayName)}</b></p>
<p>${escape(app.displayName)} needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it. (AADSTS90094)</p>
${form(flow, 'admin', '<div class="row"><button class="link" type="submit" name="action" value="cancel">Return to the application without granting consent</button></div>')}`,
  );
}
