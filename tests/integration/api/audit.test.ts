import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { StorageError } from '../../../shared/errors.ts';
import { runDisconnect } from '../../../shared/jobs/disconnect.ts';
import { runHousekeeping } from '../../../shared/jobs/housekeeping.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { families } from '../../../shared/api/families/all.ts';
import { KEYS, openApiWorld, USER, type Answer, type ApiWorld } from '../../support/api-world.ts';
import { readApiDocument } from '../../support/api-contract.ts';

const entrySchema = z.strictObject({
  id: z.string(),
  at: z.iso.datetime(),
  actor: z.strictObject({ kind: z.string(), name: z.string().nullable() }),
  operation: z.string(),
  on: z.record(z.string(), z.string()),
  workspaceId: z.string().nullable(),
  changed: z.array(z.string()),
  outcome: z.string(),
  status: z.number().nullable(),
  code: z.string().nullable(),
  requestId: z.string().nullable(),
});
type Entry = z.output<typeof entrySchema>;

let world: ApiWorld;
let id: string;
let foreign: string;

beforeAll(async () => {
  world = await openApiWorld();
  [id, foreign] = [await connect('ws-1'), await connect('ws-2')];
  await runSyncJob({ connectionId: id, domain: 'mail', why: 'manual', due: null }, world.app);
});
afterAll(() => world.close());

async function connect(workspaceId: string): Promise<string> {
  const body = {
    userId: 'person@example.com',
    workspaceId,
    domains: ['mail'],
    returnUrl: 'https://app.example.com/connected',
  };
  const made = await world.call('POST', '/connect-links', { body });
  const back = await world.follow(String(made.body['url']));
  return new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '';
}

async function entries(query = '', key: string = KEYS.admin): Promise<Entry[]> {
  const found: Entry[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await world.call('GET', `/audit?limit=5${query}${more}`, { key });
    expect(status).toBe(200);
    found.push(...z.array(entrySchema).parse(body['items']));
    cursor = z.string().nullable().parse(body['nextCursor']);
  }
  return found;
}

/** What the audit has of what happens meanwhile, the oldest first. */
async function during(work: () => Promise<unknown>): Promise<Entry[]> {
  const before = new Set((await entries()).map((entry) => entry.id));
  await work();
  return (await entries()).filter((entry) => !before.has(entry.id)).toReversed();
}

const failing = (): Promise<never> => Promise.reject(new StorageError('store.unavailable', 'no audit'));

