import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FeedReader } from '../../support/feed-reader.ts';
import { RETURN_URL, StackWorld, type User } from '../../support/stack-world.ts';
import { until } from '../../../infra/local/demo/wait.ts';
import { signIn } from '../../../infra/local/entra/sign-in.ts';

let world: StackWorld;
let ada: User;
let other: User;
beforeAll(async () => {
  world = await StackWorld.start();
  ada = await world.user('ada', { messages: 1_200, folders: 6 });
  other = await world.user('other');
});
afterAll(() => world.close());

const outcome = (response: Response): URLSearchParams => new URL(response.headers.get('location') ?? '').searchParams;
const callbackUrl = (query: string): string => `${world.stack.api}/oauth/microsoft/callback?${query}`;
const stateOf = (authorize: string): string => new URL(authorize).searchParams.get('state') ?? '';

const connection = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  userId: z.string(),
  workspaceId: z.string().nullable(),
  account: z.looseObject({ username: z.string(), tenantId: z.string(), objectId: z.string() }),
  source: z.literal('graph'),
  status: z.string(),
  reason: z.string().nullable(),
  domains: z.strictObject({
    mail: z.looseObject({
      status: z.string(),
      reason: z.string().nullable(),
      lastSyncedAt: z.string().nullable(),
      lastErrorAt: z.string().nullable(),
      lastError: z.string().nullable(),
      progress: z
        .object({ done: z.number(), total: z.number().nullable(), streams: z.number(), streamsDone: z.number() })
        .nullable(),
      nextDueAt: z.string().nullable(),
      subscription: z.looseObject({ id: z.string(), resource: z.string(), expiresAt: z.string() }).nullable(),
      subscriptions: z.array(z.looseObject({ id: z.string() })),
    }),
  }),
  settings: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

describe('a connect link', () => {
  it('is good for fifteen minutes, and leads to the sign-in with PKCE, state and a cookie', async () => {
    const made = await world.send(z.object({ url: z.string(), expiresAt: z.string() }), 'POST', '/connect-links', {
      userId: 'u',
      workspaceId: 'ws-1',
      domains: ['mail'],
      loginHint: ada.upn,
    });
    const life = Date.parse(made.expiresAt) - Date.now();
    expect(life).toBeGreaterThan(14 * 60_000);
    expect(life).toBeLessThanOrEqual(15 * 60_000);
    const answer = await fetch(made.url, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    const query = new URL(answer.headers.get('location') ?? '').searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('login_hint')).toBe(ada.upn);
    expect(query.get('redirect_uri')).toBe(`${world.stack.api}/oauth/microsoft/callback`);
    expect(query.get('scope')?.split(' ')).toEqual(expect.arrayContaining(['offline_access']));
  });

  it('is used up at the callback, not by being opened', async () => {
    const user = await world.user('once');
    const link = await world.link({ userId: 'once' });
    for (let scan = 0; scan < 3; scan++) expect((await world.open(link)).status).toBe(302);
    const first = await world.open(link);
    const second = await world.open(link);

    const connected = await world.follow(link, user);
    expect(outcome(connected).get('status')).toBe('connected');
    expect(outcome(connected).get('tab')).toBe('1');
    expect(connected.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:9\/connected\?/);

    expect((await world.open(link)).status).toBe(410);
    // Sign-ins that were begun before come too late, although state and cookie are right.
    for (const { authorize, cookie } of [first, second]) {
      const { redirectTo } = await signIn(authorize, { username: user.upn, password: user.password });
      expect((await fetch(redirectTo, { redirect: 'manual', headers: { cookie } })).status).toBe(410);
    }
  });

  it('makes one connection of two callbacks at once', async () => {
    const user = await world.user('twice');
    const link = await world.link({ userId: 'twice' });
    const { authorize, cookie } = await world.open(link);
    const { redirectTo } = await signIn(authorize, { username: user.upn, password: user.password });
    const answers = await Promise.all(
      [1, 2, 3].map(() => fetch(redirectTo, { redirect: 'manual', headers: { cookie } })),
    );
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([302, 410, 410]);
  });

  it('that nobody made is not known', async () => {
    const { status, text } = await world.open(`${world.stack.api}/oauth/microsoft/login?link=nonsense`);
    expect(status).toBe(404);
    expect(text).toContain('not known');
  });

  it('is not made for an address that is not allowed, an unknown domain, or settings that are wrong: all at once', async () => {
    const body = {
      userId: 'u',
      domains: ['mail', 'fax'],
      returnUrl: 'http://evil.example/connected',
      settings: { mail: { source: 'pigeon' } },
    };
    const refused = await world.refused('POST', '/connect-links', { body });
    expect(refused).toMatchObject({ status: 400, code: 'request_invalid' });
    expect(refused.at).toEqual(['body.domains.1', 'body.settings.mail.source', 'body.returnUrl']);
  });

  it.each([
    'http://127.0.0.1:9/connectedevil/../other',
    'http://127.0.0.1:9@evil.example/connected',
    'https://127.0.0.1:9/connected',
    'javascript:alert(1)',
  ])('is not made with the return address %s', async (returnUrl) => {
    const body = { userId: 'u', domains: ['mail'], returnUrl };
    expect(await world.refused('POST', '/connect-links', { body })).toMatchObject({
      status: 400,
      at: ['body.returnUrl'],
    });
  });
});

