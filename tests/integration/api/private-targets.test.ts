import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KEYS, openApiWorld, type ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

const faults = z.array(z.object({ path: z.string(), message: z.string() }));
async function fault(method: string, path: string, url: string): Promise<string> {
  const { status, body } = await world.call(method, path, { key: KEYS.admin, body: { url } });
  expect(status).toBe(400);
  return faults
    .parse(body['errors'])
    .map((one) => `${one.path} ${one.message}`)
    .join();
}

describe('an endpoint at a private address, where the setting does not allow it', () => {
  it.each(['https://127.0.0.1/', 'https://localhost:3000/', 'https://10.1.2.3/', 'https://[fd00::1]/', 'https://crm/'])(
    '%s is refused where it is made and where it is changed, and the setting named',
    async (url) => {
      const private_ = /^body\.url is a private, loopback .* DELIVERY_ALLOW_PRIVATE_TARGETS allows these$/;
      expect(await fault('POST', '/endpoints', url)).toMatch(private_);
      const made = await world.call('POST', '/endpoints', { key: KEYS.admin, body: { url: 'https://a.example/' } });
      expect(await fault('PATCH', `/endpoints/${String(made.body['id'])}`, url)).toMatch(private_);
    },
  );

  it('is refused over http too', async () => {
    expect(await fault('POST', '/endpoints', 'http://127.0.0.1:3000/')).toMatch(
      /must begin with https:\/\/ .*DELIVERY_ALLOW/,
    );
  });

  it('is sent nothing, though it was made when the setting did', async () => {
    const { body } = await world.call('POST', '/endpoints', { key: KEYS.admin, body: { url: 'https://a.example/' } });
    const found = await world.app.endpoints.read(String(body['id']));
    if (found === null) return expect.fail('it is gone');
    await world.app.endpoints.replace({ ...found.endpoint, url: 'https://127.0.0.1:9/' }, found.version);
    const sent = await world.call('POST', `/endpoints/${String(body['id'])}/test`);
    expect(sent.body).toMatchObject({ delivered: false, status: null });
    expect(sent.body['error']).toMatch(/^address_refused: the URL is a private/);
  });
});
