import { describe, expect, it } from 'vitest';
import type { ClientCredential } from '../../../shared/config-credential.ts';
import { ConnectionError } from '../../../shared/errors.ts';
import { readCertificate } from '../../../shared/lib/certificate.ts';
import { makeCertificate, type MadeCertificate } from '../../support/certificate.ts';
import { failureOf } from '../graph/support.ts';
import { Tenancy } from '../graph/tenant.ts';

const CLIENT_ID = '11111111-2222-4333-8444-555555555555';
const [held, next] = [makeCertificate(), makeCertificate()];

const credentialOf = ({ pem }: MadeCertificate): ClientCredential => ({ kind: 'certificate', ...readCertificate(pem) });
const register = (tenancy: Tenancy, ...certificates: readonly MadeCertificate[]): Promise<unknown> =>
  tenancy.control('PATCH', `/apps/${CLIENT_ID}`, { certificates: certificates.map(({ certificate }) => certificate) });

describe('a certificate in place of a secret', () => {
  it('signs a user in and refreshes', async () => {
    await using tenancy = await Tenancy.start();
    await register(tenancy, held);
    // The secret must play no part in it.
    await tenancy.control('PATCH', `/apps/${CLIENT_ID}`, { secret: 'another' });
    const worker = tenancy.worker({ credential: credentialOf(held) });
    await tenancy.connect('c-1', ['mail'], worker);
    const before = await tenancy.tokenCalls();
    expect(await (await tenancy.source(worker)).get('/me')).toMatchObject({ userPrincipalName: 'kim@contoso.com' });
    expect(await tenancy.tokenCalls()).toBe(before + 1);
    expect((await tenancy.row()).secret?.version).toBe('2');
  });

  it('that is not registered is a fault of the set-up, and leaves the grant alone', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    await register(tenancy, held);
    const worker = tenancy.worker({ credential: credentialOf(next) });
    const error = await failureOf((await tenancy.source(worker)).get('/me'));
    expect(error).toMatchObject({ reason: 'app_misconfigured', facts: { status: 401, remoteCode: 'AADSTS700027' } });
    expect(String(error)).toContain('its certificate is not registered');
    expect(await failureOf(tenancy.signIn(worker))).toMatchObject({ reason: 'app_misconfigured' });
    expect(await tenancy.row()).toMatchObject({ status: 'connected', secret: { version: '1' }, refresh: null });
    expect(tenancy.lines.join('\n')).not.toContain('PRIVATE KEY');
  });

  it('that has expired is a fault of the set-up', async () => {
    await using tenancy = await Tenancy.start();
    const old = makeCertificate({ from: new Date(0), to: new Date(Date.now() - 1_000) });
    await tenancy.connect();
    await register(tenancy, old);
    const error = await failureOf((await tenancy.source(tenancy.worker({ credential: credentialOf(old) }))).get('/me'));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ reason: 'app_misconfigured', message: /certificate is not registered, or has expired/ }); // prettier-ignore
  });

  it('is rotated while both are registered: old and new workers go on', async () => {
    await using tenancy = await Tenancy.start();
    await register(tenancy, held);
    const before = tenancy.worker({ credential: credentialOf(held) });
    await tenancy.connect('c-1', ['mail'], before);
    await register(tenancy, held, next);
    await (await tenancy.source(before)).get('/me');
    await (await tenancy.source(tenancy.worker({ credential: credentialOf(next) }))).get('/me');
    await register(tenancy, next);
    await (await tenancy.source(tenancy.worker({ credential: credentialOf(next) }))).get('/me');
    const late = tenancy.worker({ credential: credentialOf(held) });
    expect(await failureOf((await tenancy.source(late)).get('/me'))).toMatchObject({ reason: 'app_misconfigured' });
  });
});
