import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { ApiClient } from '../../infra/ops/api/client.ts';
import { connection, health } from '../../infra/ops/api/schemas.ts';
import { checkClock } from '../../infra/ops/doctor/key-check.ts';
import { shakeHands } from '../../infra/ops/doctor/public-check.ts';
import { checkSettings } from '../../infra/ops/doctor/settings-check.ts';
import { domainFindings, judge } from '../../infra/ops/doctor/state-check.ts';
import { beforeOf, isUnderWay, progressOf, standingOf, stuckBecause } from '../../infra/ops/follow/round.ts';

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

const tokenOf = (url: string | undefined): string =>
  new URL(url ?? '', 'http://x').searchParams.get('validationToken') ?? '';
const handshake = async (handler: RequestListener) =>
  shakeHands('webhook', `${await serve(handler)}/api/webhooks/graph`);

describe('the handshake', () => {
  it('is well where the decoded token comes back as plain text', async () => {
    const found = await handshake((request, response) => {
      response.setHeader('content-type', 'text/plain; charset=utf-8').end(tokenOf(request.url));
    });
    expect(found).toMatchObject({ level: 'ok' });
  });

  it.each([
    ['a token that was not decoded', 'changed', (token: string) => encodeURIComponent(token)],
    ['a token with quotes about it', 'changed', (token: string) => JSON.stringify(token)],
    ['an empty answer', 'changed', () => ''],
  ])('is bad with %s', async (_, text, change) => {
    const found = await handshake((request, response) => {
      response.setHeader('content-type', 'text/plain').end(change(tokenOf(request.url)));
    });
    expect(found.level).toBe('bad');
    expect(found.text).toContain(text);
  });

  it.each([
    [401, 'text/html', 'answered 401'],
    [302, 'text/plain', 'redirects'],
    [404, 'text/plain', 'answered 404'],
    [200, 'text/html', 'as text/html instead of text/plain'],
  ])('is bad with status %i and type %s', async (status, type, text) => {
    const found = await handshake((request, response) => {
      response.writeHead(status, { 'content-type': type, location: '/sign-in' }).end(tokenOf(request.url));
    });
    expect(found.level).toBe('bad');
    expect(found.text).toContain(text);
    expect(found.hint).toBeDefined();
  });
});

describe('settings', () => {
  const example = {
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    MICROSOFT_CLIENT_ID: '0000',
    LEASE_SECONDS: '60',
  };
  const whole = {
    ...{
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      MICROSOFT_CLIENT_ID: '1',
      MICROSOFT_CLIENT_SECRET: 's3cret',
    },
    ...{ KEY_VAULT_URL: 'https://v', PUBLIC_BASE_URL: 'https://p', API_KEYS: '[]' },
  };

  it('are well when complete, from file and environment together', () => {
    const { API_KEYS, ...file } = whole;
    expect(checkSettings(example, file, { API_KEYS }, 'f').map(({ level }) => level)).toContain('ok');
  });

  it('tell what is missing, left from the example, or unknown, and no value', () => {
    const findings = checkSettings(
      example,
      { MICROSOFT_CLIENT_ID: '0000', LEESE_SECONDS: 's3cret', FUNCTIONS_WORKER_RUNTIME: 'node' },
      {},
      'f',
    );
    const text = findings.map((finding) => `${finding.level} ${finding.text}`).join('\n');
    expect(text).toContain('bad AzureWebJobsStorage is missing');
    expect(text).toContain('bad MICROSOFT_CLIENT_ID still has the value of the example');
    expect(text).toContain('warn LEESE_SECONDS is not a setting of this app');
    expect(text).not.toMatch(/s3cret|FUNCTIONS_/);
  });

  it('hold exactly one credential', () => {
    const none: Record<string, string> = { ...whole, MICROSOFT_CLIENT_SECRET: '' };
    const told = (settings: Record<string, string>): string[] =>
      checkSettings(example, settings, {}, 'f').flatMap(({ level, text }) => (level === 'bad' ? [text] : []));
    expect(told({ ...none, MICROSOFT_CLIENT_CERTIFICATE: 'pem' })).toEqual([]);
    expect(told(none)).toEqual([expect.stringMatching(/MICROSOFT_CLIENT_SECRET, .*: one of them is missing/)]);
    expect(told({ ...whole, MICROSOFT_FEDERATED_IDENTITY_CLIENT_ID: 'system' })).toEqual([
      'MICROSOFT_CLIENT_SECRET stands beside MICROSOFT_FEDERATED_IDENTITY_CLIENT_ID',
    ]);
  });

  it('are not judged where there are none', () => {
    expect(checkSettings(example, null, {}, 'f')).toMatchObject([{ level: 'note' }]);
  });
});

