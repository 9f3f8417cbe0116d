import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADELE, CLIENT_ID, openWorld, pkce, record, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) });

describe('the code', () => {
  it('gives tokens, an id token that verifies, and client_info', async () => {
    const { status, body } = await world.redeem(await world.code({ nonce: 'n-1' }), { client_info: '1' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
    expect(String(body['scope']).split(' ')).toEqual(expect.arrayContaining(['Mail.ReadWrite', 'User.Read', 'openid']));
    expect(String(body['scope'])).not.toContain('offline_access');
    const keys = jwks.parse(await (await fetch(`${world.url}/common/discovery/v2.0/keys`)).json());
    const { payload } = await jwtVerify(String(body['id_token']), createLocalJWKSet(keys), { audience: CLIENT_ID });
    expect(payload).toMatchObject({ nonce: 'n-1', preferred_username: ADELE.username, ver: '2.0' });
    expect(payload.iss).toBe(`https://login.microsoftonline.com/${String(payload['tid'])}/v2.0`);
    const info = record(JSON.parse(Buffer.from(String(body['client_info']), 'base64url').toString()));
    expect(info).toEqual({ uid: payload['oid'], utid: payload['tid'] });
  });

  it('gives no refresh token without offline_access', async () => {
    const { body } = await world.redeem(await world.code({ scope: 'openid Mail.Read' }));
    expect(body).not.toHaveProperty('refresh_token');
  });

  it('is good once, for ten minutes, and for its redirect URI', async () => {
    const code = await world.code();
    expect(
      (await world.redeem(code, { redirect_uri: 'http://localhost:1/api/oauth/microsoft/callback' })).body,
    ).toMatchObject({
      error: 'invalid_client',
      error_codes: [500112],
    });
    expect((await world.redeem(code)).status).toBe(200);
    expect((await world.redeem(code)).body).toMatchObject({ error: 'invalid_grant', error_codes: [54005] });
    const late = await world.code();
    await world.control('POST', '/clock', { advanceSeconds: 601 });
    expect((await world.redeem(late)).body).toMatchObject({ error: 'invalid_grant', error_codes: [70008] });
  });

  it('wants the verifier of its challenge', async () => {
    const { verifier, challenge } = pkce();
    const code = await world.code({ code_challenge: challenge, code_challenge_method: 'S256' });
    for (const wrong of [undefined, `${verifier}x`, challenge]) {
      expect((await world.redeem(code, { code_verifier: wrong })).body).toMatchObject({ error_codes: [501481] });
    }
    expect((await world.redeem(code, { code_verifier: verifier })).status).toBe(200);
    const plain = await world.code({ code_challenge: verifier, code_challenge_method: 'plain' });
    expect((await world.redeem(plain, { code_verifier: verifier })).status).toBe(200);
  });
});

describe('the client', () => {
  it.each([
    [{ client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    [{ client_secret: undefined }, 401, 'invalid_client', 7000218],
    [{ client_id: '99999999-2222-4333-8444-555555555555' }, 400, 'unauthorized_client', 700016],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
  ])('%j: %i %s %i', async (fields, status, error, number) => {
    const answer = await world.token({ grant_type: 'refresh_token', refresh_token: 'x', ...fields });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error, error_codes: [number] });
    expect(answer.body['error_description']).toMatch(
      new RegExp(
        `^AADSTS${number}: .*\\r\\nTrace ID: [0-9a-f-]{36}\\r\\nCorrelation ID: [0-9a-f-]{36}\\r\\nTimestamp: .*Z$`,
      ),
    );
  });

  it('is told that its secret has expired', async () => {
    await world.control('PATCH', `/apps/${CLIENT_ID}`, { secretExpired: true });
    const answer = await world.token({ grant_type: 'refresh_token', refresh_token: 'x' });
    await world.control('PATCH', `/apps/${CLIENT_ID}`, { secretExpired: false });
    expect(answer.body).toMatchObject({ error: 'invalid_client', error_codes: [7000222] });
  });

  it('gets an app-only token without scope and refresh token, in its tenant alone', async () => {
    const scope = 'https://graph.microsoft.com/.default';
    const { status, body } = await world.token({ grant_type: 'client_credentials', scope }, 'contoso.example');
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'ext_expires_in', 'token_type']);
    expect((await world.token({ grant_type: 'client_credentials', scope })).body).toMatchObject({
      error_codes: [50059],
    });
    const single = await world.token({ grant_type: 'client_credentials', scope: 'Mail.Read' }, 'contoso.example');
    expect(single.body).toMatchObject({ error: 'invalid_scope' });
  });
});

