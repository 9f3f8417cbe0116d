import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ANSWER_LIFE_MS, RESERVATION_MS } from '../../../shared/engine/idempotency.ts';
import { DISCONNECT, runDisconnect } from '../../../shared/jobs/disconnect.ts';
import { runHousekeeping } from '../../../shared/jobs/housekeeping.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { StorageError } from '../../../shared/errors.ts';
import type { Every } from '../../../shared/lib/every.ts';
import { KEYS, openApiWorld, USER, type Answer, type ApiWorld, type CallOptions } from '../../support/api-world.ts';
import { instead } from '../../support/instead.ts';
import { storedTexts } from '../../support/stored-texts.ts';

const link = { userId: 'u', workspaceId: 'ws-1', domains: ['mail'], returnUrl: 'https://app.example.com/connected' };

let world: ApiWorld;
let id: string;
let messages: string[];
let last = 0;
const newKey = (): string => `key-${++last}`;

beforeAll(async () => {
  world = await openApiWorld();
  const made = await world.call('POST', '/connect-links', { body: link });
  const back = await world.follow(String(made.body['url']));
  id = new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '';
  await runSyncJob({ connectionId: id, domain: 'mail', why: 'manual', due: null }, world.app);
  const listed = await world.call('GET', `/connections/${id}/messages?limit=20`);
  messages = z
    .array(z.object({ id: z.string() }))
    .parse(listed.body['items'])
    .map((one) => one.id);
});
afterAll(() => world.close());

const createLink = (once: string, options: CallOptions = {}): Promise<Answer> =>
  world.call('POST', '/connect-links', { body: link, once, ...options });
const patch = (message: number, once: string, body: unknown, options: CallOptions = {}): Promise<Answer> =>
  world.call('PATCH', `/connections/${id}/messages/${messages[message] ?? ''}`, { body, once, ...options });

const isReplay = (answer: Answer): boolean => answer.headers.get('idempotency-replayed') === 'true';

async function bookmark(): Promise<string> {
  return String((await world.call('GET', `/connections/${id}/changes?after=latest&domain=mail`)).body['nextCursor']);
}
async function changesSince(after: string): Promise<unknown[]> {
  const read = await world.call('GET', `/connections/${id}/changes?after=${after}&domain=mail`);
  return z.array(z.unknown()).parse(read.body['items']);
}

