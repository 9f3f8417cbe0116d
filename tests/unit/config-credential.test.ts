import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { credentialWarnings } from '../../shared/api/health/credential-warnings.ts';
import { loadConfig } from '../../shared/config.ts';
import { makeCertificate } from '../support/certificate.ts';

const example = z
  .object({ Values: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('local.settings.example.json', 'utf8'))).Values;
const SECRET = 'MICROSOFT_CLIENT_SECRET';
const CERTIFICATE = 'MICROSOFT_CLIENT_CERTIFICATE';
const FEDERATED = 'MICROSOFT_FEDERATED_IDENTITY_CLIENT_ID';
const load = (given: Readonly<Record<string, string>>) =>
  loadConfig({ ...example, [SECRET]: '', [CERTIFICATE]: '', [FEDERATED]: '', ...given }).microsoft;

const DAY = 86_400_000;
const made = makeCertificate();
const another = makeCertificate();
const IDENTITY = 'c0ffee00-1111-4222-8333-444444444444';

describe('the credential', () => {
  it.each([
    ['PEM', made.pem],
    ['PEM with the key first', made.privateKey + made.certificate],
    ['PEM of a chain', another.certificate + made.pem],
    ['PEM with line ends written out', made.pem.replaceAll('\n', String.raw`\n`)],
    ['PEM with other line ends', made.pem.replaceAll('\n', '\r\n')],
    ['base64 of PEM', Buffer.from(made.pem).toString('base64')],
  ])('may be a certificate as %s', (_, text) => {
    const { credential } = load({ [CERTIFICATE]: text });
    const expected = load({ [CERTIFICATE]: made.pem }).credential;
    expect(credential).toEqual(expected);
    expect(credential.kind === 'certificate' ? credential.thumbprint : '').toMatch(/^[0-9A-F]{64}$/);
  });

  it('may be a managed identity', () => {
    expect(load({ [FEDERATED]: IDENTITY }).credential).toEqual({ kind: 'federated', identityClientId: IDENTITY });
    expect(load({ [FEDERATED]: 'system' }).credential).toEqual({ kind: 'federated', identityClientId: null });
  });

  it('may be a secret', () => {
    expect(load({ [SECRET]: 's3cret' }).credential).toEqual({ kind: 'secret', secret: 's3cret' });
  });

  it('is missed by the names that it may have, beside every other fault', () => {
    expect(() => load({ LEASE_SECONDS: '1' })).toThrow(
      new RegExp(`LEASE_SECONDS[^]*${SECRET}: is missing[^]*${CERTIFICATE}[^]*${FEDERATED}`),
    );
  });

  it.each([
    [SECRET, CERTIFICATE],
    [SECRET, FEDERATED],
    [CERTIFICATE, FEDERATED],
  ])('is one: %s beside %s is refused, and both are named', (first, second) => {
    const values = { [SECRET]: 's3cret', [CERTIFICATE]: made.pem, [FEDERATED]: IDENTITY };
    const given = Object.fromEntries(Object.entries(values).filter(([name]) => name === first || name === second));
    expect(() => load(given)).toThrow(new RegExp(`${first}: stands beside ${second}`));
  });

  it.each([
    ['nothing of the kind', 'certificate', /PEM/],
    ['a certificate without its key', made.certificate, /no private key/],
    ['a key without its certificate', made.privateKey, /no certificate/],
    [
      'the key of another certificate',
      made.certificate + another.privateKey,
      /no certificate that its private key fits/,
    ],
    ['a broken certificate', made.pem.replace(/MII.{20}/, 'MIIC'), /cannot be read/],
    ['an encrypted key', made.certificate + made.privateKey.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'), /passphrase/],
    ['a key that is too short', makeCertificate({ bits: 1024 }).pem, /2048/],
    ['a key of another kind', makeCertificate({ type: 'ec' }).pem, /RSA/],
    ['PKCS#12', Buffer.concat([Buffer.from([0x30, 0x82]), Buffer.alloc(900)]).toString('base64'), /x-pem-file/],
    ['a reference that was not resolved', '@Microsoft.KeyVault(SecretUri=https://v.example/secrets/c)', /Key Vault/],
  ])('as a certificate is refused where it is %s', (_, text, told) => {
    const read = () => load({ [CERTIFICATE]: text });
    expect(read).toThrow(told);
    expect(read).toThrow(new RegExp(CERTIFICATE));
    // Neither the key nor a part of it is told.
    expect(read).not.toThrow(made.privateKey.slice(40, 80));
  });

  it('as a secret is no reference that was not resolved', () => {
    expect(() => load({ [SECRET]: '@Microsoft.KeyVault(VaultName=v;SecretName=s)' })).toThrow(/could not be resolved/);
  });

  it('as an identity is a client id', () => {
    expect(() => load({ [FEDERATED]: 'my-identity' })).toThrow(/client id/);
  });
});

describe('a certificate that ends', () => {
  const now = new Date('2026-11-01T00:00:00Z');
  const warnings = (from: number, to: number): string[] => {
    const { pem } = makeCertificate({
      from: new Date(now.getTime() + from * DAY),
      to: new Date(now.getTime() + to * DAY),
    });
    return credentialWarnings(load({ [CERTIFICATE]: pem }), now);
  };

  it('is told in health for a month before, and after; it does not stop the start', () => {
    expect(warnings(-1, 31)).toEqual([]);
    expect(warnings(-1, 29)).toEqual(['the client certificate expires at 2026-11-30T00:00:00.000Z']);
    expect(warnings(-9, -1)).toEqual([
      'the client certificate has expired at 2026-10-31T00:00:00.000Z: no account can be synced',
    ]);
    expect(warnings(1, 90)).toEqual(['the client certificate is not valid before 2026-11-02T00:00:00.000Z']);
  });

  it('is no matter of the other credentials', () => {
    expect(credentialWarnings(load({ [SECRET]: 's3cret' }), now)).toEqual([]);
  });
});

describe('the cloud', () => {
  const ofClouds = (authority: string, graph: string) =>
    load({ [SECRET]: 's3cret', MICROSOFT_AUTHORITY_HOST: authority, GRAPH_BASE_URL: graph });

  it.each([
    ['https://login.microsoftonline.com', 'https://graph.microsoft.com'],
    ['https://login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
    ['https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
    ['https://login.another.example', 'https://graph.another.example'],
    ['http://127.0.0.1:7072', 'https://graph.microsoft.us'],
  ])('may be that of %s and %s', (authorityHost, graphBaseUrl) => {
    expect(ofClouds(authorityHost, graphBaseUrl)).toMatchObject({ authorityHost, graphBaseUrl });
  });

  it('is one: the two addresses are set together, and the fault names the right one', () => {
    const half = () => loadConfig({ ...example, GRAPH_BASE_URL: '', MICROSOFT_AUTHORITY_HOST: 'https://login.microsoftonline.us' }); // prettier-ignore
    expect(half).toThrow(/GRAPH_BASE_URL: is of the public cloud.*US government.*https:\/\/graph\.microsoft\.us/);
    expect(() => ofClouds('https://login.microsoftonline.com', 'https://microsoftgraph.chinacloudapi.cn')).toThrow(
      /GRAPH_BASE_URL: is of the cloud in China/,
    );
  });
});