describe('the audit of writes by keys', () => {
  it('has who, what, on what and how it ended, with names of settings and no values', async () => {
    const body = { settings: { mail: { folders: ['inbox', 'sentitems'] } } };
    const [entry, ...others] = await during(() => world.call('PATCH', `/connections/${id}`, { body }));
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      actor: { kind: 'key', name: 'write' },
      operation: 'updateConnection',
      on: { connectionId: id },
      workspaceId: 'ws-1',
      changed: ['settings.mail.folders'],
      outcome: 'done',
      status: 200,
      code: null,
    });
    expect(entry?.requestId).not.toBeNull();
    expect(JSON.stringify(entry)).not.toContain('inbox');
  });

  it('has what was approved, disconnected and linked', async () => {
    const asked = await during(() => world.call('POST', `/connections/${id}/sync`, { body: { approveDeletes: true } }));
    expect(asked).toMatchObject([{ operation: 'syncConnection', changed: ['approveDeletes'], status: 202 }]);
    const linked = await during(() =>
      world.call('POST', '/connect-links', { body: { userId: 'secret-user', workspaceId: 'ws-1', domains: ['mail'] } }),
    );
    expect(linked).toMatchObject([
      { operation: 'createConnectLink', changed: ['userId', 'workspaceId', 'domains'], workspaceId: 'ws-1' },
    ]);
  });

  it('has refused writes: by scope, by fault, by workspace, by state', async () => {
    const path = `/connections/${id}`;
    const refused = await during(async () => {
      await world.call('DELETE', path, { key: KEYS.read });
      await world.call('PATCH', path, { body: { settings: { mail: 7 }, 'person@example.com': 1 } });
      await world.call('DELETE', `/connections/${foreign}`, { key: KEYS.confined });
      await world.call('DELETE', '/connections/person@example.com');
    });
    expect(refused).toMatchObject([
      {
        actor: { name: 'read' },
        operation: 'disconnect',
        on: { connectionId: id },
        status: 403,
        code: 'scope_missing',
      },
      { operation: 'updateConnection', status: 400, code: 'request_invalid', changed: [] },
      { actor: { name: 'confined' }, on: { connectionId: foreign }, workspaceId: 'ws-1', status: 404 },
      { operation: 'disconnect', on: {}, status: 400 },
    ]);
    expect(refused.every((entry) => entry.outcome === 'refused')).toBe(true);
    expect(JSON.stringify(refused)).not.toContain('person@');
  });

  it('shows a confined administrator what keys of that workspace alone were refused and told again', async () => {
    const path = `/connections/${id}/sync`;
    const told = await during(async () => {
      await world.call('POST', path, { key: KEYS.confined, body: { domains: 7 } });
      for (let time = 1; time <= 2; time++)
        await world.call('POST', path, { key: KEYS.confined, body: {}, once: 'shown' });
    });
    expect(told.map(({ outcome }) => outcome)).toEqual(['refused', 'done', 'replayed']);
    const seen = await world.call('GET', '/audit?key=confined', { key: KEYS.confinedAdmin });
    const ids = z.array(z.object({ id: z.string() })).parse(seen.body['items']);
    expect(ids.map((entry) => entry.id)).toEqual(expect.arrayContaining(told.map((entry) => entry.id)));
  });

  it('has nothing of reads, of unknown keys and of paths that are none', async () => {
    const told = await during(async () => {
      await world.call('GET', `/connections/${id}`);
      await world.call('DELETE', `/connections/${id}`, { key: 'nobody-0123456789' });
      await families['connections']?.(world.app).request('/api/connections/a/b/c', {
        method: 'POST',
        headers: { authorization: `Bearer ${KEYS.write}` },
      });
    });
    expect(told).toEqual([]);
  });

  it('tells a stored answer from an act', async () => {
    const call = () => world.call('POST', `/connections/${id}/sync`, { body: { domains: ['mail'] }, once: 'audited' });
    const told = await during(async () => {
      await call();
      await call();
    });
    expect(told.map(({ outcome, changed }) => ({ outcome, changed }))).toEqual([
      { outcome: 'done', changed: ['domains'] },
      { outcome: 'replayed', changed: [] },
    ]);
  });

  it('has an entry before anything is done: where it cannot be written nothing is', async () => {
    const before = (await world.app.connections.read(id))?.version;
    const answer = await world.call('PATCH', `/connections/${id}`, {
      body: { settings: {} },
      parts: { audit: { ...world.app.audit, write: failing } },
    });
    expect(answer.status).toBe(503);
    expect((await world.app.connections.read(id))?.version).toBe(before);
    expect(world.lines.join('\n')).toContain('audit.failed');
  });

  it('keeps an entry as begun where its end could not be written, and the write and its answer stand', async () => {
    let calls = 0;
    const audit = {
      ...world.app.audit,
      write: (entry: Parameters<typeof world.app.audit.write>[0]): Promise<void> =>
        ++calls === 1 ? world.app.audit.write(entry) : failing(),
    };
    let answer: Answer | undefined;
    const told = await during(async () => {
      answer = await world.call('POST', `/connections/${id}/sync`, { body: {}, parts: { audit } });
    });
    expect(answer?.status).toBe(202);
    expect(told).toMatchObject([{ operation: 'syncConnection', outcome: 'begun', status: null }]);
  });

  it('costs a write two calls, and a refusal one', async () => {
    let calls = 0;
    const audit = {
      ...world.app.audit,
      write: async (entry: Parameters<typeof world.app.audit.write>[0]): Promise<void> => {
        calls++;
        await world.app.audit.write(entry);
      },
    };
    await world.call('POST', `/connections/${id}/sync`, { body: {}, parts: { audit } });
    expect(calls).toBe(2);
    await world.call('POST', `/connections/${id}/sync`, { body: {}, key: KEYS.read, parts: { audit } });
    expect(calls).toBe(3);
  });

  it('has every writing route by its operation id', async () => {
    const { body } = await world.call('GET', '/openapi.json');
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(readApiDocument(body).paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (method === 'get' || operation.security !== undefined) continue;
        const target = path.replace('/api', '').replaceAll(/\{\w+\}/g, 'none');
        const [entry] = await during(() => world.call(method.toUpperCase(), target, { key: KEYS.read }));
        expect(entry, `${method} ${path}`).toMatchObject({ operation: operation['operationId'], status: 403 });
        ids.add(String(operation['operationId']));
      }
    }
    expect(ids.size).toBeGreaterThan(4);
  });
});

