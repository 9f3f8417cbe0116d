import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import { callbackPage, loginPage } from '../../../shared/api/connect/oauth-pages.ts';
import { openApiWorld, USER, type ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

async function link(userId: string, fields: Record<string, unknown> = {}): Promise<string> {
  const body = { userId, domains: ['mail'], returnUrl: 'https://app.example.com/connected', ...fields };
  return String((await world.call('POST', '/connect-links', { body })).body['url']);
}

/** One tab: signed in at Microsoft, on its way back. */
async function tab(url: string): Promise<{ back: string; cookie: string }> {
  const { authorizeUrl, cookie } = await world.login(url);
  const { redirectTo } = await signIn(authorizeUrl, { ...USER, consent: 'accept' });
  return { back: redirectTo, cookie };
}

const connections = async (userId: string): Promise<number> =>
  (await world.app.connections.list({ userId, limit: 10, after: null })).connections.length;

describe('a sign-in', () => {
  it('of two tabs that come back at once connects one account, once', async () => {
    const url = await link('two-tabs');
    const [one, two] = [await tab(url), await tab(url)];
    const cookies = `${one.cookie}; ${two.cookie}`;
    const answers = await Promise.all([one, two].map(({ back }) => world.callback(back, cookies)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([302, 410]);
    expect(await connections('two-tabs')).toBe(1);
  });

  it('that is replayed at once, with its cookie, counts once', async () => {
    const { back, cookie } = await tab(await link('replayed'));
    const answers = await Promise.all(Array.from({ length: 5 }, () => world.callback(back, cookie)));
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(4);
    expect((await world.callback(back, cookie)).status).toBe(410);
  });

  it('does not go on in the browser of another person', async () => {
    const attacker = await tab(await link('attacker'));
    const victim = await tab(await link('victim'));
    expect((await world.callback(attacker.back, victim.cookie)).status).toBe(400);
    expect((await world.callback(attacker.back, null)).status).toBe(400);
    const renamed = `${attacker.cookie.split('=')[0] ?? ''}=${victim.cookie.split('=')[1] ?? ''}`;
    expect((await world.callback(attacker.back, renamed)).status).toBe(400);
    expect(await connections('attacker')).toBe(0);
    expect((await world.callback(victim.back, victim.cookie)).status).toBe(302);
  });

  it('takes the code of another sign-in for none of its own', async () => {
    const [attacker, victim] = [await tab(await link('injected')), await tab(await link('injecting'))];
    const mixed = new URL(victim.back);
    mixed.searchParams.set('code', new URL(attacker.back).searchParams.get('code') ?? '');
    const answer = await world.callback(mixed.href, victim.cookie);
    expect(answer.headers.get('location')).toContain('status=error');
    expect(await connections('injecting')).toBe(0);
  });

  it('is dead after its time, although the link was good when it began', async () => {
    const { back, cookie } = await tab(await link('late'));
    world.clock.move(15 * 60_000 + 1);
    expect((await world.callback(back, cookie)).status).toBe(410);
  });

  it('takes its cookie away, and never sets one that script or plain http can read', async () => {
    const response = await loginPage(world.app)(new Request(await link('cookie')), {
      requestId: 'r',
      log: world.app.log,
    });
    expect(response.headers.get('set-cookie')).toMatch(
      /; Path=\/api\/oauth\/microsoft; Max-Age=900; HttpOnly; SameSite=Lax/,
    );
    const { back, cookie } = await tab(await link('cookie'));
    expect((await world.callback(back, cookie)).headers.get('set-cookie')).toMatch(/^signin_[^=]+=; .*Max-Age=0/);
  });
});

describe('an account that was renamed', () => {
  it('is found by its old address no more: somebody else may have it by now', async () => {
    await world.follow(await link('renamed'));
    const [connection] = (await world.app.connections.list({ userId: 'renamed', limit: 1, after: null })).connections;
    const row = await world.app.connections.read(connection?.id ?? '');
    if (row === null) throw new Error('no connection');
    const { id, account } = row.connection;
    const before = { ...row.connection, account: { ...account, username: 'Old@contoso.example' } };
    await world.app.connections.replace(before, row.version);
    await world.app.lookups.add('address', 'old@contoso.example', id);

    await world.follow(await link('renamed'));
    expect(await world.app.lookups.find('address', 'old@contoso.example')).toEqual([]);
    expect(await world.app.lookups.find('address', USER.username)).toContain(id);
  });
});

describe('what a callback is sent', () => {
  it('never comes back in a page or a header', async () => {
    const attack = '<script>alert(1)</script>\r\nx-evil: 1';
    const url = await link('markup', { returnUrl: null });
    for (const cookie of ['own', null]) {
      const login = await world.login(url);
      const state = new URL(login.authorizeUrl).searchParams.get('state') ?? '';
      const back = new URL('http://127.0.0.1:7071/api/oauth/microsoft/callback');
      for (const name of ['error', 'error_description', 'error_uri', 'client_info', 'session_state'])
        back.searchParams.set(name, attack);
      back.searchParams.set('state', state);
      const answer = await world.callback(back.href, cookie === null ? null : login.cookie);
      expect(answer.status).toBe(400);
      expect(await answer.text()).not.toMatch(/<script|x-evil/);
      expect(answer.headers.get('x-evil')).toBeNull();
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    }
  });

  it('may be anything', async () => {
    const serve = callbackPage(world.app);
    for (const query of [
      '',
      '?state=',
      '?state=%00',
      '?state=a&state=b',
      `?state=${'x'.repeat(8_000)}`,
      '?state=%F0%9F',
    ]) {
      const request = new Request(`http://127.0.0.1:7071/api/oauth/microsoft/callback${query}`, {
        headers: { cookie: `signin_x=${'A'.repeat(4_000)}; =; ;;; signin_=AAAA` },
      });
      expect((await serve(request, { requestId: 'r', log: world.app.log })).status).toBe(400);
    }
  });
});

describe('the log of all this (P16)', () => {
  it('holds no code, state, cookie, link, verifier or address', async () => {
    const url = await link('logged');
    const { back, cookie } = await tab(url);
    const query = new URL(back).searchParams;
    const broken = new URL(back);
    broken.searchParams.set('code', `${query.get('code') ?? ''}x`);
    await world.callback(broken.href, cookie);
    const [state, code, sealed] = [query.get('state'), query.get('code'), cookie.split('=')[1]];
    const all = world.lines.join('\n');
    expect(all).toContain('connect.refused');
    for (const secret of [state, code, sealed, new URL(url).searchParams.get('link'), USER.username, 'local-secret'])
      expect(all).not.toContain(secret);
  });
});
