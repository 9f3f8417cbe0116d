import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ProtocolError } from '../../../shared/errors.ts';
import { openSignIn } from '../../../shared/graph/sign-in.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { startTlsProxy, type TlsProxy } from '../../support/tls-proxy.ts';
import { failureOf } from '../graph/support.ts';
import { Tenancy } from '../graph/tenant.ts';

const bearers = z.array(
  z.looseObject({ path: z.string(), status: z.number(), headers: z.record(z.string(), z.string()) }),
);

/** A cloud of its own: sign-in and Graph at two https origins, and a Graph that takes no tokens for another cloud's. */
class Cloud implements AsyncDisposable {
  readonly tenancy: Tenancy;
  readonly authority: TlsProxy;
  readonly graph: TlsProxy;

  private constructor(tenancy: Tenancy, authority: TlsProxy, graph: TlsProxy) {
    this.tenancy = tenancy;
    this.authority = authority;
    this.graph = graph;
  }

  static async start(): Promise<Cloud> {
    const tenancy = await Tenancy.start();
    const { url } = tenancy.microsoft;
    const [authority, graph] = await Promise.all([startTlsProxy(url), startTlsProxy(url)]);
    setDefaultCACertificates([...getCACertificates(), authority.certificate, graph.certificate]);
    await tenancy.control('PATCH', '/settings', { graphResource: graph.origin });
    return new Cloud(tenancy, authority, graph);
  }

  worker() {
    return this.tenancy.worker({ authority: this.authority.origin, graph: this.graph.origin });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.authority.close(), this.graph.close()]);
    await this.tenancy[Symbol.asyncDispose]();
  }
}

const usual = getCACertificates();
let one: Cloud;
let other: Cloud;
beforeAll(async () => {
  one = await Cloud.start();
  other = await Cloud.start();
});
afterAll(async () => {
  setDefaultCACertificates(usual);
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

describe('a national cloud', () => {
  it('is signed in to and read at its own two origins, by scopes of its own Graph', async () => {
    const worker = one.worker();
    await one.tenancy.connect('c-own', ['mail'], worker);
    const source = await one.tenancy.source(worker, 'c-own');
    expect(await source.get('/me')).toMatchObject({ userPrincipalName: 'kim@contoso.com' });
    const first = await source.page({ path: '/me/mailFolders/inbox/messages/delta?$select=id' }, 2);
    // Links lead to the origin that was asked, and are followed there.
    const link = first.next ?? first.delta ?? '';
    expect(new URL(link).origin).toBe(one.graph.origin);
    expect(await source.page(link, 2)).toHaveProperty('items');
    const asked = one.authority.seen.map(({ path }) => path.split('?')[0]);
    expect(asked).toContain('/common/v2.0/.well-known/openid-configuration');
    expect(asked).toContain('/common/oauth2/v2.0/token');
    const authorize = one.authority.seen.find(({ path }) => path.includes('/authorize?'))?.path ?? '';
    const scopes = new URL(authorize, one.authority.origin).searchParams.get('scope')?.split(' ') ?? [];
    expect(scopes).toContain(`${one.graph.origin}/Mail.ReadWrite`);
    expect(scopes.filter((scope) => scope.includes('.') && !scope.startsWith(one.graph.origin))).toEqual([]);
  });

  it('keeps its bearer tokens to its own Graph, wherever a link leads', async () => {
    const worker = one.worker();
    await one.tenancy.connect('c-link', ['mail'], worker);
    const source = await one.tenancy.source(worker, 'c-link');
    await source.get('/me');
    const before = other.graph.seen.length;
    const link = `${other.graph.origin}/v1.0/me/messages/delta?$deltatoken=x`;
    expect(await failureOf(source.page(link, 10))).toBeInstanceOf(ProtocolError);
    expect(other.graph.seen.length).toBe(before);
    // Nor does it go to the sign-in, and the secrets of the sign-in do not go to Graph.
    expect(one.authority.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    expect(one.graph.seen.filter(({ path }) => path.includes('oauth2'))).toEqual([]);
  });

  it('takes no token of another cloud, and its tokens are of no use there', async () => {
    const worker = one.worker();
    await one.tenancy.connect('c-token', ['mail'], worker);
    await (await one.tenancy.source(worker, 'c-token')).get('/me');
    const token = one.graph.seen.at(-1)?.authorization ?? '';
    expect(token).toMatch(/^Bearer /);
    const me = (cloud: Cloud): Promise<Response> =>
      fetch(`${cloud.graph.origin}/v1.0/me`, { headers: { authorization: token } });
    expect((await me(one)).status).toBe(200);
    expect((await me(other)).status).toBe(401);
    // Nor does the sign-in of the other cloud take the refresh token: it is told as a dead grant, of that cloud.
    const strayed = one.tenancy.worker({ authority: other.authority.origin, graph: other.graph.origin });
    const seen = other.graph.seen.length;
    expect(await failureOf((await one.tenancy.source(strayed, 'c-token')).get('/me'))).toMatchObject({
      code: 'connection.unusable',
    });
    expect(other.graph.seen.length).toBe(seen);
  });

  it('is not reached by the scopes of the public cloud', async () => {
    const { tenancy, authority } = one;
    // A loopback Graph is asked for as the public cloud's is; this one takes no such tokens.
    const worker = tenancy.worker({ authority: authority.origin });
    await tenancy.connect('c-public', ['mail'], worker);
    await failureOf((await tenancy.source(worker, 'c-public')).get('/me'));
    const lines = bearers.parse(await tenancy.control('GET', '/requests'));
    expect(lines.filter(({ path }) => path === '/v1.0/me').at(-1)?.status).toBe(401);
  });
});

describe("Microsoft's own national clouds", () => {
  it.each([
    ['https://login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
    ['https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
    ['https://login.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ])(
    '%s with %s: the sign-in begins there, by its scopes, and nobody else is asked',
    async (authorityHost, graphBaseUrl) => {
      const signIn = openSignIn({
        settings: {
          clientId: 'c',
          credential: { kind: 'secret', secret: 's' },
          tenantId: 'common',
          authorityHost,
          graphBaseUrl,
        },
        publicBaseUrl: 'https://sync.example',
        random: systemRandom,
      });
      const { url } = await signIn.begin({ state: 's', domains: ['mail'], loginHint: null });
      // Of one cloud with two names msal uses the newer.
      const host = authorityHost.replace('login.chinacloudapi.cn', 'login.partner.microsoftonline.cn');
      expect(url.startsWith(`${host}/common/oauth2/v2.0/authorize?`)).toBe(true);
      const scopes = new URL(url).searchParams.get('scope')?.split(' ') ?? [];
      expect(scopes).toEqual(
        expect.arrayContaining([`${graphBaseUrl}/User.Read`, `${graphBaseUrl}/Mail.ReadWrite`, 'offline_access']),
      );
    },
  );
});
