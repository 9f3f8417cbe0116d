import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RETURN_URL, StackWorld, type User } from '../../support/stack-world.ts';
import { signIn } from '../../../infra/local/entra/sign-in.ts';

let world: StackWorld;
let ada: User;
let other: User;
beforeAll(async () => {
  world = await StackWorld.start();
  ada = await world.user('ada');
  other = await world.user('other');
});
afterAll(() => world.close());

const outcome = (response: Response): URLSearchParams => new URL(response.headers.get('location') ?? '').searchParams;
const callbackUrl = (query: string): string => `${world.stack.api}/oauth/microsoft/callback?${query}`;
const stateOf = (authorize: string): string => new URL(authorize).searchParams.get('state') ?? '';

describe('a connect link', () => {
  it('is good for fifteen minutes, and leads to the sign-in with PKCE, state and a cookie', async () => {
    const made = await world.send(z.object({ url: z.string(), expiresAt: z.string() }), 'POST', '/connect-links', {
      userId: 'u',
      workspaceId: 'ws-1',
      domains: ['mail'],
      loginHint: ada.upn,
    });
    const life = Date.parse(made.expiresAt) - Date.now();
    expect(life).toBeGreaterThan(14 * 60_000);
    expect(life).toBeLessThanOrEqual(15 * 60_000);
    const answer = await fetch(made.url, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    const query = new URL(answer.headers.get('location') ?? '').searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('login_hint')).toBe(ada.upn);
    expect(query.get('redirect_uri')).toBe(`${world.stack.api}/oauth/microsoft/callback`);
    expect(query.get('scope')?.split(' ')).toEqual(expect.arrayContaining(['offline_access']));
  });

  it('is used up at the callback, not by being opened', async () => {
    const user = await world.user('once');
    const link = await world.link({ userId: 'once' });
    for (let scan = 0; scan < 3; scan++) expect((await world.open(link)).status).toBe(302);
    const first = await world.open(link);
    const second = await world.open(link);

    const connected = await world.follow(link, user);
    expect(outcome(connected).get('status')).toBe('connected');
    expect(outcome(connected).get('tab')).toBe('1');
    expect(connected.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:9\/connected\?/);

    expect((await world.open(link)).status).toBe(410);
    // Sign-ins that were begun before come too late, although state and cookie are right.
    for (const { authorize, cookie } of [first, second]) {
      const { redirectTo } = await signIn(authorize, { username: user.upn, password: user.password });
      expect((await fetch(redirectTo, { redirect: 'manual', headers: { cookie } })).status).toBe(410);
    }
  });

  it('makes one connection of two callbacks at once', async () => {
    const user = await world.user('twice');
    const link = await world.link({ userId: 'twice' });
    const { authorize, cookie } = await world.open(link);
    const { redirectTo } = await signIn(authorize, { username: user.upn, password: user.password });
    const answers = await Promise.all(
      [1, 2, 3].map(() => fetch(redirectTo, { redirect: 'manual', headers: { cookie } })),
    );
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([302, 410, 410]);
  });

  it('that nobody made is not known', async () => {
    const { status, text } = await world.open(`${world.stack.api}/oauth/microsoft/login?link=nonsense`);
    expect(status).toBe(404);
    expect(text).toContain('not known');
  });

  it('is not made for an address that is not allowed, an unknown domain, or settings that are wrong: all at once', async () => {
    const body = {
      userId: 'u',
      domains: ['mail', 'fax'],
      returnUrl: 'http://evil.example/connected',
      settings: { mail: { source: 'pigeon' } },
    };
    const refused = await world.refused('POST', '/connect-links', { body });
    expect(refused).toMatchObject({ status: 400, code: 'request_invalid' });
    expect(refused.at).toEqual(['body.domains.1', 'body.settings.mail.source', 'body.returnUrl']);
  });

  it.each([
    'http://127.0.0.1:9/connectedevil/../other',
    'http://127.0.0.1:9@evil.example/connected',
    'https://127.0.0.1:9/connected',
    'javascript:alert(1)',
  ])('is not made with the return address %s', async (returnUrl) => {
    const body = { userId: 'u', domains: ['mail'], returnUrl };
    expect(await world.refused('POST', '/connect-links', { body })).toMatchObject({
      status: 400,
      at: ['body.returnUrl'],
    });
  });
});

