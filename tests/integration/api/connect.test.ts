import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shardOf } from '../../../shared/engine/directory-ports.ts';
import { DISCONNECT } from '../../../shared/jobs/disconnect.ts';
import { runDispatch } from '../../../shared/jobs/dispatch.ts';
import { runHousekeeping } from '../../../shared/jobs/housekeeping.ts';
import { KEYS, openApiWorld, type ApiWorld } from '../../support/api-world.ts';
import { storedTexts } from '../../support/stored-texts.ts';

const RETURN = 'https://app.example.com/connected/here?tab=1';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

async function link(fields: Record<string, unknown> = {}): Promise<string> {
  const answer = await world.call('POST', '/connect-links', {
    body: { userId: 'user-1', workspaceId: 'ws-1', domains: ['mail'], returnUrl: RETURN, ...fields },
  });
  expect(answer.status).toBe(201);
  return String(answer.body['url']);
}

async function connect(fields: Record<string, unknown> = {}): Promise<string> {
  const response = await world.follow(await link(fields));
  const to = new URL(response.headers.get('location') ?? '');
  expect(to.searchParams.get('status')).toBe('connected');
  return to.searchParams.get('connectionId') ?? '';
}

/** Disconnects, and sees to it to the end. */
async function leave(id: string): Promise<void> {
  expect((await world.call('DELETE', `/connections/${id}`)).status).toBe(202);
  await runDispatch({ kinds: [DISCONNECT], shards: [shardOf(id)] }, world.app);
  expect((await world.app.connections.read(id))?.connection.status).toBe('disconnected');
}

/** Has housekeeping find a connection that left longer ago than its feed is kept. */
async function forget(id: string): Promise<void> {
  const { connection, version } = (await world.app.connections.read(id)) ?? expect.fail('no connection');
  await world.app.connections.replace({ ...connection, updatedAt: '2020-01-01T00:00:00.000Z' }, version);
  await runHousekeeping(world.app, null);
  expect(await world.app.connections.read(id)).toBeNull();
}

async function feed(id: string): Promise<string[]> {
  const { changes } = await readConnectionFeed(id);
  return changes;
}

async function readConnectionFeed(id: string): Promise<{ changes: string[] }> {
  const rows = await world.app.store.readChanges({ connectionId: id, domain: 'connection' }, 0, 100);
  return { changes: rows.map((row) => row.type) };
}

describe('a connect link', () => {
  it('connects the account and sends the browser back', async () => {
    const response = await world.follow(await link());

    expect(response.status).toBe(302);
    const to = new URL(response.headers.get('location') ?? '');
    expect(`${to.origin}${to.pathname}`).toBe('https://app.example.com/connected/here');
    expect(to.searchParams.get('tab')).toBe('1');
    const id = to.searchParams.get('connectionId') ?? '';
    const { status, body } = await world.call('GET', `/connections/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, userId: 'user-1', workspaceId: 'ws-1', status: 'connected', source: 'graph' });
    expect(body['domains']).toMatchObject({ mail: { status: 'pending', subscriptions: [] } });
    expect(await feed(id)).toEqual(['connection.connected']);
    expect(await world.app.queues.lengths()).toMatchObject({ 'sync-jobs': 1 });
    expect(await world.app.due.oldest('mail')).toMatchObject({ connectionId: id });
    expect(await world.app.due.oldest('subscriptions')).toMatchObject({ connectionId: id });
  });

  it('stores neither the ticket nor the token', async () => {
    const url = await link({ userId: 'user-secret' });
    const token = new URL(url).searchParams.get('link') ?? '';
    expect(token.length).toBeGreaterThan(40);
    expect(await world.app.tickets.read(token)).toBeNull();
    expect(world.lines.join('\n')).not.toContain(token);
  });

  it('stays good when a mail scanner opens it', async () => {
    const url = await link({ userId: 'user-scanned' });
    await world.login(url);
    await world.login(url);
    expect((await world.follow(url)).headers.get('location')).toContain('status=connected');
  });

  it('works once', async () => {
    const url = await link({ userId: 'user-once' });
    const first = await world.login(url);
    await world.follow(url);
    await expect(world.login(url)).rejects.toThrow('login answered 410');
    const state = new URL(first.authorizeUrl).searchParams.get('state') ?? '';
    const late = await world.callback(
      `http://127.0.0.1:7071/api/oauth/microsoft/callback?code=x&state=${state}`,
      first.cookie,
    );
    expect(late.status).toBe(410);
  });

  it('dies after fifteen minutes', async () => {
    const url = await link({ userId: 'user-late' });
    world.clock.move(15 * 60_000 + 1_000);
    await expect(world.login(url)).rejects.toThrow('login answered 410');
    world.clock.move(-(15 * 60_000 + 1_000));
  });

  it('is not known when nobody made it', async () => {
    await expect(world.login('http://127.0.0.1:7071/api/oauth/microsoft/login?link=nope')).rejects.toThrow(
      'answered 404',
    );
  });

  it('stays usable when the user declines', async () => {
    const url = await link({ userId: 'user-declined' });
    const { authorizeUrl, cookie } = await world.login(url);
    const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
    const back = `http://127.0.0.1:7071/api/oauth/microsoft/callback?error=access_denied&error_description=AADSTS65004&state=${state}`;
    const declined = await world.callback(back, cookie);
    const to = new URL(declined.headers.get('location') ?? '');
    expect(to.searchParams.get('status')).toBe('error');
    expect(to.searchParams.get('reason')).not.toBe('');
    expect(declined.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await world.follow(url)).headers.get('location')).toContain('status=connected');
  });
});