describe('the callback', () => {
  it('refuses a state that nobody gave out, and a browser without the cookie', async () => {
    const { authorize, cookie } = await world.open(await world.link({ userId: 'u' }));
    const { redirectTo } = await signIn(authorize, { username: other.upn, password: other.password });
    const bare = await fetch(redirectTo, { redirect: 'manual' });
    expect(bare.status).toBe(400);
    expect(await bare.text()).toContain('did not start in this browser');
    const wrong = redirectTo.replace(stateOf(authorize), 'guessed');
    expect((await fetch(wrong, { redirect: 'manual', headers: { cookie } })).status).toBe(400);
    // Neither used anything up.
    expect(outcome(await fetch(redirectTo, { redirect: 'manual', headers: { cookie } })).get('status')).toBe(
      'connected',
    );
  });

  it('refuses the cookie of another sign-in', async () => {
    const mine = await world.open(await world.link({ userId: 'u' }));
    const foreign = await world.open(await world.link({ userId: 'v' }));
    const { redirectTo } = await signIn(mine.authorize, { username: other.upn, password: other.password });
    const forged = `${mine.cookie.split('=', 1)[0] ?? ''}=${foreign.cookie.slice(foreign.cookie.indexOf('=') + 1)}`;
    for (const cookie of [foreign.cookie, forged])
      expect((await fetch(redirectTo, { redirect: 'manual', headers: { cookie } })).status).toBe(400);
  });

  it('takes a denied consent back to the application with a reason, and leaves the link usable', async () => {
    const user = await world.user('hesitant');
    const link = await world.link({ userId: 'hesitant' });
    const denied = outcome(await world.follow(link, user, 'deny'));
    expect(denied.get('status')).toBe('error');
    expect(denied.get('reason')).toBe('consent_missing');
    expect(denied.get('connectionId')).toBeNull();
    expect(outcome(await world.follow(link, user)).get('status')).toBe('connected');
  });

  it('shows a plain page where the link has no return address', async () => {
    const user = await world.user('plain');
    const denied = await world.follow(await world.link({ userId: 'plain', returnUrl: null }), user, 'deny');
    expect(denied.status).toBe(400);
    expect(denied.headers.get('content-type')).toContain('text/html');
    const page = await world.follow(await world.link({ userId: 'plain', returnUrl: null }), user);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Connected');
  });

  it('says that Microsoft could not be asked, and the link stays good', async () => {
    const user = await world.user('unlucky');
    const link = await world.link({ userId: 'unlucky' });
    await world.control('POST', '/faults', {
      match: { path: '/oauth2/v2.0/token' },
      times: 9,
      action: { kind: 'status', status: 503 },
    });
    const failed = outcome(await world.follow(link, user));
    await world.control('DELETE', '/faults');
    expect(failed.get('status')).toBe('error');
    expect(outcome(await world.follow(link, user)).get('status')).toBe('connected');
  });

  it('takes no other method, and knows no code of anybody else', async () => {
    expect((await fetch(callbackUrl('code=x'), { method: 'POST' })).status).toBe(405);
    const { authorize, cookie } = await world.open(await world.link({ userId: 'u' }));
    const guessed = await fetch(callbackUrl(`code=guessed&state=${stateOf(authorize)}`), {
      redirect: 'manual',
      headers: { cookie },
    });
    expect(outcome(guessed).get('status')).toBe('error');
  });
});

