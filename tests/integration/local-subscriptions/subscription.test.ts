import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADELE } from '../local-entra/world.ts';
import { openSubscriptionWorld, type SubscriptionWorld } from './world.ts';

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await openSubscriptionWorld();
});
afterEach(() => world.close());

const minutesAhead = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
const errorOf = (body: Record<string, unknown>): unknown => body['error'];

describe('creating', () => {
  it('asks both addresses, even when they are the same, while the call waits', async () => {
    const url = `${world.receiver.url}/hook?k=1`;
    world.receiver.shake.delayMs = 150;
    const started = performance.now();
    const made = await world.subscribe({ lifecycleNotificationUrl: url });
    expect(made.status).toBe(201);
    expect(performance.now() - started).toBeGreaterThan(140);
    expect(world.receiver.shakes).toHaveLength(2);
    for (const shake of world.receiver.shakes) {
      expect(shake.path).toMatch(/^\/hook\?k=1&validationToken=Validation%3A\+Testing\+/);
      expect(shake).toMatchObject({ type: 'text/plain; charset=utf-8', body: '' });
    }
  });

  it.each([
    ['another token', { text: 'Validation' }],
    ['a token in JSON', { type: 'application/json' }],
    ['202', { status: 202 }],
    ['nothing in time', { delayMs: 3000 }],
  ])('is refused for an address that answers %s', async (_, answer) => {
    await world.control('PATCH', '/settings', { handshakeSeconds: 0.3 });
    Object.assign(world.receiver.shake, answer);
    const made = await world.subscribe();
    expect(made.status).toBe(400);
    expect(JSON.stringify(made.body)).toContain('"message":"Subscription validation request');
    expect((await world.graph('GET', '/subscriptions')).body['value']).toEqual([]);
  });

  it('raises a short life to 45 minutes and refuses one over 10,080', async () => {
    const short = await world.subscribe({ expirationDateTime: minutesAhead(5) });
    const granted = Date.parse(String(short.body['expirationDateTime'])) - Date.now();
    expect(Math.round(granted / 60_000)).toBe(45);
    const long = await world.subscribe({ expirationDateTime: minutesAhead(10_090), changeType: 'created' });
    expect(long.status).toBe(400);
    expect(errorOf(long.body)).toMatchObject({
      message: 'Subscription expiration can only be 10080 minutes in the future.',
    });
  });

  it('is refused for the same resource and changes, with the id of the one there is', async () => {
    const first = await world.subscribe();
    const second = await world.subscribe({ changeType: 'deleted,updated,created' });
    expect(second.status).toBe(409);
    expect(JSON.stringify(second.body)).toContain(String(first.body['id']));
    expect((await world.subscribe({ changeType: 'created' })).status).toBe(201);
  });

  it.each([
    ['http to a host of the network', { notificationUrl: 'http://example.com/hook' }, 400],
    ['no expiration', { expirationDateTime: undefined }, 400],
    ['a change that does not exist', { changeType: 'created,moved' }, 400],
    ['a clientState over 128 characters', { clientState: 'x'.repeat(129) }, 400],
    ['a resource that is none', { resource: 'me/mail' }, 400],
    ['an unknown folder', { resource: "me/mailFolders('AAMk')/messages" }, 400],
    ["another's mailbox", { resource: 'users/bob@contoso.example/messages' }, 403],
  ])('is refused for %s', async (_, changes, status) => {
    await world.control('POST', '/users', { userPrincipalName: 'bob@contoso.example' });
    expect((await world.subscribe(changes)).status).toBe(status);
  });

  it('needs a permission to read', async () => {
    // A token holds all that was ever consented to, so that has to go first.
    await world.control('PATCH', `/users/${ADELE.username}`, { consent: 'withdrawn' });
    const only = await world.redeem(await world.code({ scope: 'openid Mail.Send' }));
    await world.useToken(String(only.body['access_token']));
    expect((await world.subscribe()).status).toBe(403);
  });
});

describe('what there is', () => {
  it('shows the clientState to nobody after the creation', async () => {
    const made = await world.subscribe();
    expect(made.body['clientState']).toBe('secret-state');
    const id = String(made.body['id']);
    const read = await world.graph('GET', `/subscriptions/${id}`);
    expect(read.body).toMatchObject({ id, resource: 'me/messages', changeType: 'created,updated,deleted' });
    const patched = await world.graph('PATCH', `/subscriptions/${id}`, { expirationDateTime: minutesAhead(200) });
    expect(patched.status).toBe(200);
    const list = await world.graph('GET', '/subscriptions');
    expect(JSON.stringify([read.body, patched.body, list.body])).not.toContain('secret-state');
    expect(JSON.stringify(await world.control('GET', '/subscriptions'))).toContain('secret-state');
  });

  it('changes its address after a handshake, and nothing but address and expiration', async () => {
    const id = String((await world.subscribe()).body['id']);
    const moved = await world.graph('PATCH', `/subscriptions/${id}`, {
      notificationUrl: `${world.receiver.url}/other`,
    });
    expect(moved.body['notificationUrl']).toBe(`${world.receiver.url}/other`);
    expect(world.receiver.shakes.at(-1)?.path).toMatch(/^\/other\?validationToken=/);
    const url = { lifecycleNotificationUrl: `${world.receiver.url}/life` };
    expect((await world.graph('PATCH', `/subscriptions/${id}`, url)).status).toBe(400);
  });

  it('is gone after its end, and after DELETE', async () => {
    const id = String((await world.subscribe()).body['id']);
    const other = String((await world.subscribe({ changeType: 'created' })).body['id']);
    expect((await world.graph('DELETE', `/subscriptions/${other}`)).status).toBe(204);
    expect((await world.graph('GET', `/subscriptions/${other}`)).status).toBe(404);
    await world.advance(86_401);
    await world.useToken();
    expect((await world.graph('GET', `/subscriptions/${id}`)).status).toBe(404);
    expect(
      (await world.graph('PATCH', `/subscriptions/${id}`, { expirationDateTime: minutesAhead(2000) })).status,
    ).toBe(404);
  });

  it('belongs to its app', async () => {
    const id = String((await world.subscribe()).body['id']);
    await world.control('POST', '/apps', { clientId: '33333333-2222-4333-8444-555555555555', roles: ['Mail.Read'] });
    const fields = { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' };
    const app = { ...fields, client_id: '33333333-2222-4333-8444-555555555555' };
    const { body } = await world.token(app, 'contoso.example');
    await world.useToken(String(body['access_token']));
    expect((await world.graph('GET', `/subscriptions/${id}`)).status).toBe(404);
    expect((await world.graph('GET', '/subscriptions')).body['value']).toEqual([]);
    expect((await world.subscribe()).status).toBe(400);
    expect((await world.subscribe({ resource: `users/${ADELE.username}/messages` })).status).toBe(201);
  });
});