describe('the callback', () => {
  it('refuses a browser without the cookie', async () => {
    const { authorizeUrl } = await world.login(await link({ userId: 'user-cookie' }));
    const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
    const answer = await world.callback(
      `http://127.0.0.1:7071/api/oauth/microsoft/callback?code=x&state=${state}`,
      null,
    );
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
  });

  it('refuses the cookie of another sign-in', async () => {
    const mine = await world.login(await link({ userId: 'user-a' }));
    const other = await world.login(await link({ userId: 'user-b' }));
    const state = new URL(mine.authorizeUrl).searchParams.get('state') ?? '';
    const value = other.cookie.slice(other.cookie.indexOf('=') + 1);
    const forged = `${mine.cookie.slice(0, mine.cookie.indexOf('='))}=${value}`;
    const answer = await world.callback(
      `http://127.0.0.1:7071/api/oauth/microsoft/callback?code=x&state=${state}`,
      forged,
    );
    expect(answer.status).toBe(400);
  });
});

describe('the same account again', () => {
  it('is a reconnect that keeps id, head and records', async () => {
    const id = await connect({ userId: 'user-again' });
    const before = await world.app.connections.read(id);

    expect(await connect({ userId: 'user-again' })).toBe(id);

    const after = await world.app.connections.read(id);
    const [old, secret] = [before?.connection.secret, after?.connection.secret];
    if (!old || !secret) throw new Error('no secrets');
    expect(await world.app.secrets.read(old)).toBeNull();
    expect(await world.app.secrets.read(secret)).toContain('RefreshToken');
    expect(await feed(id)).toEqual(['connection.connected', 'connection.connected']);
  });

  it('mends a connection whose grant was dead', async () => {
    const id = await connect({ userId: 'user-mended' });
    const found = await world.app.connections.read(id);
    if (found === null) throw new Error('no connection');
    const broken = { ...found.connection, status: 'reauth_required' as const, reason: 'reauth_required' };
    await world.app.connections.replace(broken, found.version);

    expect(await connect({ userId: 'user-mended' })).toBe(id);

    expect((await world.call('GET', `/connections/${id}`)).body).toMatchObject({ status: 'connected', reason: null });
    expect(await feed(id)).toEqual(['connection.connected', 'connection.recovered']);
  });

  it('makes one connection of two sign-ins at once', async () => {
    const [one, two] = await Promise.all([connect({ userId: 'user-twice' }), connect({ userId: 'user-twice' })]);
    expect(one).toBe(two);
  });

  it('is another connection for another user, workspace, or life', async () => {
    const ids = [
      await connect({ userId: 'user-x', workspaceId: 'ws-1' }),
      await connect({ userId: 'user-x', workspaceId: 'ws-2' }),
      await connect({ userId: 'user-x', workspaceId: null }),
    ];
    const left = ids[0] ?? '';
    expect((await world.call('DELETE', `/connections/${left}`)).status).toBe(202);
    ids.push(await connect({ userId: 'user-x', workspaceId: 'ws-1' }));
    expect(new Set(ids).size).toBe(4);
  });

  it('is a reconnect of the life that stands, whichever of those before it were forgotten', async () => {
    const sameUser = () => connect({ userId: 'user-lives' });
    const first = await sameUser();
    await leave(first);
    const second = await sameUser();
    await leave(second);
    const third = await sameUser();
    for (const gone of [second, first]) {
      await forget(gone);
      expect(await Promise.all([sameUser(), sameUser()])).toEqual([third, third]);
    }
    const { connections } = await world.app.connections.list({ userId: 'user-lives', limit: 10, after: null });
    expect(connections.map(({ id, status }) => [id, status])).toEqual([[third, 'connected']]);
  });

  it('never has the id of a life that was forgotten, of which nothing is kept but that it was', async () => {
    const sameUser = () => connect({ userId: 'user-lived' });
    const gone = await sameUser();
    await leave(gone);
    await forget(gone);
    const [present, ...others] = new Set(await Promise.all([sameUser(), sameUser()]));
    expect(present).not.toBe(gone);
    expect(others).toEqual([]);
    const rows = (await storedTexts(world.azurite.connectionString)).filter((text) => text.includes(`"${gone}|`));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain(`"partitionKey":"${gone}|connection","rowKey":"head"`);
    const scope = { connectionId: gone, domain: 'connection' };
    expect((await world.app.store.readHead(scope))?.head).toMatchObject({ closed: true, notes: null });
  });
});