describe('a connection', () => {
  it('shows its progress while a bigger mailbox syncs, and then that it is in step', async () => {
    await world.control('PATCH', '/settings', { pageSize: 50, latencyMs: 15 });
    const back = await world.follow(
      await world.link({ userId: 'ada', workspaceId: 'ws-1', settings: { mail: { folders: 'all' } } }),
      ada,
    );
    const id = outcome(back).get('connectionId') ?? '';
    const read = async () => world.get(connection, `/connections/${id}`);
    const seen = new Map<string, number[]>();
    for (let shown = await read(); shown.domains.mail.status !== 'ok'; shown = await read()) {
      const { status, progress } = shown.domains.mail;
      seen.set(status, [...(seen.get(status) ?? []), ...(progress === null ? [] : [progress.done])]);
      if (progress !== null && progress.total !== null) expect(progress.done).toBeLessThanOrEqual(progress.total);
      expect(['pending', 'syncing']).toContain(status);
    }
    await world.control('PATCH', '/settings', { pageSize: 200, latencyMs: 0 });
    const counted = seen.get('syncing') ?? [];
    expect(new Set(counted).size).toBeGreaterThan(3);
    expect(counted).toEqual(counted.toSorted((a, b) => a - b));

    await world.ready(id);
    const shown = await read();
    expect(shown).toMatchObject({ id, userId: 'ada', workspaceId: 'ws-1', status: 'connected', reason: null });
    expect(shown.account.username).toBe(ada.upn);
    expect(shown.settings).toEqual({ mail: { source: 'graph', folders: 'all' } });
    expect(shown.warnings).toEqual([]);
    const { subscription, subscriptions, lastSyncedAt } = shown.domains.mail;
    expect(subscription?.resource).toBe('me/messages');
    expect(subscriptions).toEqual([subscription]);
    expect(Date.parse(subscription?.expiresAt ?? '')).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    expect(Date.parse(lastSyncedAt ?? '')).toBeLessThanOrEqual(Date.now());
    // With a live subscription a poll is a safety net: twelve hours from now.
    await world.run('emailSync');
    const due = async (): Promise<number> => Date.parse((await read()).domains.mail.nextDueAt ?? '');
    await until('a distant safety poll', async () => (await due()) > Date.now() + 11 * 3_600_000, 10_000);
  });

  it('tells the first sync in the feed with counts, and no row per record', async () => {
    const { items } = await world.get(z.object({ items: z.array(connection) }), '/connections?userId=ada');
    const id = items[0]?.id ?? '';
    const rows = await new FeedReader(world, id).rest();
    expect(rows.map((row) => row.type)).toEqual(['connection.connected', 'sync.baseline_completed']);
    const snapshot = z
      .object({ messages: z.array(z.unknown()) })
      .parse(await world.mailbox(ada, 'GET', '/snapshot?fields=ids'));
    expect(rows[1]?.domain).toBe('mail');
    const counts = z.record(z.string(), z.number()).parse(rows[1]?.['counts']);
    expect(counts['message']).toBeLessThanOrEqual(snapshot.messages.length);
    expect(counts['message']).toBeGreaterThan(1_000);
  });

  it('is found by user and status, page by page', async () => {
    const ids = async (query: string): Promise<string[]> => {
      const all: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { items: { id: string }[]; nextCursor: string | null } = await world.get(
          z.object({ items: z.array(z.object({ id: z.string() })), nextCursor: z.string().nullable() }),
          `/connections?${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        );
        all.push(...page.items.map((one) => one.id));
        cursor = page.nextCursor;
      }
      return all;
    };
    const every = await ids('limit=200');
    expect(await ids('limit=1')).toEqual(every);
    expect(await ids('status=connected&limit=2')).toEqual(every);
    expect(await ids('status=error')).toEqual([]);
    expect(await ids('userId=ada')).toHaveLength(1);
    expect(await ids('userId=nobody')).toEqual([]);
    expect(await world.refused('GET', '/connections?status=asleep&limit=0&cursor=x')).toMatchObject({
      status: 400,
      at: ['query.limit', 'query.status'],
    });
  });

  it('says that its user must sign in again, and is mended by that', async () => {
    const user = await world.user('revoked', { messages: 3 });
    const id = await world.connect(user, { userId: 'revoked' });
    const feed = await FeedReader.latest(world, id);
    await world.mailbox(user, 'POST', '/revoke', { error: '50173' });
    // Until its access token ends nobody hears of it.
    await world.control('POST', '/clock', { advanceSeconds: 3_700 });
    await world.send(z.unknown(), 'POST', `/connections/${id}/sync`, {});
    const { found } = await feed.until('connection.reauth_required');
    expect(found).toMatchObject({ domain: 'connection', cause: 'system' });
    expect(await world.get(connection, `/connections/${id}`)).toMatchObject({ status: 'reauth_required' });
    expect(outcome(await world.follow(await world.link({ userId: 'revoked' }), user)).get('connectionId')).toBe(id);
    await feed.until('connection.recovered');
    await world.ready(id);
    expect(await world.get(connection, `/connections/${id}`)).toMatchObject({ status: 'connected', reason: null });
  });
});

it('keeps tokens, codes and passwords out of the log', () => {
  const log = world.lines.join('\n');
  expect(log).not.toContain(ada.password);
  expect(log).not.toContain('local-secret');
  expect(log).not.toMatch(/eyJ[\w-]{20,}\.|[?&]code=/);
  expect(RETURN_URL).not.toBe('');
});
