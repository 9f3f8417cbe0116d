import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { startMicrosoft, type MicrosoftServer } from '../../../infra/local/graph/server.ts';
import { exchangeAudience } from '../../../shared/config-clouds.ts';
import { clientProof } from '../../../shared/graph/client-proof.ts';
import { TransientError } from '../../../shared/errors.ts';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.ts';
import { failureOf } from '../graph/support.ts';
import { Tenancy } from '../graph/tenant.ts';

const CLIENT_ID = '11111111-2222-4333-8444-555555555555';
const HEADER = 'header-of-this-machine';
const trusted = z.object({ issuer: z.string(), subject: z.string() });

// The library keeps the endpoint that it met first, and tokens, for the life of the process: one endpoint, and an identity a test.
let machine: FaultProxy;
let nowhere: MicrosoftServer;
beforeAll(async () => {
  nowhere = await startMicrosoft();
  machine = await startFaultProxy(nowhere.url);
  vi.stubEnv('IDENTITY_ENDPOINT', `${machine.url}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', HEADER);
});
afterEach(() => {
  machine.heal();
  machine.forget();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await machine.close();
  await nowhere.close();
});

let identities = 0;
const newIdentity = (): string => `c0ffee00-1111-4222-8333-${String(++identities).padStart(12, '0')}`;

/** Assigns the identity to the machine of this tenant, and lets the application trust it. */
async function assign(
  tenancy: Tenancy,
  identity: string | null,
  trust: { readonly subject?: string; readonly audience?: string } = {},
): Promise<void> {
  machine.retarget(tenancy.microsoft.url);
  const made = trusted.parse(await tenancy.control('POST', '/identities', { clientId: identity, header: HEADER }));
  await tenancy.control('PATCH', `/apps/${CLIENT_ID}`, {
    secret: 'another',
    federated: [{ ...made, audience: 'api://AzureADTokenExchange', ...trust }].map(({ issuer, subject, audience }) => ({
      issuer,
      subject,
      audience,
    })),
  });
}

const workerOf = (tenancy: Tenancy, identityClientId: string | null) =>
  tenancy.worker({ credential: { kind: 'federated', identityClientId } });

describe('a managed identity in place of a secret', () => {
  it.each([
    ['user-assigned', newIdentity()],
    ['system-assigned', null],
  ])('signs a user in and refreshes: %s', async (_, identity) => {
    await using tenancy = await Tenancy.start();
    await assign(tenancy, identity);
    const worker = workerOf(tenancy, identity);
    await tenancy.connect('c-1', ['mail'], worker);
    expect(await (await tenancy.source(worker)).get('/me')).toMatchObject({ userPrincipalName: 'kim@contoso.com' });
    const asked = machine.seen({ path: /\/msi\/token/ });
    // Kept for its time, not fetched for each request.
    expect(asked).toHaveLength(1);
    const query = new URL(asked[0]?.path ?? '', machine.url).searchParams;
    expect(query.get('resource')).toBe('api://AzureADTokenExchange');
    expect(query.get('client_id')).toBe(identity);
  });

  it.each([
    ['subject', { subject: CLIENT_ID }, 'AADSTS700213'],
    ['audience', { audience: 'api://AzureADTokenExchangeUSGov' }, 'AADSTS700212'],
  ])('whose %s is not trusted is a fault of the set-up', async (_, trust, remoteCode) => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const identity = newIdentity();
    await assign(tenancy, identity, trust);
    const error = await failureOf((await tenancy.source(workerOf(tenancy, identity))).get('/me'));
    expect(error).toMatchObject({ reason: 'app_misconfigured', facts: { remoteCode } });
    expect(String(error)).toContain('does not trust its managed identity');
    expect(await tenancy.row()).toMatchObject({ status: 'connected', secret: { version: '1' }, refresh: null });
  });

  it('whose token is signed by somebody else is a fault of the set-up, though it is told as a dead grant would be', async () => {
    await using tenancy = await Tenancy.start();
    await using other = await Tenancy.start();
    await tenancy.connect();
    const identity = newIdentity();
    await assign(tenancy, identity);
    const { subject } = trusted.parse(
      await other.control('POST', '/identities', { clientId: identity, header: HEADER }),
    );
    await tenancy.control('PATCH', `/apps/${CLIENT_ID}`, {
      federated: [
        {
          issuer: 'https://login.microsoftonline.com/8f1d2c3b-4a59-4e68-9b7c-0d1e2f3a4b5c/v2.0',
          subject,
          audience: 'api://AzureADTokenExchange',
        },
      ],
    });
    machine.retarget(other.microsoft.url);
    expect(await failureOf((await tenancy.source(workerOf(tenancy, identity))).get('/me'))).toMatchObject({
      reason: 'app_misconfigured',
      facts: { remoteCode: 'AADSTS50013' },
    });
  });

  it('that is not assigned to the app is a fault of the set-up', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    await assign(tenancy, newIdentity());
    const error = await failureOf((await tenancy.source(workerOf(tenancy, newIdentity()))).get('/me'));
    expect(error).toMatchObject({ reason: 'app_misconfigured', message: /is not assigned to this app/ });
    expect(await tenancy.row()).toMatchObject({ status: 'connected', refresh: null });
  });

  it('that does not answer is a passing failure', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const identity = newIdentity();
    await assign(tenancy, identity);
    const broken = machine.plan({ path: /\/msi\/token/, times: 100, fault: { before: 'reset' } });
    const worker = workerOf(tenancy, identity);
    expect(await failureOf((await tenancy.source(worker)).get('/me'))).toBeInstanceOf(TransientError);
    expect(await failureOf(tenancy.signIn(worker))).toBeInstanceOf(TransientError);
    broken.cancel();
    expect(await (await tenancy.source(worker)).get('/me')).toBeTruthy();
  });
});

it('is not waited for without end', async () => {
  await using tenancy = await Tenancy.start();
  const identity = newIdentity();
  await assign(tenancy, identity);
  machine.plan({ path: /\/msi\/token/, times: 1, fault: { before: 'hang' } });
  const settings = {
    clientId: CLIENT_ID,
    credential: { kind: 'federated', identityClientId: identity },
    tenantId: 'common',
    authorityHost: tenancy.microsoft.authority,
    graphBaseUrl: tenancy.microsoft.graph,
  } as const;
  const token = async (timeoutMs: number): Promise<string> => {
    const { clientAssertion } = clientProof(settings, timeoutMs);
    if (typeof clientAssertion !== 'function') throw new Error('there is no assertion to ask for');
    return clientAssertion({ clientId: CLIENT_ID });
  };
  expect(await failureOf(token(200))).toBeInstanceOf(TransientError);
  expect((await token(10_000)).split('.')).toHaveLength(3);
});

it('asks for the token of its own cloud', () => {
  expect(
    [
      'https://login.microsoftonline.com',
      'https://login.microsoftonline.us',
      'https://login.partner.microsoftonline.cn',
      'https://login.chinacloudapi.cn',
    ].map(exchangeAudience),
  ).toEqual([
    'api://AzureADTokenExchange',
    'api://AzureADTokenExchangeUSGov',
    'api://AzureADTokenExchangeChina',
    'api://AzureADTokenExchangeChina',
  ]);
});
