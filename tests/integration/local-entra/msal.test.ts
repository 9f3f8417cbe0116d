import {
  ConfidentialClientApplication,
  CryptoProvider,
  InteractionRequiredAuthError,
  ServerError,
} from '@azure/msal-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import { ADELE, CLIENT_ID, openWorld, REDIRECT, SECRET, type World } from './world.ts';

const SCOPES = ['User.Read', 'Mail.ReadWrite'];

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** An application as ours is: the real authority, and the local endpoints as its metadata. */
function application(tenant = 'common', clientSecret = SECRET) {
  const store = { cache: '' };
  const client = new ConfidentialClientApplication({
    auth: {
      clientId: CLIENT_ID,
      clientSecret,
      authority: `https://login.microsoftonline.com/${tenant}`,
      authorityMetadata: JSON.stringify({
        issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
        authorization_endpoint: `${world.url}/${tenant}/oauth2/v2.0/authorize`,
        token_endpoint: `${world.url}/${tenant}/oauth2/v2.0/token`,
        jwks_uri: `${world.url}/${tenant}/discovery/v2.0/keys`,
      }),
    },
    cache: {
      cachePlugin: {
        beforeCacheAccess: (context) => {
          context.tokenCache.deserialize(store.cache);
          return Promise.resolve();
        },
        afterCacheAccess: (context) => {
          if (context.cacheHasChanged) store.cache = context.tokenCache.serialize();
          return Promise.resolve();
        },
      },
    },
  });
  return { client, refreshToken: () => /"secret":\s*"(1\.AX[^"]{150,})"/.exec(store.cache)?.[1] };
}

async function connect(client: ConfidentialClientApplication) {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const sent = { scopes: SCOPES, redirectUri: REDIRECT, state: 'st', nonce: 'no' };
  const url = await client.getAuthCodeUrl({ ...sent, codeChallenge: challenge, codeChallengeMethod: 'S256' });
  const query = new URL((await signIn(url, ADELE)).redirectTo).searchParams;
  const came = {
    code: query.get('code') ?? '',
    state: query.get('state') ?? '',
    client_info: query.get('client_info') ?? '',
  };
  return client.acquireTokenByCode({ ...sent, code: came.code, codeVerifier: verifier }, came);
}

it('connects with PKCE, answers from the cache, and rotates on refresh', async () => {
  const { client, refreshToken } = application();
  const result = await connect(client);
  expect(result.account?.username).toBe(ADELE.username);
  expect(result.scopes).toEqual(expect.arrayContaining(SCOPES));
  const { account } = result;
  if (account === null) throw new Error('no account');
  const cached = await client.acquireTokenSilent({ account, scopes: SCOPES });
  expect(cached.accessToken).toBe(result.accessToken);
  const before = refreshToken();
  const fresh = await client.acquireTokenSilent({ account, scopes: SCOPES, forceRefresh: true });
  expect(fresh.accessToken).not.toBe(result.accessToken);
  expect(before).toBeDefined();
  expect(refreshToken()).not.toBe(before);
});

it('meets a dead grant in both of the classes that msal has for it', async () => {
  const { client } = application();
  const { account } = await connect(client);
  if (account === null) throw new Error('no account');
  const silent = () => client.acquireTokenSilent({ account, scopes: SCOPES, forceRefresh: true });
  await world.control('POST', `/users/${ADELE.username}/revoke`, { error: '50173' });
  await expect(silent()).rejects.toBeInstanceOf(InteractionRequiredAuthError);
  await world.control('POST', `/users/${ADELE.username}/revoke`, { error: '700082' });
  const error: unknown = await silent().catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject({ errorCode: 'invalid_grant', errorNo: 700082 });
});

it('gets an app-only token once and then from the cache', async () => {
  const { client } = application('8f1d2c3b-4a59-4e68-9b7c-0d1e2f3a4b5c');
  const ask = () => client.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] });
  const first = await ask();
  expect((await ask())?.accessToken).toBe(first?.accessToken);
});

it('is told of a wrong secret', async () => {
  const { client } = application('common', 'wrong');
  await expect(connect(client)).rejects.toMatchObject({ errorCode: 'invalid_client', errorNo: 7000215 });
});
