import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { call } from '../../../infra/local/demo/client.ts';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import { LOCAL_API_KEY, startStack, type Stack } from '../../../infra/local/stack.ts';
import { ensureBuilt } from '../../support/built-app.ts';
import { runOps, saying, type Ran } from '../../support/ops.ts';

const NEVER = '0 0 0 1 1 *';
const UPN = 'ops@contoso.example';
const MESSAGES = 200;

let stack: Stack;
beforeAll(async () => {
  await ensureBuilt();
  stack = await startStack({
    settings: {
      EMAIL_SYNC_SCHEDULE: NEVER,
      SUBSCRIPTION_RENEWAL_SCHEDULE: NEVER,
      STATISTICS_SCHEDULE: NEVER,
      SYNC_JITTER_MS: '0',
      SYNC_PAGE_SIZE: '10',
    },
  });
  const body = { userPrincipalName: UPN, displayName: 'Ops', password: 'Pa55-word!', messages: MESSAGES, folders: 3 };
  await control('POST', '/users', body);
});
afterAll(() => stack.close());

const control = (method: string, path: string, body?: unknown): Promise<unknown> =>
  call(z.unknown(), `${stack.control}${path}`, { method, ...(body === undefined ? {} : { body }) });
const ops = (...args: string[]): Promise<Ran> =>
  runOps({ OUTLOOK_SYNC_API: stack.api, OUTLOOK_SYNC_API_KEY: LOCAL_API_KEY }, ...args);

/** Follows a connect link as its user would. */
async function follow(link: string): Promise<void> {
  const login = await fetch(link, { redirect: 'manual' });
  const cookie = login.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  const account = { username: UPN, password: 'Pa55-word!', consent: 'accept' as const };
  const { redirectTo } = await signIn(login.headers.get('location') ?? '', account);
  const answer = await fetch(redirectTo, { headers: { cookie: cookie.join('; ') }, redirect: 'manual' });
  expect(answer.status).toBeLessThan(400);
}

const overview = z.object({ connections: z.array(z.object({ id: z.string(), userId: z.string() })) });
async function onlyConnection(): Promise<string> {
  const { connections } = overview.parse(JSON.parse((await ops('status', '--json')).out));
  expect(connections).toHaveLength(1);
  return connections[0]?.id ?? '';
}

