import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ADELE } from '../local-entra/world.ts';
import { openSubscriptionWorld, type SubscriptionWorld } from './world.ts';

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await openSubscriptionWorld();
  const token = await world.control('POST', '/tokens', {
    upn: ADELE.username,
    scopes: ['Contacts.ReadWrite', 'Mail.Read'],
  });
  await world.useToken(z.object({ accessToken: z.string() }).parse(token).accessToken);
});
afterEach(() => world.close());

const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };
const path = `/users/${ADELE.username}/contacts`;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8000, interval: 10 });

async function add(body: object = {}): Promise<string> {
  const made = await world.control('POST', path, { givenName: 'Eve', ...body });
  return z.array(z.object({ id: z.string() })).parse(made)[0]?.id ?? '';
}

/** What a subscription was told, without the updates that may come with a creation. */
function told(subscription: string, id: string): (string | undefined)[] {
  return world.receiver
    .items()
    .filter((item) => item.subscriptionId === subscription && item.resourceData?.id === id)
    .map((item) => item.changeType);
}

it('changes of contacts are told to the subscription of their folder, by the id kind of its creation', async () => {
  const folder = String((await world.graph('POST', '/me/contactFolders', { displayName: 'Kunden' })).body['id']);
  const kinds = { changeType: 'created,deleted' };
  const main = await world.subscribe({ ...kinds, resource: 'me/contacts' }, IMMUTABLE);
  const other = await world.subscribe({ ...kinds, resource: `me/contactFolders/${folder}/contacts` }, IMMUTABLE);
  expect([main.status, other.status]).toEqual([201, 201]);
  const id = await add();
  await world.control('POST', `${path}/${id}/move`, { folder });
  await world.control('DELETE', `${path}/${id}`);
  await until(() => {
    expect(told(String(main.body['id']), id)).toEqual(['created', 'deleted']);
    expect(told(String(other.body['id']), id)).toEqual(['created', 'deleted']);
  });
  const [first] = world.receiver.items();
  expect(first?.resource).toMatch(/^(Users\/[0-9a-f-]{36}\/Contacts\/|users\('[0-9a-f-]{36}'\)\/contacts\(')/);
  expect(first?.resourceData?.['@odata.type']).toMatch(/^#microsoft\.graph\.contact$/i);
});

it('updates are told with the new etag, and mail hears of no contacts', async () => {
  const id = await add();
  const made = await world.subscribe({ changeType: 'updated', resource: 'me/contacts' }, IMMUTABLE);
  const mail = await world.subscribe({ changeType: 'updated', resource: 'me/messages' }, IMMUTABLE);
  expect(mail.status).toBe(201);
  const patched = await world.graph('PATCH', `/me/contacts/${id}`, { surname: 'Adams' });
  await until(() => {
    expect(told(String(made.body['id']), id)).toEqual(['updated']);
  });
  expect(world.receiver.items()).toHaveLength(1);
  expect(world.receiver.items()[0]?.resourceData?.['@odata.etag']).toBe(patched.body['@odata.etag']);
});

it('subscriptions are one per resource and kinds, renewed and removed as those to mail', async () => {
  const made = await world.subscribe({ resource: 'me/contacts' });
  expect((await world.subscribe({ resource: 'me/contacts' })).status).toBe(409);
  expect((await world.subscribe({ resource: 'me/contactFolders/nonsense/contacts' })).status).toBe(400);
  expect((await world.subscribe({ resource: 'me/contactFolders' })).status).toBe(400);
  const id = String(made.body['id']);
  const expirationDateTime = new Date(Date.now() + 3 * 86_400_000).toISOString();
  expect((await world.graph('PATCH', `/subscriptions/${id}`, { expirationDateTime })).status).toBe(200);
  expect((await world.graph('DELETE', `/subscriptions/${id}`)).status).toBe(204);
});

it('lifecycle events come for contacts too', async () => {
  const made = await world.subscribe({
    resource: 'me/contacts',
    lifecycleNotificationUrl: `${world.receiver.url}/lifecycle`,
  });
  await world.control('POST', `/subscriptions/${String(made.body['id'])}/lifecycle`, { event: 'missed' });
  await until(() => {
    expect(world.receiver.items().map((item) => item.lifecycleEvent)).toEqual(['missed']);
  });
});