describe('the refresh token', () => {
  it('brings a successor and lives on, unless the tenant is strict', async () => {
    const { body } = await world.redeem(await world.code());
    const second = await world.refresh(body['refresh_token']);
    expect(second.body['refresh_token']).not.toBe(body['refresh_token']);
    expect((await world.refresh(body['refresh_token'])).status).toBe(200);
    await world.control('PATCH', '/settings', { refreshTokens: { strict: true } });
    expect((await world.refresh(body['refresh_token'])).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [70000],
    });
    expect((await world.refresh(second.body['refresh_token'])).status).toBe(200);
    await world.control('PATCH', '/settings', { refreshTokens: { strict: false } });
  });

  it('is refused for permissions that nobody consented to', async () => {
    const { body } = await world.redeem(await world.code());
    const answer = await world.refresh(body['refresh_token'], { scope: 'Contacts.ReadWrite offline_access' });
    expect(answer.body).toMatchObject({ error: 'invalid_grant', suberror: 'consent_required', error_codes: [65001] });
  });

  it('dies after 90 days unused', async () => {
    const { body } = await world.redeem(await world.code());
    await world.control('POST', '/clock', { advanceSeconds: 90 * 86_400 + 1 });
    const answer = await world.refresh(body['refresh_token']);
    expect(answer.body).toMatchObject({ error: 'invalid_grant', error_codes: [700082] });
    expect(answer.body).not.toHaveProperty('suberror');
    expect(answer.body['error_description']).toContain('inactive for 90.00:00:00');
  });

  it.each([
    ['50173', 'invalid_grant', false],
    ['700082', 'invalid_grant', false],
    ['65001', 'invalid_grant', false],
    ['53003', 'interaction_required', true],
    ['50076', 'interaction_required', true],
    ['90033', 'temporarily_unavailable', false],
  ])('answers a revocation by %s with %s until the next sign-in', async (number, error, claims) => {
    const { body } = await world.redeem(await world.code());
    await world.control('POST', `/users/${ADELE.username}/revoke`, { error: number });
    const dead = await world.refresh(body['refresh_token']);
    expect(dead.body).toMatchObject({ error, error_codes: [Number(number)] });
    expect('claims' in dead.body).toBe(claims);
    const fresh = await world.redeem(await world.code());
    expect((await world.refresh(fresh.body['refresh_token'])).status).toBe(200);
    expect((await world.refresh(body['refresh_token'])).body).toMatchObject({ error });
  });

  it('is refused while the account is disabled, consent is withdrawn, or a second factor is new', async () => {
    const { body } = await world.redeem(await world.code());
    const patch = (change: unknown) => world.control('PATCH', `/users/${ADELE.username}`, change);
    await patch({ enabled: false });
    expect((await world.refresh(body['refresh_token'])).body).toMatchObject({ error_codes: [50057] });
    await patch({ enabled: true, mfa: true });
    expect((await world.refresh(body['refresh_token'])).body).toMatchObject({ error_codes: [50076] });
    await patch({ mfa: false, consent: 'withdrawn' });
    expect((await world.refresh(body['refresh_token'])).body).toMatchObject({ error_codes: [65001] });
    const again = await world.redeem(await world.code());
    expect((await world.refresh(again.body['refresh_token'])).status).toBe(200);
  });
});

describe('the access token', () => {
  it('opens Graph until it expires', async () => {
    const { body } = await world.redeem(await world.code());
    const me = () =>
      fetch(`${world.url}/v1.0/me`, { headers: { authorization: `Bearer ${String(body['access_token'])}` } });
    expect((await me()).status).toBe(200);
    await world.control('POST', '/clock', { advanceSeconds: 3600 });
    const late = await me();
    expect(late.status).toBe(401);
    expect(await late.json()).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } });
  });

  it('is of no use to Graph when it is for another resource', async () => {
    const { body } = await world.redeem(await world.code({ scope: 'openid https://outlook.office.com/Mail.Read' }));
    const me = await fetch(`${world.url}/v1.0/me`, {
      headers: { authorization: `Bearer ${String(body['access_token'])}` },
    });
    expect(me.status).toBe(401);
  });
});

it('describes itself, with {tenantid} for common and the GUID for a tenant', async () => {
  const read = async (tenant: string) =>
    record(await (await fetch(`${world.url}/${tenant}/v2.0/.well-known/openid-configuration`)).json());
  expect((await read('common'))['issuer']).toBe('https://login.microsoftonline.com/{tenantid}/v2.0');
  const own = await read('contoso.example');
  expect(own['issuer']).toMatch(/\/[0-9a-f-]{36}\/v2\.0$/);
  expect(own['token_endpoint']).toBe(`${world.url}/contoso.example/oauth2/v2.0/token`);
});
