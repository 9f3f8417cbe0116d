import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { importPKCS8, SignJWT, type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeCertificate, type MadeCertificate } from '../../support/certificate.ts';
import { CLIENT_ID, openWorld, type Answer, type World } from './world.ts';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const PRINCIPAL = '0b1e55ed-1111-4222-8333-444444444444';
const AUDIENCE = 'api://AzureADTokenExchange';

let world: World;
const held = makeCertificate();
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => world.control('PATCH', `/apps/${CLIENT_ID}`, { certificates: [held.certificate], federated: [] }));

const x5t = ({ certificate }: MadeCertificate): string =>
  createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url');

interface Changes {
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, string>>;
  readonly alg?: string;
  readonly signedBy?: MadeCertificate;
}

async function assertion(changes: Changes = {}): Promise<string> {
  const { alg = 'PS256', signedBy = held, claims = {}, header = {} } = changes;
  const now = Math.floor(Date.now() / 1000);
  const usual = {
    ...{ aud: `${world.url}/common/oauth2/v2.0/token`, iss: CLIENT_ID, sub: CLIENT_ID },
    ...{ jti: randomUUID(), nbf: now, exp: now + 600 },
  };
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg, 'x5t#S256': x5t(held), ...header })
    .sign(await importPKCS8(signedBy.privateKey, alg));
}

const redeem = async (proof: string, fields: Record<string, string | undefined> = {}): Promise<Answer> =>
  world.redeem(await world.code(), {
    client_secret: undefined,
    client_assertion: proof,
    client_assertion_type: TYPE,
    ...fields,
  });

describe('a client assertion signed with a certificate', () => {
  it.each(['PS256', 'RS256'])('stands for the secret, with %s', async (alg) => {
    expect((await redeem(await assertion({ alg }))).status).toBe(200);
  });

  it('may name the endpoint or the issuer of the authority as its audience', async () => {
    expect((await redeem(await assertion({ claims: { aud: `${world.url}/common/v2.0` } }))).status).toBe(200);
  });

  const past = Math.floor(Date.now() / 1000) - 10;
  const wrong: [string, Changes, number][] = [
    ['with another key', { signedBy: makeCertificate() }, 700027],
    ['of a certificate that is not registered', { header: { 'x5t#S256': x5t(makeCertificate()) } }, 700027],
    ['of another application', { claims: { iss: PRINCIPAL, sub: PRINCIPAL } }, 700021],
    ['with another subject', { claims: { sub: PRINCIPAL } }, 700021],
    ['for another authority', { claims: { aud: 'https://login.microsoftonline.us/common/oauth2/v2.0/token' } }, 700023],
    ['for another tenant', { claims: { aud: 'http://127.0.0.1:1/contoso.example/oauth2/v2.0/token' } }, 700023],
    ['that has expired', { claims: { exp: past } }, 700024],
    ['of the future', { claims: { nbf: past + 3_600, exp: past + 4_000 } }, 700024],
    ['without a number of its own', { claims: { jti: '' } }, 50027],
  ];
  it.each(wrong)('%s is refused', async (_, changes, number) => {
    const answer = await redeem(await assertion(changes));
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client', error_codes: [number] } });
  });

  it('is refused once its certificate has expired', async () => {
    const old = makeCertificate({ from: new Date(0), to: new Date(Date.now() - 1_000) });
    await world.control('PATCH', `/apps/${CLIENT_ID}`, { certificates: [old.certificate] });
    const answer = await redeem(await assertion({ signedBy: old, header: { 'x5t#S256': x5t(old) } }));
    expect(answer.body).toMatchObject({ error: 'invalid_client', error_codes: [700027] });
    expect(answer.body['error_description']).toContain('The key used is expired');
  });

  it.each(['', 'a.b.c', 'nothing of the kind', `${Buffer.from('{}').toString('base64url')}.e30.`])(
    'is none: %j',
    async (proof) => {
      expect((await redeem(proof)).body).toMatchObject({ error: 'invalid_client', error_codes: [50027] });
    },
  );

  it('is not taken unsigned', async () => {
    const [, claims] = (await assertion()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', 'x5t#S256': x5t(held) })).toString('base64url');
    expect((await redeem(`${header}.${claims ?? ''}.`)).body).toMatchObject({ error_codes: [700027] });
  });

  it('is not taken beside a secret, or as something else', async () => {
    expect((await redeem(await assertion(), { client_secret: 'local-secret' })).status).toBe(400);
    expect((await redeem(await assertion(), { client_assertion_type: 'jwt' })).body).toMatchObject({
      error_codes: [70002],
    });
  });
});

const assigned = z.object({ endpoint: z.string(), header: z.string(), issuer: z.string(), subject: z.string() });

describe('a managed identity', () => {
  const clientId = 'c0ffee00-1111-4222-8333-444444444444';
  let identity: z.output<typeof assigned>;
  beforeEach(async () => {
    await world.control('DELETE', '/identities');
    identity = assigned.parse(await world.control('POST', '/identities', { clientId, principalId: PRINCIPAL }));
  });

  const ask = async (query: Readonly<Record<string, string>>, header = identity.header): Promise<Response> =>
    fetch(
      `${identity.endpoint}?${new URLSearchParams({ 'api-version': '2019-08-01', resource: AUDIENCE, ...query }).toString()}`,
      {
        headers: { 'x-identity-header': header },
      },
    );
  const tokenOf = async (): Promise<string> =>
    z.object({ access_token: z.string() }).parse(await (await ask({ client_id: clientId })).json()).access_token;
  const trust = (changes: object = {}): Promise<unknown> => {
    const { issuer, subject } = identity;
    return world.control('PATCH', `/apps/${CLIENT_ID}`, {
      federated: [{ issuer, subject, audience: AUDIENCE, ...changes }],
    });
  };

  it('gives tokens to who shows the header, for an identity that is assigned', async () => {
    expect((await ask({ client_id: clientId })).status).toBe(200);
    expect((await ask({ client_id: clientId }, 'guessed')).status).toBe(401);
    expect((await ask({ client_id: PRINCIPAL })).status).toBe(400);
    expect((await ask({})).status).toBe(400);
    expect((await ask({ client_id: clientId, 'api-version': '2017-09-01' })).status).toBe(400);
  });

  it('proves the application that trusts it', async () => {
    await trust();
    expect((await redeem(await tokenOf())).status).toBe(200);
  });

  it.each([
    ['issuer', { issuer: 'https://login.microsoftonline.com/another/v2.0' }, 700211],
    ['subject', { subject: CLIENT_ID }, 700213],
    ['audience', { audience: 'api://AzureADTokenExchangeUSGov' }, 700212],
  ])('is refused where another %s is trusted', async (_, changes, number) => {
    await trust(changes);
    expect((await redeem(await tokenOf())).body).toMatchObject({ error: 'invalid_client', error_codes: [number] });
  });

  it('is refused with another signature, and after its time', async () => {
    await trust();
    const token = await tokenOf();
    expect((await redeem(`${token.slice(0, -6)}AAAAAA`)).body).toMatchObject({ error_codes: [50013] });
    await world.control('POST', '/clock', { advanceSeconds: 86_500 });
    expect((await redeem(token)).body).toMatchObject({ error_codes: [700024] });
  });
});
