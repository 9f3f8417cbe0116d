import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDefaultHttpClient, type PipelineRequest } from '@azure/core-rest-pipeline';
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startVault, type Vault, type VaultOptions } from '../../infra/local/vault/server.ts';

const open: Vault[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const vault of open.splice(0)) await vault.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function vaultWith(options: VaultOptions = {}): Promise<Vault> {
  const vault = await startVault(options);
  open.push(vault);
  return vault;
}

/** The real client, which insists on https in its own address, on its way to the loopback server. */
function clientOf(vault: Vault, vaultHost?: string): SecretClient {
  const inner = createDefaultHttpClient();
  const target = new URL(vault.url);
  const httpClient = {
    sendRequest: (request: PipelineRequest) => {
      const url = new URL(request.url);
      if (vaultHost !== undefined) request.headers.set('x-forwarded-host', vaultHost);
      return inner.sendRequest({
        ...request,
        url: `${target.origin}${url.pathname}${url.search}`,
        allowInsecureConnection: true,
      });
    },
  };
  const credential = {
    getToken: () => Promise.resolve({ token: 'local', expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const options: SecretClientOptions = { httpClient, retryOptions: { maxRetries: 0 } };
  return new SecretClient('https://local.vault.azure.net', credential, options);
}

async function addFault(vault: Vault, rule: unknown): Promise<void> {
  const response = await fetch(`${vault.url}/control/faults`, { method: 'POST', body: JSON.stringify(rule) });
  expect(response.status).toBe(201);
}

async function requestsOf(vault: Vault): Promise<{ method: string; path: string; status: number }[]> {
  const entry = z.object({ method: z.string(), path: z.string(), status: z.number() });
  return z.array(entry).parse(await (await fetch(`${vault.url}/control/requests`)).json());
}

describe('local Key Vault with the real client', () => {
  it('stores versions and gives back the newest or the named one', async () => {
    const client = clientOf(await vaultWith());
    const first = await client.setSecret('token-1', 'one', { contentType: 'text/plain', tags: { kind: 'cache' } });
    await client.setSecret('token-1', 'two');

    const latest = await client.getSecret('token-1');
    expect(latest.value).toBe('two');
    expect(latest.name).toBe('token-1');
    expect(latest.properties.version).toMatch(/^[0-9a-f]{32}$/);
    const named = await client.getSecret('token-1', { version: first.properties.version ?? '' });
    expect(named).toMatchObject({ value: 'one', properties: { contentType: 'text/plain', tags: { kind: 'cache' } } });
  });

  it('challenges the first request, which carries no body, and serves the second', async () => {
    const vault = await vaultWith();
    await clientOf(vault).setSecret('a', 'b');
    expect((await requestsOf(vault)).map(({ method, status }) => `${method} ${status}`)).toEqual([
      'PUT 401',
      'PUT 200',
    ]);
  });

  it.each([undefined, 'local.vault.azure.net'])(
    'lists names without values over pages (vault named: %s)',
    async (host) => {
      const client = clientOf(await vaultWith(), host);
      const names = Array.from({ length: 60 }, (_, index) => `name-${index}`);
      for (const name of names) await client.setSecret(name, 'value');
      const found: string[] = [];
      for await (const properties of client.listPropertiesOfSecrets()) found.push(properties.name);
      expect(found.sort()).toEqual(names.sort());
    },
  );

  it('lists all versions of a name', async () => {
    const client = clientOf(await vaultWith());
    for (const value of ['1', '2', '3']) await client.setSecret('rotated', value);
    const versions: (string | undefined)[] = [];
    for await (const properties of client.listPropertiesOfSecretVersions('rotated')) versions.push(properties.version);
    expect(new Set(versions).size).toBe(3);
  });

  it('keeps a deleted name taken until it is purged', async () => {
    const client = clientOf(await vaultWith());
    await client.setSecret('gone', 'x');
    const poller = await client.beginDeleteSecret('gone', { intervalInMs: 5 });
    await poller.pollUntilDone();

    await expect(client.getSecret('gone')).rejects.toMatchObject({ statusCode: 404, code: 'SecretNotFound' });
    await expect(client.setSecret('gone', 'y')).rejects.toMatchObject({ statusCode: 409, code: 'Conflict' });
    await client.purgeDeletedSecret('gone');
    expect((await client.setSecret('gone', 'y')).value).toBe('y');
  });

  it('recovers a deleted secret and restores a backup', async () => {
    const client = clientOf(await vaultWith());
    await client.setSecret('back', 'x');
    const backup = await client.backupSecret('back');
    await (await client.beginDeleteSecret('back', { intervalInMs: 5 })).pollUntilDone();
    await (await client.beginRecoverDeletedSecret('back', { intervalInMs: 5 })).pollUntilDone();
    expect((await client.getSecret('back')).value).toBe('x');

    const other = clientOf(await vaultWith());
    await other.restoreSecretBackup(backup ?? new Uint8Array());
    expect((await other.getSecret('back')).value).toBe('x');
  });

  it('refuses a disabled secret and what is too large or misnamed', async () => {
    const client = clientOf(await vaultWith());
    const { properties } = await client.setSecret('off', 'x');
    await client.updateSecretProperties('off', properties.version ?? '', { enabled: false });
    await expect(client.getSecret('off')).rejects.toMatchObject({ statusCode: 403 });
    await expect(client.setSecret('big', 'x'.repeat(25 * 1024 + 1))).rejects.toMatchObject({ statusCode: 400 });
    await expect(client.setSecret('under_score', 'x')).rejects.toMatchObject({ statusCode: 400 });
    const tags = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`t${index}`, 'v']));
    await expect(client.setSecret('tagged', 'x', { tags })).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('local Key Vault under load and faults', () => {
  it('answers 429 with Retry-After beyond the creations of a window, and refused ones do not count', async () => {
    let at = Date.now();
    const vault = await vaultWith({ now: () => new Date(at), throttle: { creations: 2 } });
    const client = clientOf(vault);
    await client.setSecret('a', '1');
    await client.setSecret('a', '2');
    await expect(client.setSecret('a', '3')).rejects.toMatchObject({ statusCode: 429 });
    expect((await client.getSecret('a')).value).toBe('2');
    at += 10_001;
    expect((await client.setSecret('a', '4')).value).toBe('4');
  });

  it('does the work of an applied fault although it answers an error', async () => {
    const vault = await vaultWith();
    const client = clientOf(vault);
    await addFault(vault, { match: { method: 'PUT' }, action: { kind: 'applied', status: 503 } });
    await expect(client.setSecret('a', '1')).rejects.toMatchObject({ statusCode: 503 });
    expect((await client.getSecret('a')).value).toBe('1');
  });

  it('resets a connection on request, once', async () => {
    const vault = await vaultWith();
    const client = clientOf(vault);
    await client.setSecret('a', '1');
    await addFault(vault, { match: { path: '^/secrets/a' }, action: { kind: 'reset' } });
    await expect(client.getSecret('a')).rejects.toThrow();
    expect((await client.getSecret('a')).value).toBe('1');
  });

  it('keeps its secrets in a file over a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vault-'));
    folders.push(folder);
    const file = join(folder, 'nested', 'vault.json');
    const before = await startVault({ file });
    await clientOf(before).setSecret('kept', 'value');
    await before.close();
    expect((await clientOf(await vaultWith({ file })).getSecret('kept')).value).toBe('value');
  });
});
