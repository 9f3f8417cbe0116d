import type { SignInGrant } from '../../engine/remote-ports.ts';
import { codeOf, ConnectionError, TransientError } from '../../errors.ts';
import { signInTrail, type SignInTrail } from '../audit/sign-in-trail.ts';
import type { ApiPorts } from '../ports.ts';
import { connectAccount } from './connect-account.ts';
import { page, sendOn } from './pages.ts';
import { withOutcome } from './return-url.ts';
import { asksToSelect, openSession } from './selection-session.ts';
import { dropCookie, openCookie, type SignInSecrets } from './sign-in-cookie.ts';
import { readLink, readState, ticketHash, type Link } from './tickets.ts';

/**
 * The way back from Microsoft. Needs the cookie that login set in this browser, and a state that is known and unused.
 * A refused sign-in leaves the link usable; a granted one uses it up, exactly once, and connects the account. The audit
 * has each outcome, and hears of a connecting before it begins.
 */
export async function callback(ports: ApiPorts, request: Request, requestId: string): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const state = query.get('state') ?? '';
  const secrets = state === '' ? null : openCookie(ports.config, state, request.headers.get('cookie'));
  if (secrets === null) return notStartedHere();
  const linkHash = await readState(ports, state);
  if (linkHash === null || !(await ports.tickets.use(ticketHash('state', state), ports.clock.now()))) return usedUp();
  const response = await finish(ports, { query, state, secrets, linkHash, requestId });
  response.headers.append('set-cookie', dropCookie(ports.config, state));
  return response;
}

interface Answer {
  readonly query: URLSearchParams;
  readonly state: string;
  readonly secrets: SignInSecrets;
  readonly linkHash: string;
  readonly requestId: string;
}

async function finish(ports: ApiPorts, answer: Answer): Promise<Response> {
  const found = await readLink(ports, answer.linkHash);
  if (found?.usable !== true) return usedUp();
  const { link } = found;
  const trail = signInTrail(ports, { workspaceId: link.workspaceId, requestId: answer.requestId });
  const refused = answer.query.get('error');
  const code = answer.query.get('code');
  if (refused !== null || code === null) {
    const { reason, text } = ports.signIn.explain(refused ?? 'no_code', answer.query.get('error_description'));
    await trail.end('refused', { code: reason });
    return failedSignIn(link, reason, text);
  }
  const grant = await redeem(ports, link, { ...answer, code });
  if (grant instanceof Error) {
    await trail.end('refused', { code: grant instanceof ConnectionError ? grant.reason : grant.code });
    return explainFailure(ports, link, grant);
  }
  await trail.begin();
  if (!(await ports.tickets.use(answer.linkHash, ports.clock.now()))) {
    await trail.end('refused', { code: 'link_used' });
    return usedUp();
  }
  const connectionId = await connect(ports, trail, link, grant);
  const session = asksToSelect(link) ? { session: await openSession(ports, connectionId) } : {};
  if (link.returnUrl !== null)
    return sendOn(withOutcome(link.returnUrl, { connectionId, status: 'connected', ...session }));
  return page(200, 'Connected', 'The account is connected. You may close this page.');
}

async function connect(ports: ApiPorts, trail: SignInTrail, link: Link, grant: SignInGrant): Promise<string> {
  try {
    const { connectionId } = await connectAccount(ports, link, grant);
    await trail.end('done', { on: { connectionId } });
    return connectionId;
  } catch (error) {
    await trail.end('failed', { code: codeOf(error) });
    throw error;
  }
}

async function redeem(
  ports: ApiPorts,
  link: Link,
  answer: Answer & { readonly code: string },
): Promise<SignInGrant | ConnectionError | TransientError> {
  try {
    return await ports.signIn.finish({
      code: answer.code,
      clientInfo: answer.query.get('client_info'),
      state: answer.state,
      verifier: answer.secrets.verifier,
      nonce: answer.secrets.nonce,
      domains: link.domains,
    });
  } catch (error) {
    if (error instanceof ConnectionError || error instanceof TransientError) return error;
    throw error;
  }
}

function explainFailure(ports: ApiPorts, link: Link, error: ConnectionError | TransientError): Response {
  ports.log.warn('connect.refused', { 'error.code': error.code, 'remote.code': error.facts.remoteCode });
  if (error instanceof ConnectionError) return failedSignIn(link, error.reason, error.message);
  return failedSignIn(link, 'temporarily_unavailable', 'Microsoft did not answer. Please try again in a few minutes.');
}

function failedSignIn(link: Link, reason: string, text: string): Response {
  if (link.returnUrl !== null) return sendOn(withOutcome(link.returnUrl, { status: 'error', reason }));
  return page(400, 'The account was not connected', text);
}

const notStartedHere = (): Response =>
  page(
    400,
    'This sign-in did not start in this browser',
    'Please open the link that the application gave you in this browser, with cookies allowed, and sign in again.',
  );

const usedUp = (): Response =>
  page(
    410,
    'This sign-in can no longer be used',
    'It was used already, or its 15 minutes are over. Please go back to the application and start connecting again.',
  );