describe('the callback', () => {
  it('refuses a state that nobody gave out, and a browser without the cookie', async () => {
    const { authorize, cookie } = await world.open(await world.link({ userId: 'u' }));
    const { redirectTo } = await signIn(authorize, { username: other.upn, password: other.password });
    const bare = await fetch(redirectTo, { redirect: 'manual' });
    expect(bare.status).toBe(400);
    expect(await bare.text()).toContain('did not start in this browser');
    const wrong = redirectTo.replace(stateOf(authorize), 'guessed');
    expect((await fetch(wrong, { redirect: 'manual', headers: { cookie } })).status).toBe(400);
    // Neither used anything up.
    expect(outcome(await fetch(redirectTo, { redirect: 'manual', headers: { cookie } })).get('status')).toBe(
      'connected',
    );
  });

  it('refuses the cookie of another sign-in', async () => {
    const mine = await world.open(await world.link({ userId: 'u' }));
    const foreign = await world.open(await world.link({ userId: 'v' }));
    const { redirectTo } = await signIn(mine.authorize, { username: other.upn, password: other.password });
    const forged = `${mine.cookie.split('=', 1)[0] ?? ''}=${foreign.cookie.slice(foreign.cookie.indexOf('=') + 1)}`;
    for (const cookie of [foreign.cookie, forged])
      expect((await fetch(redirectTo, { redirect: 'manual', headers: { cookie } })).status).toBe(400);
  });

  it('takes a denied consent back to the application with a reason, and leaves the link usable', async () => {
    const user = await world.user('hesitant');
    const link = await world.link({ userId: 'hesitant' });
    const denied = outcome(await world.follow(link, user, 'deny'));
    expect(denied.get('status')).toBe('error');
    expect(denied.get('reason')).toBe('consent_missing');
    expect(denied.get('connectionId')).toBeNull();
    expect(outcome(await world.follow(link, user)).get('status')).toBe('connected');
  });

  it('shows a plain page where the link has no return address', async () => {
    const user = await world.user('plain');
    const denied = await world.follow(await world.link({ userId: 'plain', returnUrl: null }), user, 'deny');
    expect(denied.status).toBe(400);
    expect(denied.headers.get('content-type')).toContain('text/html');
    const page = await world.follow(await world.link({ userId: 'plain', returnUrl: null }), user);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Connected');
  });

  it('says that Microsoft could not be asked, and the link stays good', async () => {
    const user = await world.user('unlucky');
    const link = await world.link({ userId: 'unlucky' });
    await world.control('POST', '/faults', {
      match: { path: '/oauth2/v2.0/token' },
      times: 9,
      action: { kind: 'status', status: 503 },
    });
    const failed = outcome(await world.follow(link, user));
    await world.control('DELETE', '/faults');
    expect(failed.get('status')).toBe('error');
    expect(outcome(await world.follow(link, user)).get('status')).toBe('connected');
  });

  it('takes no other method, and knows no code of anybody else', async () => {
    expect((await fetch(callbackUrl('code=x'), { method: 'POST' })).status).toBe(405);
    const { authorize, cookie } = await world.open(await world.link({ userId: 'u' }));
    const guessed = await fetch(callbackUrl(`code=guessed&state=${stateOf(authorize)}`), {
      redirect: 'manual',
      headers: { cookie },
    });
    expect(outcome(guessed).get('status')).toBe('error');
  });
});

it('keeps tokens, codes and passwords out of the log', () => {
  const log = world.lines.join('\n');
  expect(log).not.toContain(ada.password);
  expect(log).not.toContain('local-secret');
  expect(log).not.toMatch(/eyJ[\w-]{20,}\.|[?&]code=/);
  expect(RETURN_URL).not.toBe('');
});
