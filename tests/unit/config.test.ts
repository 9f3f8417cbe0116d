import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig, scheduleOf, settingNames } from '../../shared/config.ts';

const example = z
  .object({ Values: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('local.settings.example.json', 'utf8'))).Values;
const ofTheHost = ['FUNCTIONS_WORKER_RUNTIME'];

describe('local.settings.example.json', () => {
  it('names every setting and no other', () => {
    const names = Object.keys(example).filter((name) => !ofTheHost.includes(name));
    expect(names.toSorted()).toEqual([...settingNames].toSorted());
  });

  it('is a valid set of settings with the usual values', () => {
    const required = ['AzureWebJobsStorage', 'MICROSOFT_CLIENT_ID', 'MICROSOFT_CLIENT_SECRET', 'KEY_VAULT_URL'];
    const least = Object.fromEntries([...required, 'PUBLIC_BASE_URL', 'API_KEYS'].map((name) => [name, example[name]]));
    const whole = loadConfig(example);
    expect({ ...loadConfig(least), returnUrls: whole.returnUrls, pushToken: whole.pushToken }).toEqual(whole);
  });
});

describe('README', () => {
  it('explains every setting', () => {
    const text = readFileSync('README.md', 'utf8');
    expect(settingNames.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('loadConfig', () => {
  it('lists every fault at once and repeats no value', () => {
    const load = () =>
      loadConfig({ MICROSOFT_CLIENT_SECRET: 's3cret', KEY_VAULT_URL: 'http://vault.example', LEASE_SECONDS: '1' });
    expect(load).toThrow(/AzureWebJobsStorage[^]*KEY_VAULT_URL[^]*LEASE_SECONDS|LEASE_SECONDS[^]*AzureWebJobsStorage/);
    expect(load).not.toThrow(/s3cret/);
  });
});

describe('AzureWebJobsStorage', () => {
  const load = (value: string) => loadConfig({ ...example, AzureWebJobsStorage: value });

  it.each([
    'UseDevelopmentStorage=true',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=YQ==;EndpointSuffix=core.windows.net',
    'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:1/a;',
    'TableEndpoint=https://a.table.core.windows.net;SharedAccessSignature=sv=2024&sig=x',
  ])('may be %s', (value) => {
    expect(load(value).storage.connection).toBe(value);
  });

  it.each([
    'nonsense',
    'https://a.table.core.windows.net',
    'DefaultEndpointsProtocol=https;AccountName=a',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=;EndpointSuffix=core.windows.net',
    'UseDevelopmentStorage=false',
  ])('is never %s, which opens nothing', (value) => {
    expect(() => load(value)).toThrow(/AzureWebJobsStorage: must be the connection string of a storage account/);
  });
});

describe('what Key Vault could not give', () => {
  it.each(['AzureWebJobsStorage', 'MICROSOFT_CLIENT_SECRET', 'API_KEYS', 'OUTLOOK_PUSH_WEBHOOK_TOKEN'])(
    'is told of %s, and taken for no value',
    (name) => {
      const reference = '@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)';
      const message = new RegExp(`^- ${name}: is a Key Vault reference that could not be resolved$`, 'm');
      expect(() => loadConfig({ ...example, [name]: reference })).toThrow(message);
    },
  );
});

describe('DELIVERY_ALLOW_PRIVATE_TARGETS', () => {
  it('is off unless it says true, and takes no other word', () => {
    const load = (value: string | undefined) => loadConfig({ ...example, DELIVERY_ALLOW_PRIVATE_TARGETS: value });
    expect([undefined, '', 'false', 'true'].map((value) => load(value).deliveries.allowPrivateTargets)).toEqual([
      ...[false, false, false, true],
    ]);
    for (const word of ['1', 'yes', 'TRUE', 'on']) expect(() => load(word)).toThrow(/must be true or false/);
  });
});

describe('a schedule', () => {
  const load = (value: string) => loadConfig({ ...example, EMAIL_SYNC_SCHEDULE: value });

  it.each(['0 * * * * *', '*/5 * * * * *', '0 0 9-17 * * Mon-Fri', '0 30 9 1,15 January,6 0', '10/20 0 0-6/2 * * SUN'])(
    'may be %s',
    (value) => {
      expect(load(value).schedules.emailSync).toBe(value);
    },
  );

  it.each([
    ...[
      '99 99 99 99 99 99',
      '0 60 * * * *',
      '0 0 24 * * *',
      '0 0 0 0 * *',
      '0 0 0 * 13 *',
      '0 0 0 * * 7',
      '0 0 0 * * Foo',
    ],
    ...['0 */0 * * * *', '0 */60 * * * *', '0 1-2-3 * * * *', '0 , * * * *', '0 - * * * *', '0 a * * * *', '* * * * *'],
  ])('is never %s, which no host can run', (value) => {
    expect(() => load(value)).toThrow(/EMAIL_SYNC_SCHEDULE: must be a six-field NCRONTAB/);
    expect(scheduleOf('emailSync', { EMAIL_SYNC_SCHEDULE: value })).toBe('0 * * * * *');
  });
});

describe('scheduleOf', () => {
  it('gives the setting, and the usual schedule where it is missing or wrong', () => {
    expect(scheduleOf('emailSync', { EMAIL_SYNC_SCHEDULE: '*/5 * * * * *' })).toBe('*/5 * * * * *');
    expect(scheduleOf('emailSync', {})).toBe('0 * * * * *');
    expect(scheduleOf('emailSync', { EMAIL_SYNC_SCHEDULE: 'often' })).toBe('0 * * * * *');
  });
});
