import { describe, expect, it } from 'vitest';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import { failureOf } from './support.ts';
import { Tenancy } from './tenant.ts';

describe('signing in', () => {
  it('gives account, scopes and a cache without access or id tokens', async () => {
    await using tenancy = await Tenancy.start();
    const grant = await tenancy.signIn(tenancy.worker(), ['mail', 'contacts']);
    expect(grant.account).toMatchObject({
      objectId: tenancy.user.id,
      username: 'kim@contoso.com',
      displayName: 'Kim',
      kind: 'work',
    });
    expect(grant.scopes).toEqual(['contacts.readwrite', 'mail.readwrite', 'mailboxsettings.read', 'user.read']);
    const cache: unknown = JSON.parse(grant.cache);
    expect(cache).toMatchObject({ AccessToken: {}, IdToken: {} });
    expect(grant.cache).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });

  it('keeps no scope that the user granted to another feature', async () => {
    await using tenancy = await Tenancy.start();
    const worker = tenancy.worker();
    const wider = new URL((await worker.signIn.begin({ state: 'st', domains: ['mail'], loginHint: null })).url);
    wider.searchParams.set('scope', `${wider.searchParams.get('scope') ?? ''} Files.Read Mail.Send Mail.Read.Shared`);
    const { userPrincipalName: username, password } = tenancy.user;
    await signIn(wider.href, { username, password });
    const { scopes } = await tenancy.signIn(worker);
    expect(scopes).toEqual(['mail.read.shared', 'mail.readwrite', 'mailboxsettings.read', 'user.read']);
  });

  it('asks with PKCE, state, nonce and a choice of accounts', async () => {
    await using tenancy = await Tenancy.start();
    const start = await tenancy
      .worker()
      .signIn.begin({ state: 's-1', domains: ['mail'], loginHint: 'kim@contoso.com' });
    const query = new URL(start.url).searchParams;
    expect(start.url).toMatch(tenancy.microsoft.authority);
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('code_challenge')).not.toBe(start.verifier);
    expect(query.get('state')).toBe('s-1');
    expect(query.get('nonce')).toBe(start.nonce);
    expect(query.get('prompt')).toBe('select_account');
    expect(query.get('login_hint')).toBe('kim@contoso.com');
    expect(query.get('redirect_uri')).toBe('http://127.0.0.1:7071/api/oauth/microsoft/callback');
    expect(query.get('scope')?.split(' ')).toEqual(
      expect.arrayContaining(['User.Read', 'Mail.ReadWrite', 'MailboxSettings.Read', 'offline_access', 'openid']),
    );
  });

  it.each([
    ['another verifier', { verifier: 'v'.repeat(43) }, 'app_misconfigured'],
    ['another nonce', { nonce: 'n' }, 'reauth_required'],
  ])('refuses an answer with %s', async (_, change, reason) => {
    await using tenancy = await Tenancy.start();
    const graph = tenancy.worker();
    const begun = await graph.signIn.begin({ state: 'st', domains: ['mail'], loginHint: null });
    const { userPrincipalName: username, password } = tenancy.user;
    const { redirectTo } = await signIn(begun.url, { username, password });
    const code = new URL(redirectTo).searchParams.get('code') ?? '';
    const answer = {
      code,
      clientInfo: null,
      state: 'st',
      verifier: begun.verifier,
      nonce: begun.nonce,
      domains: ['mail'],
    };
    expect(await failureOf(graph.signIn.finish({ ...answer, ...change }))).toMatchObject({ reason });
  });

  it('refuses a code that was used before', async () => {
    await using tenancy = await Tenancy.start();
    const graph = tenancy.worker();
    const begun = await graph.signIn.begin({ state: 'st', domains: ['mail'], loginHint: null });
    const { userPrincipalName: username, password } = tenancy.user;
    const { redirectTo } = await signIn(begun.url, { username, password });
    const code = new URL(redirectTo).searchParams.get('code') ?? '';
    const answer = {
      code,
      clientInfo: null,
      state: 'st',
      verifier: begun.verifier,
      nonce: begun.nonce,
      domains: ['mail'],
    };
    await graph.signIn.finish(answer);
    const error = await failureOf(graph.signIn.finish(answer));
    expect(error).toMatchObject({ code: 'connection.unusable', facts: { remoteCode: 'AADSTS54005' } });
    expect(String(error)).not.toContain(code);
  });

  it('explains a consent that was declined', async () => {
    await using tenancy = await Tenancy.start();
    const graph = tenancy.worker();
    const { url } = await graph.signIn.begin({ state: 'st', domains: ['mail'], loginHint: null });
    const { userPrincipalName: username, password } = tenancy.user;
    const { redirectTo } = await signIn(url, { username, password, consent: 'deny' });
    const query = new URL(redirectTo).searchParams;
    const told = graph.signIn.explain(query.get('error') ?? '', query.get('error_description'));
    expect(told.reason).toBe('consent_missing');
  });

  it('tells a wrong client secret from a fault of the user', async () => {
    await using tenancy = await Tenancy.start();
    expect(
      await failureOf(tenancy.signIn(tenancy.worker({ credential: { kind: 'secret', secret: 'wrong' } }))),
    ).toMatchObject({
      reason: 'app_misconfigured',
    });
  });
});
