import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { makeCertificate } from '../../support/certificate.ts';
import { StackWorld } from '../../support/stack-world.ts';

const CLIENT_ID = '11111111-2222-4333-8444-555555555555';
const held = makeCertificate({ to: new Date(Date.now() + 10 * 86_400_000) });

let world: StackWorld;
beforeAll(async () => {
  world = await StackWorld.start({
    MICROSOFT_CLIENT_SECRET: '',
    // As one line, as settings are kept.
    MICROSOFT_CLIENT_CERTIFICATE: Buffer.from(held.pem).toString('base64'),
  });
  await world.control('PATCH', `/apps/${CLIENT_ID}`, { certificates: [held.certificate], secret: 'another' });
});
afterAll(() => world.close());

it('connects and syncs with a certificate alone, and health tells when it ends', async () => {
  const ada = await world.user('ada', { messages: 3 });
  const id = await world.connect(ada);
  const page = z.object({ items: z.array(z.object({ id: z.string(), isRead: z.boolean() })) });
  const { items } = await world.get(page, `/connections/${id}/messages?limit=10`);
  expect(items.length).toBeGreaterThan(0);
  const details = await world.get(z.object({ warnings: z.array(z.string()) }), '/health/details');
  expect(details.warnings.filter((one) => one.startsWith('the client certificate expires at'))).toHaveLength(1);
  const told = [...world.lines, JSON.stringify(details)].join('\n');
  expect(told).not.toMatch(/PRIVATE KEY|-----BEGIN/);
});
