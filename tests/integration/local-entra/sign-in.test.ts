import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import { ADELE, CLIENT_ID, openWorld, REDIRECT, type Fields, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.control('POST', '/users', { userPrincipalName: 'pat@outlook.example', kind: 'personal', password: 'x' });
  await world.control('POST', '/users', { userPrincipalName: 'admin@contoso.example', password: 'x' });
});
afterAll(() => world.close());
beforeEach(() =>
  world.control('PATCH', `/users/${ADELE.username}`, {
    enabled: true,
    mfa: false,
    consent: 'granted',
    password: ADELE.password,
  }),
);

async function back(changes: Fields = {}, answers = {}, tenant?: string): Promise<URLSearchParams> {
  const { redirectTo } = await signIn(world.authorizeUrl(changes, tenant), { ...ADELE, ...answers });
  expect(redirectTo.startsWith(`${REDIRECT}?`)).toBe(true);
  return new URL(redirectTo).searchParams;
}

async function show(
  changes: Fields = {},
  tenant?: string,
): Promise<{ status: number; location: string | null; text: string }> {
  const response = await fetch(world.authorizeUrl(changes, tenant), { redirect: 'manual' });
  return { status: response.status, location: response.headers.get('location'), text: await response.text() };
}

describe('signing in', () => {
  it('returns code, state and session_state', async () => {
    const query = await back();
    expect(query.get('code')).toMatch(/^1\.A/);
    expect(query.get('state')).toBe('state-1');
    expect(query.get('session_state')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers in the fragment, or in a form, when asked so', async () => {
    const fragment = await signIn(world.authorizeUrl({ response_mode: 'fragment' }), ADELE);
    expect(fragment.redirectTo).toMatch(/#code=1\./);
    const posted = await signIn(world.authorizeUrl({ response_mode: 'form_post' }), ADELE);
    expect(posted.redirectTo).toBe(REDIRECT);
    expect(posted.form?.['state']).toBe('state-1');
  });

  it('asks for consent, and tells the app when it is refused', async () => {
    const query = await back({ prompt: 'consent' }, { consent: 'deny' });
    expect(query.get('error')).toBe('access_denied');
    expect(query.get('error_description')).toMatch(/^AADSTS65004: /);
    expect(query.get('state')).toBe('state-1');
    expect(query.has('code')).toBe(false);
  });

  it('shows a wrong password, an unknown account, a disabled one and a wrong code as messages', async () => {
    await expect(back({}, { password: 'no' })).rejects.toThrow('AADSTS50126');
    await expect(back({}, { username: 'nobody@contoso.example' })).rejects.toThrow('AADSTS50034');
    await world.control('PATCH', `/users/${ADELE.username}`, { enabled: false });
    await expect(back()).rejects.toThrow('AADSTS50057');
    await world.control('PATCH', `/users/${ADELE.username}`, { enabled: true, mfa: true });
    await expect(back({}, { mfaCode: '000000' })).rejects.toThrow('AADSTS50074');
    expect((await back()).get('code')).not.toBeNull();
  });

  it('lets a wrong password be corrected on the page', async () => {
    const first = await fetch(world.authorizeUrl({ login_hint: ADELE.username }), { redirect: 'manual' });
    const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const ctx = /name="ctx" value="([^"]+)"/.exec(await first.text())?.[1] ?? '';
    const post = (passwd: string, withCookie = cookie) =>
      fetch(`${world.url}/common/oauth2/v2.0/authorize/continue`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: withCookie },
        body: new URLSearchParams({ ctx, step: 'password', passwd }),
      });
    expect(await (await post('wrong')).text()).toContain('AADSTS50126');
    expect(await (await post(ADELE.password, 'ESTSAUTH=another')).text()).toContain('AADSTS165000');
    const right = await post(ADELE.password);
    expect(right.status === 302 || (await right.text()).includes('Permissions requested')).toBe(true);
  });

  it('needs an admin where users may not consent, or the permission is only theirs to give', async () => {
    await world.control('PATCH', `/users/${ADELE.username}`, { consent: 'adminRequired' });
    const forbidden = await back({ scope: 'openid Contacts.ReadWrite' });
    expect(forbidden.get('error')).toBe('access_denied');
    await world.control('PATCH', `/users/${ADELE.username}`, { consent: 'granted' });
    expect((await back({ scope: 'openid Place.Read.All' })).get('error')).toBe('access_denied');
    const admin = `${world.url}/organizations/v2.0/adminconsent?${new URLSearchParams({
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT,
      state: 's',
      scope: 'https://graph.microsoft.com/Place.Read.All',
    }).toString()}`;
    const refused = new URL((await signIn(admin, ADELE)).redirectTo);
    expect(refused.searchParams.get('error')).toBe('access_denied');
    const granted = new URL((await signIn(admin, { username: 'admin@contoso.example', password: 'x' })).redirectTo);
    expect(granted.searchParams.get('admin_consent')).toBe('True');
    expect((await back({ scope: 'openid Place.Read.All' })).get('code')).not.toBeNull();
  });
});

describe('what is refused as a page', () => {
  it.each([
    [
      'a redirect URI that is not registered',
      { redirect_uri: 'https://evil.example/callback' },
      'AADSTS50011',
      undefined,
    ],
    ['a redirect URI with another path', { redirect_uri: `${REDIRECT}/more` }, 'AADSTS50011', undefined],
    ['an unknown app', { client_id: '99999999-2222-4333-8444-555555555555' }, 'AADSTS700016', undefined],
    ['an unknown tenant', {}, 'AADSTS90002', '77777777-2222-4333-8444-555555555555'],
  ])('%s', async (_, changes, code, tenant) => {
    const shown = await show(changes, tenant);
    expect(shown.location).toBeNull();
    expect(shown.text).toContain(code);
  });

  it('an app of one tenant at common', async () => {
    await world.control('POST', '/apps', { clientId: '22222222-2222-4333-8444-555555555555', audience: 'single' });
    const changes = { client_id: '22222222-2222-4333-8444-555555555555' };
    expect((await show(changes)).text).toContain('AADSTS50194');
    expect((await show(changes, 'contoso.example')).text).toContain('Sign in');
  });

  it('a personal account at organizations', async () => {
    const answers = { username: 'pat@outlook.example', password: 'x' };
    await expect(back({}, answers, 'organizations')).rejects.toThrow('AADSTS50020');
    expect((await back({}, answers, 'consumers')).get('code')).not.toBeNull();
  });
});

describe('what goes back to the app as an error', () => {
  it.each([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: undefined }, 'invalid_request'],
    [{ scope: 'Mail.Reed' }, 'invalid_client'],
    [{ scope: 'https://graph.microsoft.com/.default Mail.Read' }, 'invalid_scope'],
    [{ prompt: 'none' }, 'login_required'],
    [{ prompt: 'sometimes' }, 'invalid_request'],
    [{ code_challenge: 'short', code_challenge_method: 'S256' }, 'invalid_request'],
  ])('%j: %s', async (changes, error) => {
    const { location } = await show(changes);
    const query = new URL(location ?? '').searchParams;
    expect(query.get('error')).toBe(error);
    expect(query.get('state')).toBe('state-1');
  });

  it('a shared-mailbox permission for a personal account', async () => {
    const query = await back({ scope: 'openid Mail.Read.Shared' }, { username: 'pat@outlook.example', password: 'x' });
    expect(query.get('error')).toBe('invalid_scope');
  });
});
