import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KEYS, openApiWorld, type ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

async function make(): Promise<string> {
  const { body } = await world.call('POST', '/endpoints', { key: KEYS.admin, body: { url: 'https://a.example/' } });
  return String(body['id']);
}

describe('the health of the service', () => {
  it('warns of endpoints that are paused because they failed, and of those that fail; not of one paused by hand', async () => {
    const failing = {
      failures: 3,
      failingSince: '2026-01-05T09:00:00.000Z',
      lastError: 'timeout: no answer within 10 s',
    };
    const states = [
      { status: 'paused', pausedReason: 'manual' },
      { status: 'paused', pausedReason: 'gone' },
      { status: 'paused', pausedReason: 'failing', ...failing },
      { ...failing },
      { failures: 1 },
    ] as const;
    for (const state of states) {
      const found = await world.app.endpoints.read(await make());
      if (found === null) return expect.fail('it is gone');
      await world.app.endpoints.replace({ ...found.endpoint, ...state }, found.version);
    }
    const { body } = await world.call('GET', '/health/details');
    const warnings = z
      .array(z.string())
      .parse(body['warnings'])
      .filter((text) => text.startsWith('endpoint '));
    expect(warnings.map((text) => text.replace(/ep_\S+/, 'X')).toSorted()).toEqual([
      'endpoint X fails since 2026-01-05T09:00:00.000Z (timeout: no answer within 10 s)',
      'endpoint X is paused: it said that it is gone (410)',
      'endpoint X is paused: it took nothing for 72 h (timeout: no answer within 10 s)',
    ]);
    expect(Object.keys(body['oldestDue'] ?? {})).toEqual(
      expect.arrayContaining(['mail.deliver', 'connection.deliver', 'endpoints']),
    );
  });
});
