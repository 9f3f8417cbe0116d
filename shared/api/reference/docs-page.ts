import { createHash } from 'node:crypto';
import { ProblemError } from '../../errors.ts';
import { demandMethod } from '../http/demand-method.ts';
import type { ApiPorts } from '../ports.ts';
import { findKey } from '../router/authenticate.ts';
import { describeApi } from './describe-api.ts';
import { htmlPage, renderReference } from './render.ts';

/** Shows the same page again, with the key in its header: a browser sends none of itself. The key is kept nowhere. */
const script = `document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch(location.href, { headers: { authorization: 'Bearer ' + document.querySelector('input').value } });
  if (!answer.ok) return void (document.querySelector('output').textContent = 'This key is not known.');
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  document.replaceChild(document.adoptNode(page.documentElement), document.documentElement);
});`;

const scriptHash = createHash('sha256').update(script).digest('base64');

const askForKey = htmlPage(
  'Outlook Sync: reference',
  `<h1>Outlook Sync: reference</h1>
<form><label>API key <input type="password" autocomplete="off" required></label> <button>Show</button> <output></output></form>
<script>${script}</script>`,
);

/** `GET /docs`: the reference for whoever shows a key; a page that asks for one for all others. */
export function docsPage(ports: ApiPorts): (request: Request) => Response {
  let reference: string | undefined;
  return (request) => {
    demandMethod(request, 'GET');
    try {
      findKey(ports.config.apiKeys, request.headers.get('authorization') ?? undefined);
    } catch (error) {
      if (error instanceof ProblemError) return html(401, askForKey);
      throw error;
    }
    reference ??= renderReference(describeApi(ports));
    return html(200, reference);
  };
}

const html = (status: number, body: string): Response =>
  new Response(body, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
  });