describe('POST /connect-links', () => {
  it('lists every fault', async () => {
    const { status, body, headers } = await world.call('POST', '/connect-links', {
      body: { userId: '', domains: [], returnUrl: 'not a url', surprise: 1 },
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    const paths = JSON.stringify(body['errors']);
    for (const path of ['body.userId', 'body.domains', 'body.returnUrl', 'body.surprise'])
      expect(paths).toContain(path);
  });

  it('refuses unknown domains, wrong settings and foreign return addresses together', async () => {
    const { status, body } = await world.call('POST', '/connect-links', {
      body: {
        userId: 'u',
        domains: ['mail', 'fax'],
        settings: { mail: { folders: 7 }, fax: {} },
        returnUrl: 'https://app.example.com.evil.test/connected',
      },
    });
    expect(status).toBe(400);
    const paths = JSON.stringify(body['errors']);
    for (const path of ['body.domains.1', 'body.settings.mail.folders', 'body.settings.fax', 'body.returnUrl'])
      expect(paths).toContain(path);
  });

  it('refuses a source of mail that is not offered here', async () => {
    const make = (source: string) =>
      world.call('POST', '/connect-links', {
        body: { userId: 'u', domains: ['mail'], settings: { mail: { source } } },
      });
    expect((await make('graph')).status).toBe(201);
    expect(await make('owa')).toMatchObject({
      status: 400,
      body: {
        errors: [{ path: 'body.settings.mail.source', message: 'is not offered here: mail is read by "graph"' }],
      },
    });
  });

  it('keeps a confined key in its workspaces', async () => {
    const make = (workspaceId?: string) =>
      world.call('POST', '/connect-links', {
        key: KEYS.confined,
        body: { userId: 'u', domains: ['mail'], ...(workspaceId === undefined ? {} : { workspaceId }) },
      });
    expect((await make('ws-1')).status).toBe(201);
    expect((await make('ws-2')).status).toBe(403);
    expect((await make()).status).toBe(403);
  });
});