describe('a write with an Idempotency-Key', () => {
  it('gets the same answer again, and says that it is the stored one', async () => {
    const path = `/connections/${id}`;
    const body = { settings: { mail: { folders: ['inbox', 'sentitems'] } } };
    const first = await world.call('PATCH', path, { body, once: 'settings' });
    expect(first.status).toBe(200);
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    const again = await world.call('PATCH', path, { body, once: 'settings' });
    expect({ status: again.status, text: again.text }).toEqual({ status: 200, text: first.text });
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(isReplay(again)).toBe(true);
  });

  it('is told from others by API key, method, path, body and query', async () => {
    const key = newKey();
    expect((await createLink(key)).status).toBe(201);
    const other = await createLink(key, { body: { ...link, userId: 'other' } });
    expect({ status: other.status, code: other.body['code'] }).toEqual({ status: 422, code: 'idempotency_key_reused' });
    expect((await createLink(key, { key: KEYS.confined })).headers.has('idempotency-replayed')).toBe(false);
    expect((await world.call('DELETE', '/connections/none', { once: key })).status).toBe(404);
    const { userId, ...rest } = link;
    expect(isReplay(await createLink(key, { body: { ...rest, userId } }))).toBe(true);
  });

  it('works again, corrected, after a fault of the request', async () => {
    const key = newKey();
    expect((await createLink(key, { body: { ...link, domains: ['fax'] } })).status).toBe(400);
    expect((await createLink(key, { body: { ...link, userId: '' } })).status).toBe(400);
    const right = await createLink(key);
    expect({ status: right.status, replay: isReplay(right) }).toEqual({ status: 201, replay: false });
  });

  it('works again after a failure that passes', async () => {
    const key = newKey();
    const down = instead(world.app.tickets, 'put', () => Promise.reject(new StorageError('store.unavailable', 'down')));
    expect((await createLink(key, { parts: { tickets: down } })).status).toBe(503);
    const right = await createLink(key);
    expect({ status: right.status, replay: isReplay(right) }).toEqual({ status: 201, replay: false });
  });

  it('works again when its key may, which it might not before', async () => {
    const key = newKey();
    const body = { url: 'https://app.example.com/hooks' };
    const demand = (options: CallOptions): Promise<Answer> =>
      world.call('POST', '/endpoints', { body, once: key, ...options });
    expect(await demand({})).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    const { config } = world.app;
    const scopes: ('read' | 'write' | 'admin')[] = ['admin'];
    const apiKeys = config.apiKeys.map((one) => (one.name === 'write' ? { ...one, scopes } : one));
    const right = await demand({ parts: { config: { ...config, apiKeys } } });
    expect({ status: right.status, replay: isReplay(right) }).toEqual({ status: 201, replay: false });
    // The key that may not is another: it hears nothing of what was made.
    expect((await demand({})).status).toBe(403);
    await world.app.endpoints.remove(String(right.body['id']));
  });

  it('is refused as it is for what it asks, however deep that nests', async () => {
    const deep = `${'{"x":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const body = `{"settings":{"mail":{"x":${deep}}}}`;
    const raw = { body, headers: { 'content-type': 'application/json' } };
    expect((await world.call('PATCH', `/connections/${id}`, { raw, once: newKey() })).status).toBe(400);
  });

  it('gets the same refusal again', async () => {
    const key = newKey();
    const first = await world.call('DELETE', '/connections/nobody', { once: key });
    expect(first.status).toBe(404);
    const again = await world.call('DELETE', '/connections/nobody', { once: key });
    expect({ status: again.status, text: again.text, replay: isReplay(again) }).toEqual({
      status: 404,
      text: first.text,
      replay: true,
    });
    expect(again.headers.get('content-type')).toBe('application/problem+json');
  });

  it('gets the same refusal again of a message that is not there, and is refused for another body', async () => {
    const path = `/connections/${id}/messages/nobody-has-this`;
    const [once, body] = [newKey(), { isRead: true }];
    const first = await world.call('PATCH', path, { body, once });
    expect([first.status, isReplay(first)]).toEqual([404, false]);
    const again = await world.call('PATCH', path, { body, once });
    expect([again.status, isReplay(again), again.text]).toEqual([404, true, first.text]);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
    const other = await world.call('PATCH', path, { body: { isRead: false }, once });
    expect([other.status, other.body['code']]).toEqual([422, 'idempotency_key_reused']);
    world.clock.move(ANSWER_LIFE_MS);
    expect(isReplay(await world.call('PATCH', path, { body, once }))).toBe(false);
  });

  it('takes 1 to 255 visible ASCII characters as its key', async () => {
    for (const key of ['', 'two words', 'a'.repeat(256), 'caf\u00e9']) {
      const { status, body } = await createLink(key);
      expect(status, key).toBe(400);
      expect(JSON.stringify(body['errors'])).toContain('header.idempotency-key');
    }
    expect((await createLink('~'.repeat(255))).status).toBe(201);
    expect((await createLink('"quoted"')).status).toBe(201);
  });

  it('lacks what is secret when it is told again, and nothing stored has it', async () => {
    const key = newKey();
    const first = await createLink(key);
    const token = new URL(String(first.body['url'])).searchParams.get('link') ?? '';
    const again = await createLink(key);
    expect(isReplay(again)).toBe(true);
    expect(again.body).toEqual({ expiresAt: first.body['expiresAt'] });
    const stored = await storedTexts(world.azurite.connectionString);
    expect(stored.some((text) => text.includes('"expiresAt"'))).toBe(true);
    expect(stored.filter((text) => text.includes(token))).toEqual([]);
  });

  it('is forgotten after 24 hours', async () => {
    const key = newKey();
    await createLink(key);
    world.clock.move(ANSWER_LIFE_MS - 60_000);
    expect(isReplay(await createLink(key))).toBe(true);
    world.clock.move(60_000);
    const anew = await createLink(key);
    expect({ status: anew.status, replay: isReplay(anew) }).toEqual({ status: 201, replay: false });
  });
});

describe('two at once with one key', () => {
  it('wait for each other: one works, all get its answer', async () => {
    let works = 0;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const slow = instead(world.app.tickets, 'put', async (hash, ticket) => {
      works++;
      await promise;
      await world.app.tickets.put(hash, ticket);
    });
    const key = newKey();
    const all = Promise.all(Array.from({ length: 4 }, () => createLink(key, { parts: { tickets: slow } })));
    await expect.poll(() => works).toBe(1);
    resolve(undefined);
    const answers = await all;
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(answers.filter(isReplay)).toHaveLength(3);
    expect(works).toBe(1);
  });

  it('are told to come again where it takes long, and of a different body at once', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let works = 0;
    const slow = instead(world.app.tickets, 'put', async () => {
      works++;
      await promise;
    });
    const key = newKey();
    const first = createLink(key, { parts: { tickets: slow } });
    await expect.poll(() => works).toBe(1);
    expect((await createLink(key, { body: { ...link, userId: 'other' } })).status).toBe(422);
    const second = await createLink(key);
    expect({ status: second.status, code: second.body['code'] }).toEqual({
      status: 409,
      code: 'idempotency_in_progress',
    });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    resolve(undefined);
    expect((await first).status).toBe(201);
    expect(isReplay(await createLink(key))).toBe(true);
  });

  it('work once although the first one takes longer than a dead one keeps its key', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let works = 0;
    const slow = instead(world.app.tickets, 'put', async (hash, ticket) => {
      works++;
      await promise;
      await world.app.tickets.put(hash, ticket);
    });
    let beat = (): void => undefined;
    const every: Every = (ms, work) => {
      expect(ms).toBeLessThan(RESERVATION_MS / 2);
      beat = work;
      return () => (beat = () => undefined);
    };
    const done: string[] = [];
    const { idempotency } = world.app;
    const told = instead(
      instead(idempotency, 'take', async (once) => {
        const taken = await idempotency.take(once);
        done.push(taken.outcome);
        return taken;
      }),
      'renew',
      async (reservation) => {
        // The first renewal fails: the next one makes up for it.
        if (done.push('renewal') === 2) throw new StorageError('store.unavailable', 'down');
        return idempotency.renew(reservation);
      },
    );
    const key = newKey();
    const demand = (): Promise<Answer> => createLink(key, { parts: { tickets: slow, every, idempotency: told } });
    const first = demand();
    await expect.poll(() => works).toBe(1);
    for (let n = 1; n <= 4; n++) {
      world.clock.move(RESERVATION_MS / 3);
      beat();
      await expect.poll(() => done).toHaveLength(1 + n);
    }
    const second = demand();
    await expect.poll(() => done.at(-1)).toBe('busy');
    resolve(undefined);
    expect([(await first).status, isReplay(await second), works]).toEqual([201, true, 1]);
    const before = done.length;
    beat();
    expect(done).toHaveLength(before);
  });

  it('change a message once, although neither waits', async () => {
    const key = newKey();
    const before = await bookmark();
    const answers = await Promise.all(Array.from({ length: 5 }, () => patch(0, key, { categories: ['At once'] })));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(await changesSince(before)).toHaveLength(1);
  });

  it('with different bodies change a message once, and one is refused', async () => {
    const key = newKey();
    const before = await bookmark();
    const flags = ['flagged', 'complete'];
    const answers = await Promise.all(flags.map((flag) => patch(1, key, { flag })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422]);
    expect(await changesSince(before)).toHaveLength(1);
  });
});

describe('a write to a record with an Idempotency-Key', () => {
  it('has no second effect after others changed the record, nor for having changed nothing', async () => {
    const [first, nothing] = [newKey(), newKey()];
    const answer = await patch(2, first, { categories: ['Mine'] });
    expect((await patch(2, nothing, { categories: ['Mine'] })).status).toBe(200);
    await patch(2, newKey(), { categories: ['Theirs'] });
    const before = await bookmark();
    for (const key of [first, nothing]) {
      const again = await patch(2, key, { categories: ['Mine'] });
      expect({ text: again.text, replay: isReplay(again) }).toEqual({ text: answer.text, replay: true });
    }
    expect(await changesSince(before)).toEqual([]);
    expect((await patch(2, first, { categories: ['Others'] })).status).toBe(422);
  });

  it('is answered exactly although the worker died between commit and answer', async () => {
    const key = newKey();
    const before = await bookmark();
    const dying = instead(world.app.store, 'commit', async (scope, change) => {
      await world.app.store.commit(scope, change);
      throw new Error('killed');
    });
    expect((await patch(3, key, { flag: 'flagged' }, { parts: { store: dying } })).status).toBe(500);
    const again = await patch(3, key, { flag: 'flagged' });
    expect({ status: again.status, flag: again.body['flag'], replay: isReplay(again) }).toEqual({
      status: 200,
      flag: 'flagged',
      replay: true,
    });
    expect(await changesSince(before)).toHaveLength(1);
  });

  it('is forgotten after 24 hours, and its row goes with housekeeping', async () => {
    const key = newKey();
    await patch(4, key, { categories: ['Old'] });
    world.clock.move(ANSWER_LIFE_MS);
    const young = newKey();
    await patch(5, young, { categories: ['Young'] });
    const scope = { connectionId: id, domain: 'mail' };
    const kept = async (): Promise<number> =>
      (await world.app.store.answersBefore(scope, new Date('9999-01-01'), 1_000)).length;
    expect(await kept()).toBeGreaterThan(1);
    await runHousekeeping(world.app, null);
    expect(await kept()).toBe(1);
    expect(isReplay(await patch(5, young, { categories: ['Young'] }))).toBe(true);
    expect(isReplay(await patch(4, key, { categories: ['Old'] }))).toBe(false);
  });
});

describe('a worker that died before it answered', () => {
  it('leaves the key taken for a minute; then the request works again', async () => {
    const key = newKey();
    const dying = instead(world.app.idempotency, 'complete', () =>
      Promise.reject(new StorageError('store.unavailable', 'killed')),
    );
    expect((await createLink(key, { parts: { idempotency: dying } })).status).toBe(201);
    expect((await createLink(key)).status).toBe(409);
    world.clock.move(RESERVATION_MS);
    expect((await createLink(key)).status).toBe(201);
    expect(isReplay(await createLink(key))).toBe(true);
  });

  it('has made one endpoint, whose secret is told to whom asks again', async () => {
    const key = newKey();
    const body = { url: 'https://receiver.example/hook' };
    const create = (options: CallOptions = {}): Promise<Answer> =>
      world.call('POST', '/endpoints', { key: KEYS.admin, body, once: key, ...options });
    const dying = instead(world.app.idempotency, 'complete', () =>
      Promise.reject(new StorageError('store.unavailable', 'killed')),
    );
    const first = await create({ parts: { idempotency: dying } });
    expect(first.status).toBe(201);
    world.clock.move(RESERVATION_MS);
    const other = { ...body, url: 'https://another.example/hook' };
    const refused = await world.call('POST', '/endpoints', { key: KEYS.admin, body: other, once: key });
    expect([refused.status, refused.body['code']]).toEqual([422, 'idempotency_key_reused']);
    const again = await create();
    expect({ status: again.status, text: again.text }).toEqual({ status: 201, text: first.text });
    expect(await world.app.endpoints.list()).toHaveLength(1);
    const replayed = await create();
    expect(isReplay(replayed)).toBe(true);
    expect(replayed.body).not.toHaveProperty('secret');
  });

  it('has not approved deletions twice', async () => {
    const key = newKey();
    const scope = { connectionId: id, domain: 'mail' };
    const asked = async () => (await world.app.store.readHead(scope))?.head.asked;
    const dying = instead(world.app.idempotency, 'complete', () =>
      Promise.reject(new StorageError('store.unavailable', 'killed')),
    );
    const body = { approveDeletes: true };
    const sync = (options: CallOptions = {}): Promise<Answer> =>
      world.call('POST', `/connections/${id}/sync`, { body, once: key, ...options });
    expect((await sync({ parts: { idempotency: dying } })).status).toBe(202);
    expect(await asked()).toMatchObject({ approveDeletes: true });
    // The round uses the approval up.
    await runSyncJob({ connectionId: id, domain: 'mail', why: 'manual', due: null }, world.app);
    expect(await asked()).toMatchObject({ approveDeletes: false });
    world.clock.move(RESERVATION_MS);
    expect((await sync()).status).toBe(202);
    expect(await asked()).toMatchObject({ approveDeletes: false });
    expect((await world.call('POST', `/connections/${id}/sync`, { body, once: newKey() })).status).toBe(202);
    expect(await asked()).toMatchObject({ approveDeletes: true });
  });
});

it('an answer that shows a connection goes with it', async () => {
  const made = await world.call('POST', '/connect-links', { body: { ...link, userId: 'leaver' } });
  const back = await world.follow(String(made.body['url']));
  const left = new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '';
  const [once, body] = [newKey(), { settings: { mail: { folders: 'all' } } }];
  const change = (): Promise<Answer> => world.call('PATCH', `/connections/${left}`, { body, once });
  expect((await change()).text).toContain(USER.username);
  expect(isReplay(await change())).toBe(true);
  await world.call('DELETE', `/connections/${left}`);
  await runDisconnect(world.app, { kind: DISCONNECT, connectionId: left, dueAt: world.clock.now() });
  const again = await change();
  expect([again.status, isReplay(again)]).toEqual([409, false]);
});
