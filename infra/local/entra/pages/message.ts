import { randomUUID } from 'node:crypto';
import { entraTime, type EntraError } from '../aadsts.ts';
import { escape, page } from './layout.ts';

/** The page for what must not go back to the application: unknown app, wrong redirect URI, unknown tenant. */
export function errorPage(error: EntraError, now: Date, correlationId: string): string {
  return page(
    'Sign in to your account',
    `<h1>Sorry, but we’re having trouble signing you in.</h1>
<p class="error" role="alert">${escape(error.message)}</p>
<dl><dt>Request Id</dt><dd>${randomUUID()}</dd><dt>Correlation Id</dt><dd>${escape(correlationId)}</dd><dt>Timestamp</dt><dd>${entraTime(now)}</dd></dl>`,
  );
}

export function signedOutPage(): string {
  return page(
    'Sign out',
    '<h1>You signed out of your account</h1><p>It’s a good idea to close all browser windows.</p>',
  );
}
