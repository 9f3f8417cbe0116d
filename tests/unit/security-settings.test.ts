import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../shared/config.ts';
import { systemRandom } from '../../shared/lib/random.ts';
import { tablesOf } from '../../shared/store/tables.ts';

const example = z
  .object({ Values: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('local.settings.example.json', 'utf8'))).Values;

const load = (changes: Record<string, string>) => loadConfig({ ...example, ...changes });
const origins = ['GRAPH_BASE_URL', 'MICROSOFT_AUTHORITY_HOST', 'KEY_VAULT_URL', 'PUBLIC_BASE_URL'];

describe.each(origins)('%s', (name) => {
  it.each([
    'http://graph.example',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://localhost@evil.example',
    'http://[::1]@evil.example',
    'http://127.0.0.1:80@evil.example',
    'http://127.0.0.1\\@evil.example',
    'http://127.0.0.1#@evil.example',
    'http://127.999.0.1',
    'http://localhost:99999',
    'http://0.0.0.0',
    'http://[::ffff:10.0.0.1]',
    'http://3232235777',
    'https://user@graph.example',
    'https://graph.example/path',
    'https://graph.example\\path',
    'https://graph.example?query',
    'https://graph.example#part',
    'https://graph.example,other.example/',
    'https://graph.example evil.example',
    'https:graph.example/path',
    'ftp://graph.example',
    'javascript:alert(1)',
    '//graph.example',
  ])('is never %s', (value) => {
    expect(() => load({ [name]: value })).toThrow(new RegExp(name));
  });

  it.each([
    'https://graph.example',
    'https://graph.example:8443',
    'http://127.0.0.1:7071',
    'http://localhost',
    'http://[::1]:9',
  ])('may be %s', (value) => {
    expect(JSON.stringify(load({ [name]: `${value}/` }))).toContain(JSON.stringify(value));
  });

  it('is kept as an origin, however it is spelt', () => {
    const config = JSON.stringify(load({ [name]: 'https://GRAPH.example:443\\' }));
    expect(config).toContain('"https://graph.example"');
    expect(config).not.toContain('443');
  });
});

describe('API_KEYS', () => {
  const key = (name: string, digit: string) => ({ name, sha256: digit.repeat(64), scopes: ['read'] });

  it.each([
    ['one name for two keys', [key('a', '1'), key('a', '2')]],
    ['one key under two names, of which only the first would count', [key('a', '1'), key('b', '1')]],
  ])('are refused with %s', (_, keys) => {
    expect(() => load({ API_KEYS: JSON.stringify(keys) })).toThrow(/API_KEYS/);
  });

  it('are refused with a limit that is spelt wrong: the key would have none', () => {
    expect(() => load({ API_KEYS: JSON.stringify([{ ...key('a', '1'), workspace: ['ws-1'] }]) })).toThrow(/workspace/);
  });

  it('are refused with the hash of nothing, which stands for a key that was left out', () => {
    const empty = { ...key('a', '1'), sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' };
    expect(() => load({ API_KEYS: JSON.stringify([empty]) })).toThrow(/API_KEYS/);
  });
});

describe('storage without TLS', () => {
  const account = (endpoint: string): string =>
    `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=${endpoint}`;

  it.each(['http://localhost:pw@evil.example/a', 'http://127.0.0.1:1@evil.example/a', 'http://evil.example/a'])(
    'is never %s',
    async (endpoint) => {
      const table = tablesOf(account(endpoint), systemRandom, { tries: 1 })('due');
      const refused = await table.get('p', 'r').then(
        () => 'read',
        (error: unknown) => String(error instanceof Error ? error.cause : error),
      );
      expect(refused).toMatch(/allowInsecureConnection|insecure/i);
    },
  );
});