// In this order: each takes up what the one before left.
describe('the operator, from the first connection to the last', () => {
  it('makes a link that connects an account, and follows the first sync to its end', async () => {
    const link = await ops('connect', '--user', 'u-1', '--folders', 'all', '--login-hint', UPN);
    expect(link).toMatchObject({ code: 0, err: saying('Good until') });
    // Twenty pages that take their time: there is something to see of the first sync.
    const match = { method: 'GET', path: '/messages/delta' };
    await control('POST', '/faults', { match, times: 0, action: { kind: 'slow', ms: 200 } });
    await follow(link.out.trim());
    const id = await onlyConnection();
    const followed = await ops('backfill', id);
    await control('DELETE', '/faults');
    expect(followed).toMatchObject({ code: 0, out: `${id}: mail ok\n` });
    expect(followed.err).toContain('A round of mail is under way: following it.');
    expect(followed.err).toMatch(/^mail: [\d,]+ of [\d,]+, \d+ of \d+ streams done \(\d+%\)$/m);
    expect(followed.err).not.toContain('\u001b');
  }, 60_000);

  it('sees what the connections do, and all of one', async () => {
    const id = await onlyConnection();
    const all = await ops('status');
    expect(all.code).toBe(0);
    expect(all.out).toMatch(/^Service +healthy; tables ok \d+ ms, queues ok/m);
    expect(all.out).toMatch(new RegExp(`^${id} +u-1 +connected +mail +ok +\\d+ s +- +\\S.* expires in \\d+ d`, 'm'));
    const one = await ops('status', id);
    expect(one.out).toContain(`Account      ${UPN} (graph)`);
    expect(one.out).toContain('me/messages, expires in');
    expect((await ops('status', '--user', 'nobody')).out).toContain('No connections.');
  });

  it('syncs now, and prints what came: names of fields, and values only when asked for JSON', async () => {
    const id = await onlyConnection();
    const bookmark = z.object({ nextCursor: z.string() });
    const { nextCursor } = bookmark.parse(JSON.parse((await ops('feed', id, '--after', 'latest', '--json')).out));
    await control('POST', `/users/${UPN}/messages`, { subject: 'Secret plans' });
    expect(await ops('sync', id, '--wait')).toMatchObject({ code: 0, out: `${id}: mail ok\n` });
    const lines = await ops('feed', id, '--after', nextCursor, '--domain', 'mail');
    expect(lines.out).toMatch(/^\S+Z {2}mail#\d+ {2}message\.created {2}(push|poll) {2}\S+$/m);
    expect(lines.out).not.toContain('Secret');
    const json = (await ops('feed', id, '--after', nextCursor, '--json')).out.trim().split('\n');
    expect(json.some((line) => line.includes('Secret plans'))).toBe(true);
    expect(bookmark.safeParse(JSON.parse(json.at(-1) ?? '')).success).toBe(true);
  });

  it('syncs a user, all, and only the domains that there are', async () => {
    const id = await onlyConnection();
    expect((await ops('sync', '--user', 'u-1')).out).toBe(`${id}: a round of mail is on its way\n`);
    expect((await ops('sync', '--all', '--wait', '--domains', 'mail', '--json')).out).toContain('"well":true');
    expect(await ops('sync', id, '--domains', 'mail,fax')).toMatchObject({
      code: 1,
      err: saying('body.domains.1 is not synced by this connection: mail'),
    });
  });

  it('reads the mailbox anew without a change in the feed', async () => {
    const id = await onlyConnection();
    const before = await ops('feed', id, '--domain', 'mail');
    const again = await ops('backfill', id);
    expect(again).toMatchObject({ code: 0, err: saying('A full round of mail has begun.') });
    expect((await ops('feed', id, '--domain', 'mail')).out).toBe(before.out);
  });

  it('tells in the check-up that all is well', async () => {
    const { code, out } = await ops('doctor', '--public-url', stack.host);
    expect(out).toContain('the key may read and write');
    expect(out).toMatch(/^ok {4}notifications webhook +the validation token came back in \d+ ms$/m);
    expect(out).toMatch(/^ok {4}lifecycle webhook +the validation token came back in \d+ ms$/m);
    expect(out).toContain(`${stack.host}/api/oauth/microsoft/callback`);
    expect(out).toContain('Nothing is wrong');
    expect(code).toBe(0);
  });

  it('learns who must sign in again, and what to do', async () => {
    const id = await onlyConnection();
    await control('POST', `/users/${UPN}/revoke`, { error: '50173', accessTokens: true });
    const failed = await ops('sync', id, '--wait');
    expect(failed.code).toBe(1);
    expect(`${failed.out}${failed.err}`).toContain('reauth_required');
    const { code, out } = await ops('doctor', '--public-url', stack.host);
    expect(code).toBe(1);
    expect(out).toContain(`${id} of u-1 (reauth_required) needs its user to sign in again`);
    expect(out).toContain('npm run ops -- connect --user u-1');
    expect((await ops('status')).code).toBe(1);
    expect(await ops('backfill', id)).toMatchObject({ code: 1, err: saying('sign in again') });
    await follow((await ops('connect', '--user', 'u-1')).out.trim());
    expect(await ops('sync', id, '--wait')).toMatchObject({ code: 0 });
  });

  it('erases only when that is meant, and says what could not be reached', async () => {
    const id = await onlyConnection();
    expect(await ops('erase', '--user', 'u-1')).toMatchObject({ code: 2, err: saying('add --yes') });
    await control('POST', '/faults', {
      match: { method: 'DELETE', path: '/subscriptions/' },
      times: 0,
      action: { kind: 'status', status: 503 },
    });
    expect(await ops('erase', '--user', 'u-1', '--yes')).toMatchObject({
      code: 1,
      out: `${id}: erased; could not be reached: subscription\n`,
    });
    expect((await ops('status')).out).toMatch(new RegExp(`^${id} +u-1 +disconnected +-`, 'm'));
    expect(await ops('sync', id)).toMatchObject({ code: 1, err: saying('is disconnected') });
    expect(await ops('erase', '--user', 'u-1', '--yes')).toMatchObject({ code: 1 });
  });
});

describe('errors that say what to do', () => {
  it('tells a wrong key from a missing one', async () => {
    expect(await ops('status', '--key', 'wrong')).toMatchObject({ code: 1, err: saying('API_KEYS') });
    expect(await runOps({ OUTLOOK_SYNC_API: stack.api }, 'status')).toMatchObject({
      code: 2,
      err: saying('OUTLOOK_SYNC_API_KEY'),
    });
  });

  it('asks whether the host is running where nobody listens', async () => {
    const nobody = { OUTLOOK_SYNC_API: 'http://127.0.0.1:1023/api', OUTLOOK_SYNC_API_KEY: 'k' };
    expect(await runOps(nobody, 'status')).toMatchObject({
      code: 1,
      err: saying('Is the host running?'),
    });
    const { code, out } = await runOps(nobody, 'doctor');
    expect(out).toContain('Nothing listens at http://127.0.0.1:1023/api');
    expect(code).toBe(1);
  });

  it('says which connection there is not, and asks where the address is wrong', async () => {
    expect(await ops('status', 'nobody')).toMatchObject({
      code: 1,
      err: saying('connection_unknown'),
    });
    expect(await ops('status', '--api', `${stack.host}/other`)).toMatchObject({
      code: 1,
      err: saying('It ends in /api'),
    });
  });
});
