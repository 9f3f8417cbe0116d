import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../../support/api-world.ts';
import { openWebhookWorld, type WebhookWorld } from '../../support/webhook-world.ts';

let world: WebhookWorld;
let endpoint = '';
beforeAll(async () => {
  world = await openWebhookWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  endpoint = await world.anew();
});

describe('a rotation', () => {
  it('gives a secret beside which the former one goes on, until the overlap ends', async () => {
    const { site, happen } = world;
    const former = site.secrets;
    const rotate = (body: object = {}) =>
      world.call('POST', `/endpoints/${endpoint}/rotate-secret`, { key: KEYS.admin, body });
    const { status, body } = await rotate();
    expect(status).toBe(200);
    const until = Date.parse(String(body['previousUntil'])) - world.clock.now().getTime();
    expect(until).toBeGreaterThan(23.9 * 3_600_000);
    const [first] = world.connections;
    const isGood = async (secrets: readonly string[]): Promise<boolean> => {
      site.secrets = [...secrets];
      await happen(first, 'sync.failed');
      return site.taken.splice(0).at(-1)?.type === 'sync.failed' && site.forged.count === 0;
    };
    expect(await isGood(former)).toBe(true);
    expect(await isGood([String(body['secret'])])).toBe(true);
    const now = await rotate({ overlapHours: 0 });
    expect(await isGood([String(now.body['secret'])])).toBe(true);
    expect(await isGood([String(body['secret'])])).toBe(false);
    site.forged.count = 0;
  });

  it('lets five secrets be good at once, and no more', async () => {
    const rotate = (body: object) =>
      world.call('POST', `/endpoints/${endpoint}/rotate-secret`, { key: KEYS.admin, body });
    for (let count = 1; count < 5; count++) expect((await rotate({})).status).toBe(200);
    expect((await rotate({})).body).toMatchObject({ status: 409, code: 'too_many_secrets' });
    expect((await rotate({ overlapHours: 200 })).status).toBe(400);
    expect((await rotate({ overlapHours: 0 })).status).toBe(200);
    expect((await rotate({})).status).toBe(200);
  });

  it('that meets another one is done on top of it: both secrets are good', async () => {
    const rotate = () => world.call('POST', `/endpoints/${endpoint}/rotate-secret`, { key: KEYS.admin, body: {} });
    const both = await Promise.all([rotate(), rotate()]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const [first] = world.connections;
    for (const secret of [...world.site.secrets, ...both.map(({ body }) => String(body['secret']))]) {
      world.site.secrets = [secret];
      await world.happen(first, 'sync.failed');
      expect(world.site.taken.splice(0).at(-1)?.signatures).toBe(3);
    }
  });
});
