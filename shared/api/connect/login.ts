import { plus } from '../../lib/clock.ts';
import type { ApiPorts } from '../ports.ts';
import { page, sendOn } from './pages.ts';
import { sealCookie } from './sign-in-cookie.ts';
import { LINK_LIFE_MS, readLink, ticketHash } from './tickets.ts';

/**
 * Follows a connect link: off to Microsoft's sign-in, with a state that is stored as a hash, and the PKCE verifier in a
 * sealed cookie of this browser. The link stays good: mail scanners open links, so it is used up at the callback alone.
 */
export async function login(ports: ApiPorts, request: Request): Promise<Response> {
  const token = new URL(request.url).searchParams.get('link') ?? '';
  const linkHash = ticketHash('link', token);
  const found = token === '' ? null : await readLink(ports, linkHash);
  if (found === null)
    return page(404, 'This link is not known', 'Please go back to the application and start connecting again.');
  if (!found.usable)
    return page(
      410,
      'This link can no longer be used',
      'It was used already, or its 15 minutes are over. Please go back to the application and start connecting again.',
    );

  const state = ports.random.token(32);
  const { domains, loginHint } = found.link;
  const start = await ports.signIn.begin({ state, domains, loginHint });
  await ports.tickets.put(ticketHash('state', state), {
    purpose: 'state',
    payload: { linkHash },
    expiresAt: plus(ports.clock.now(), LINK_LIFE_MS).toISOString(),
    usedAt: null,
  });
  const response = sendOn(start.url);
  const secrets = { verifier: start.verifier, nonce: start.nonce };
  response.headers.append('set-cookie', sealCookie(ports.config, state, secrets, LINK_LIFE_MS / 1000));
  return response;
}