describe('the audit of other acts', () => {
  it('has sign-ins that connected and sign-ins that were refused, and names nobody', async () => {
    const connected = await during(() => connect('ws-1'));
    expect(connected).toMatchObject([
      { operation: 'createConnectLink' },
      { actor: { kind: 'user', name: null }, operation: 'connectAccount', workspaceId: 'ws-1', outcome: 'done' },
    ]);
    expect(connected[1]?.on).toEqual({ connectionId: id });
    const made = await world.call('POST', '/connect-links', { body: { userId: 'u', domains: ['mail'] } });
    const { authorizeUrl, cookie } = await world.login(String(made.body['url']));
    const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
    const back = `http://127.0.0.1:7071/api/oauth/microsoft/callback?error=access_denied&state=${state}`;
    const declined = await during(() => world.callback(back, cookie));
    expect(declined).toMatchObject([{ operation: 'connectAccount', on: {}, outcome: 'refused' }]);
    expect(JSON.stringify([connected, declined])).not.toContain(USER.username);
  });

  it('connects nobody whom it cannot tell of, and leaves the link good', async () => {
    const made = await world.call('POST', '/connect-links', { body: { userId: 'untold', domains: ['mail'] } });
    const write = world.app.audit.write.bind(world.app.audit);
    Object.assign(world.app.audit, { write: failing });
    const refused = await world.follow(String(made.body['url']));
    Object.assign(world.app.audit, { write });
    expect(refused.status).toBe(503);
    expect((await world.follow(String(made.body['url']))).status).toBe(200);
  });

  it('has what the service did by itself', async () => {
    const left = await connect('ws-9');
    await world.call('DELETE', `/connections/${left}`);
    const row = { kind: 'disconnect', connectionId: left, dueAt: world.clock.now() };
    const told = await during(() => runDisconnect(world.app, row));
    expect(told).toMatchObject([
      { actor: { kind: 'system' }, operation: 'disconnect.completed', on: { connectionId: left }, workspaceId: 'ws-9' },
    ]);
  });
});

describe('GET /audit', () => {
  it('asks for the scope admin', async () => {
    for (const key of [KEYS.read, KEYS.write, KEYS.confined])
      expect((await world.call('GET', '/audit', { key })).status).toBe(403);
  });

  it('shows a confined key what was done in its workspaces alone', async () => {
    const all = await entries();
    const shown = await entries('', KEYS.confinedAdmin);
    expect(shown).toEqual(all.filter(({ workspaceId }) => workspaceId === 'ws-1' || workspaceId === 'ws-9'));
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.length).toBeLessThan(all.length);
  });

  it('filters by connection, key and time, and lists every fault', async () => {
    const all = await entries();
    expect(await entries(`&connectionId=${id}`)).toEqual(all.filter(({ on }) => on['connectionId'] === id));
    expect(await entries('&key=read')).toEqual(all.filter(({ actor }) => actor.name === 'read'));
    const [from, to] = [all.at(-3)?.at ?? '', all[2]?.at ?? ''];
    expect(await entries(`&since=${from}&until=${to}`)).toEqual(all.filter(({ at }) => at >= from && at < to));
    const wrong = await world.call('GET', '/audit?since=x&limit=0&connectionId=a%20b', { key: KEYS.admin });
    expect(wrong.status).toBe(400);
    for (const place of ['query.since', 'query.limit', 'query.connectionId'])
      expect(JSON.stringify(wrong.body['errors'])).toContain(place);
    const turned = await world.call('GET', '/audit?since=2026-01-05T10:00:00Z&until=2026-01-05T09:00:00Z', {
      key: KEYS.admin,
    });
    expect(turned.body['errors']).toEqual([{ path: 'query.until', message: 'must not be before since' }]);
    const { body } = await world.call('GET', '/audit?limit=1', { key: KEYS.admin });
    const foreignCursor = await world.call('GET', `/audit?key=read&cursor=${String(body['nextCursor'])}`, {
      key: KEYS.admin,
    });
    expect(foreignCursor.status).toBe(400);
  });

  it('forgets after its retention', async () => {
    world.clock.move(365 * 86_400_000 - 3_600_000);
    await runHousekeeping(world.app, null);
    expect((await entries()).length).toBeGreaterThan(0);
    world.clock.move(2 * 3_600_000);
    await runHousekeeping(world.app, null);
    expect(await entries()).toEqual([]);
  });
});
