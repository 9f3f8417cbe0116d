import { randomBytes } from 'node:crypto';
import { causeCode } from '../api/failures.ts';
import { plain } from '../terminal/format.ts';
import { bad, note, ok, warn, type Finding } from './finding.ts';

/** Graph gives up after this, and calls an endpoint slow that often takes long. [learn.microsoft.com/graph/change-notifications-delivery-webhooks] */
const LIMIT_MS = 10_000;
const SLOW_MS = 2_000;

const PATHS = { notifications: '/api/webhooks/graph', lifecycle: '/api/webhooks/graph/lifecycle' } as const;

/** Whether Graph could validate the webhooks under the public address, as it does before each subscription. */
export async function checkPublicAddress(address: string | null): Promise<Finding[]> {
  const check = 'public address';
  if (address === null)
    return [
      warn(
        check,
        'PUBLIC_BASE_URL is not known here: webhooks were not tried',
        'Give --public-url https://your-app.example',
      ),
    ];
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return [bad(check, `"${address}" is no address`)];
  const { origin } = url;
  const redirect = note(
    'redirect URI',
    `${origin}/api/oauth/microsoft/callback`,
    'Must be registered as a web redirect URI of the app registration.',
  );
  const tried = await Promise.all(
    Object.entries(PATHS).map(([name, path]) => shakeHands(`${name} webhook`, `${origin}${path}`)),
  );
  return [...reach(url), ...tried, redirect];
}

const reach = (url: URL): Finding[] =>
  /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname)
    ? [
        note(
          'public address',
          `${url.origin} is this machine alone`,
          'Microsoft cannot reach it: connections to the real Graph poll.',
        ),
      ]
    : [];

/** One validation request as Graph makes it: the decoded token must come back exactly, as plain text, in time, with no sign-in and no detour. */
export async function shakeHands(check: string, address: string): Promise<Finding> {
  const token = `Validation: ${randomBytes(12).toString('base64')} & <ops> "100 %" \u00e4\u4e2d`;
  const started = performance.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${address}?validationToken=${encodeURIComponent(token)}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    text = await response.text();
  } catch (error) {
    const code = causeCode(error);
    return code === 'TimeoutError'
      ? bad(
          check,
          `${address} did not answer within ${LIMIT_MS / 1000} s, when Graph gives up`,
          'A cold start that slow needs an always-ready instance.',
        )
      : bad(
          check,
          `${address} could not be reached (${code})`,
          'Is PUBLIC_BASE_URL right, and is the app running there?',
        );
  }
  const tookMs = Math.round(performance.now() - started);
  const wrong = faultOf(response, text, token);
  if (wrong !== null) return bad(check, `${address} ${wrong.text}`, wrong.hint);
  return tookMs > SLOW_MS
    ? warn(
        check,
        `the validation token came back, but after ${tookMs} ms`,
        'Graph waits 10 s at most: an always-ready instance makes it safe.',
      )
    : ok(check, `the validation token came back in ${tookMs} ms`);
}

function faultOf(response: Response, text: string, token: string): { text: string; hint: string } | null {
  const { status } = response;
  if (status === 401 || status === 403)
    return {
      text: `answered ${status}`,
      hint: 'A sign-in in front of the app (App Service authentication, a gateway) must let /api/webhooks pass.',
    };
  if (status >= 300 && status < 400)
    return { text: `redirects (${status})`, hint: 'PUBLIC_BASE_URL must be the address that answers itself.' };
  if (status !== 200) return { text: `answered ${status}`, hint: 'Is this app deployed there? See its logs.' };
  const type = (response.headers.get('content-type') ?? 'none').split(';', 1)[0]?.trim() ?? '';
  if (type !== 'text/plain')
    return {
      text: `answered as ${plain(type)} instead of text/plain`,
      hint: 'Something in between changes the answer.',
    };
  if (text !== token)
    return { text: 'changed the validation token', hint: 'Something in between rewrites the address or the answer.' };
  return null;
}
