/** Who signs in, and how the pages are answered. */
export interface SignInAnswers {
  readonly username: string;
  readonly password: string;
  /** What is pressed on the consent page; default `accept`. */
  readonly consent?: 'accept' | 'deny';
  /** For the second factor; default the local stand-in's code. */
  readonly mfaCode?: string;
}

export interface SignInResult {
  /** The application's redirect URI with everything in its query or fragment; not followed. */
  readonly redirectTo: string;
  /** With `response_mode=form_post`: the fields to post there. */
  readonly form?: Readonly<Record<string, string>>;
}

const MOST_STEPS = 12;
const DEFAULT_MFA_CODE = '123456';

interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
}

/**
 * Drives the sign-in pages over HTTP as a browser without script would: keeps cookies, fills forms, follows redirects
 * within the sign-in, and stops at the redirect to the application. (The form fields are listed at `stepForm` in
 * `submit.ts`.) Cancels where only an admin could consent.
 * @throws Error with the text of the page where it gets no further: wrong password, unknown app, redirect mismatch.
 */
export async function signIn(authorizeUrl: string, answers: SignInAnswers): Promise<SignInResult> {
  const { origin } = new URL(authorizeUrl);
  const cookies = new Map<string, string>();
  let current = await visit(authorizeUrl, cookies);
  let before = '';
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (typeof current === 'string') {
      if (new URL(current).origin !== origin) return { redirectTo: current };
      current = await visit(current, cookies);
      continue;
    }
    const form = readForm(current.html);
    const error = /role="alert">([^<]*)</.exec(current.html)?.[1];
    if (form === undefined || (error !== undefined && form.step === before)) throw stuck(current, error);
    const target = new URL(form.action, current.url);
    if (form.step === '') return { redirectTo: target.href, form: form.hidden };
    before = form.step;
    const fields = new URLSearchParams({ ...form.hidden, ...fill(form.step, answers) });
    current = await visit(target.href, cookies, fields);
  }
  throw new Error(`The sign-in did not end after ${MOST_STEPS} steps.`);
}

function fill(step: string, answers: SignInAnswers): Record<string, string> {
  switch (step) {
    case 'account':
      return { login: answers.username };
    case 'password':
      return { passwd: answers.password };
    case 'mfa':
      return { otc: answers.mfaCode ?? DEFAULT_MFA_CODE };
    case 'consent':
      return { action: answers.consent === 'deny' ? 'cancel' : 'accept' };
    default:
      return { action: 'cancel' };
  }
}

/** The page that comes, or the address that a redirect names. */
async function visit(url: string, cookies: Map<string, string>, form?: URLSearchParams): Promise<Page | string> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(url, {
    redirect: 'manual',
    ...(form === undefined ? {} : { method: 'POST', body: form }),
    ...(cookie === '' ? {} : { headers: { cookie } }),
  });
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';', 1);
    const equals = pair.indexOf('=');
    cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const html = await response.text();
  const location = response.headers.get('location');
  if (response.status >= 300 && response.status < 400 && location !== null) return new URL(location, url).href;
  return { url, status: response.status, html };
}

/** The first form of the page; `step` is empty for one that leads back to the application. */
function readForm(html: string): { action: string; step: string; hidden: Record<string, string> } | undefined {
  // A page that lists signed-in accounts has two: the one with the text field is wanted.
  const forms = [...html.matchAll(/<form method="post"[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)];
  const chosen = forms.find((one) => one[2]?.includes('name="login"')) ?? forms[0];
  if (chosen === undefined) return undefined;
  const inputs = [...(chosen[2] ?? '').matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const hidden = Object.fromEntries(inputs.map((input) => [unescape(input[1] ?? ''), unescape(input[2] ?? '')]));
  return { action: unescape(chosen[1] ?? ''), step: hidden['step'] ?? '', hidden };
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

function stuck(page: Page, error: string | undefined): Error {
  const title = /<h1>([^<]*)<\/h1>/.exec(page.html)?.[1] ?? '';
  const text = unescape(error ?? title);
  return new Error(`The sign-in stopped (HTTP ${page.status}): ${text === '' ? page.html.slice(0, 200) : text}`);
}