describe('the clock', () => {
  it('may be off by seconds, and is told beyond that', () => {
    const sent = Date.parse('2026-01-01T00:00:00.400Z');
    const at = (seconds: number): string => checkClock(new Date(sent - 400 + seconds * 1000), sent, 200).level;
    expect([at(0), at(-20), at(60), at(-600)]).toEqual(['ok', 'ok', 'warn', 'bad']);
    expect(checkClock(null, sent, 200).level).toBe('note');
  });
});

const wellHealth = health.parse({
  ...{ status: 'healthy', checkedAt: '2026-01-01T00:10:00Z', dependencies: {}, queues: { 'sync-jobs-poison': 0 } },
  ...{ connections: {}, oldestDue: { mail: '2026-01-01T00:09:00Z', push: null }, countedAt: null, warnings: [] },
  late: [],
  ...{ subscriptions: { live: 3, overdue: 0, missing: 0 }, tokens: { dead: 0, aging: 0 }, lastFailure: null },
});

describe('health details', () => {
  it('of a well service hold nothing bad', () => {
    expect(judge(wellHealth).map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
  });

  it('tell late work, poison, failed parts, and subscriptions that lapse', () => {
    const ill = {
      ...wellHealth,
      dependencies: { vault: { status: 'failed', latencyMs: 5_000, checkedAt: '', error: 'timeout' } },
      oldestDue: { mail: '2026-01-01T00:00:00Z', contacts: '2026-01-01T00:00:00Z' },
      late: ['mail'],
      queues: { 'push-jobs-poison': 2 },
      subscriptions: { live: 0, overdue: 1, missing: 0 },
    };
    const findings = judge(ill);
    expect(findings.map(({ level }) => level)).toEqual(['bad', 'bad', 'bad', 'bad']);
    expect(findings[1]?.text).toBe('waits: mail since 10 min');
    expect(findings[2]?.hint).toContain('requeue push-jobs --dry-run');
    const missing = judge({ ...wellHealth, subscriptions: { live: 0, overdue: 0, missing: 1 } });
    expect(missing.at(-1)?.level).toBe('warn');
  });

  it('count domains that are not well', () => {
    expect(domainFindings({ 'mail.ok': 5, 'mail.error': 1, 'mail.degraded': 2 }).map(({ level }) => level)).toEqual([
      'bad',
      'warn',
    ]);
  });
});

const state = {
  ...{
    status: 'ok',
    reason: null,
    lastSyncedAt: 'a',
    lagSeconds: 1,
    lastErrorAt: 'x',
    lastError: null,
    progress: null,
  },
  ...{ nextDueAt: null, subscription: null, subscriptions: [] },
};
const of = (fields: object, own: object = {}) =>
  connection.parse({
    ...{ id: 'c', userId: 'u', workspaceId: null, account: { username: 'a' }, source: 'graph', status: 'connected' },
    ...{ reason: null, settings: {}, warnings: [], createdAt: '', updatedAt: '', ...own },
    domains: { mail: { ...state, ...fields } },
  });

describe('a round that is followed', () => {
  const standing = (fields: object): string => {
    const before = beforeOf(of({}));
    return standingOf(of(fields).domains['mail'], before['mail']);
  };

  it('is over when the domain tells a newer end than before, good or bad', () => {
    expect(standing({})).toBe('running');
    expect(standing({ lastSyncedAt: 'b' })).toBe('done');
    expect(standing({ lastSyncedAt: 'b', status: 'degraded' })).toBe('done');
    expect(standing({ lastSyncedAt: 'b', status: 'syncing' })).toBe('running');
    expect(standing({ status: 'error' })).toBe('running');
    expect(standing({ status: 'error', lastErrorAt: 'y' })).toBe('failed');
    expect(standing({ status: 'a word of a newer service' })).toBe('running');
  });

  it('is under way from the first moment on, and while it tells progress', () => {
    const progress = { done: 1, total: null, streams: 2, streamsDone: 1 };
    const under = [{}, { lastSyncedAt: null }, { status: 'syncing' }, { status: 'error', progress }].map((fields) => {
      const domain = of(fields).domains['mail'];
      return domain !== undefined && isUnderWay(domain);
    });
    expect(under).toEqual([false, true, true, true]);
    expect(progressOf(['mail'], of({ progress }).domains)).toEqual({
      label: 'mail',
      done: 1,
      total: null,
      note: '1 of 2 streams done',
    });
    expect(progressOf(['mail'], of({}).domains)).toBeNull();
    const begun = { done: 0, total: 0, streams: 0, streamsDone: 0 };
    expect(progressOf(['mail'], of({ progress: begun }).domains), 'nothing is counted yet').toBeNull();
  });

  it('is not waited for where only its user can help', () => {
    expect([stuckBecause(of({})), stuckBecause(of({}, { status: 'error' }))]).toEqual([null, null]);
    expect(stuckBecause(of({}, { status: 'reauth_required', reason: 'consent_missing' }))).toContain(
      '(consent_missing)',
    );
    expect(stuckBecause(of({}, { status: 'disconnecting' }))).toBe('is disconnecting');
  });
});

describe('the API client', () => {
  it('tries again what may pass, a write with one Idempotency-Key, so that it has its effect once', async () => {
    const seen: (string | undefined)[] = [];
    const answers = [
      [503, '{}'],
      [200, '{"status":"read"}'],
      [503, '{}'],
      [409, '{"code":"idempotency_in_progress"}'],
      [200, '{"status":"written"}'],
      [409, '{"code":"connection_leaving"}'],
    ] as const;
    const base = await serve((request, response) => {
      const [status, body] = answers[seen.length] ?? [500, ''];
      seen.push(request.headers['idempotency-key']?.toString());
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    const api = new ApiClient(base, 'k');
    const shape = z.object({ status: z.string() });
    expect(await api.get(shape, '/health')).toEqual({ status: 'read' });
    expect(await api.send(shape, '/x', { method: 'POST', body: {} })).toEqual({ status: 'written' });
    await expect(api.send(shape, '/x', { method: 'POST', body: {} })).rejects.toThrow(
      'answered 409 connection_leaving',
    );
    const [, , first, second, third, other] = seen;
    expect(seen.slice(0, 2)).toEqual([undefined, undefined]);
    expect([second, third]).toEqual([first, first]);
    expect(first).toMatch(/^[\x21-\x7e]{1,255}$/);
    expect(other).not.toBe(first);
  });

  it('follows no redirect with its key, and names no text that is not the service’s own', async () => {
    let asked = 0;
    const base = await serve((_, response) => {
      asked++;
      response.writeHead(302, { location: '/elsewhere' }).end('<html>Secret</html>');
    });
    const ask = new ApiClient(base, 'k').get(z.unknown(), '/connections');
    await expect(ask).rejects.toThrow('GET /connections answered 302 unknown: not an answer of this service');
    expect(asked).toBe(1);
  });

  it('refuses an answer that it does not understand', async () => {
    const base = await serve((_, response) => response.end('{"items":3}'));
    const ask = new ApiClient(base, 'k').get(z.object({ items: z.array(z.string()) }), '/connections');
    await expect(ask).rejects.toThrow('does not understand (items)');
  });
});
