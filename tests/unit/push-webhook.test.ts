import { describe, expect, it } from 'vitest';
import { respond } from '../../shared/api/http/respond.ts';
import { pushReceiver } from '../../shared/api/webhooks/push-webhook.ts';
import { loadConfig } from '../../shared/config.ts';
import type { Connection } from '../../shared/engine/connection.ts';
import { StorageError } from '../../shared/errors.ts';
import { takePushTrigger } from '../../shared/jobs/push-trigger.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { ACCOUNT, addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';

const TOKEN = 'push-token-0123456789';
const BEARER = { authorization: `Bearer ${TOKEN}` };

interface Told {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
  readonly headers: Headers;
}

async function send(
  world: JobWorld,
  body: unknown,
  given: { headers?: Record<string, string>; token?: string | null; method?: string; query?: string } = {},
): Promise<Told> {
  const { headers = BEARER, token = TOKEN, method = 'POST', query = '' } = given;
  const take = pushReceiver({ token, maxMessages: 25, take: (trigger) => takePushTrigger(world.ports, trigger) });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = new Request(`https://sync.example/api/webhooks/push${query}`, {
    method,
    headers,
    ...(method === 'GET' ? {} : { body: text }),
  });
  const log = jsonLog((_, line) => world.lines.push(line));
  const response = await respond(() => take(request, { log }), { requestId: 'r', log });
  const answer = await response.text();
  return { status: response.status, text: answer, body: JSON.parse(answer), headers: response.headers };
}

const jobs = (world: JobWorld) => world.queues.syncs;
async function withOne(changes: Partial<Connection> = {}): Promise<JobWorld> {
  const world = openJobWorld();
  await addConnection(world, 'c1', changes);
  return world;
}

describe('the push token', () => {
  it.each([
    ['as a bearer token', BEARER],
    ['in the header of its own', { 'x-push-token': TOKEN }],
    ['beside an API key of a gateway', { authorization: 'Bearer another', 'x-push-token': TOKEN }],
  ])('is taken %s', async (_, headers) => {
    const world = await withOne();
    expect((await send(world, { connectionId: 'c1' }, { headers })).status).toBe(202);
    expect(jobs(world)).toMatchObject([{ connectionId: 'c1', domain: 'mail', why: 'notification' }]);
  });

  it.each([
    ['missing', {}, 'key_missing'],
    ['another', { authorization: 'Bearer push-token-0123456788' }, 'key_unknown'],
    ['a part of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 'key_unknown'],
    ['empty', { 'x-push-token': '' }, 'key_unknown'],
    ['of another scheme', { authorization: `Basic ${TOKEN}` }, 'key_missing'],
  ])('%s is refused with 401, whatever the body names', async (_, headers, code) => {
    const world = await withOne();
    const answers = await Promise.all(
      [{ connectionId: 'c1' }, { connectionId: 'nobody' }, 'no json'].map((body) => send(world, body, { headers })),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect(body).toMatchObject({ code });
    }
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(jobs(world)).toEqual([]);
  });

  it('is not taken from the address', async () => {
    const world = await withOne();
    for (const query of [`?token=${TOKEN}`, `?k=${TOKEN}`, `?access_token=${TOKEN}`])
      expect((await send(world, { connectionId: 'c1' }, { headers: {}, query })).status).toBe(401);
  });

  it('that is not set switches the trigger off: no token opens it', async () => {
    const world = await withOne();
    for (const headers of [BEARER, {}, { 'x-push-token': '' }, { 'x-push-token': 'null' }]) {
      const { status, body } = await send(world, { connectionId: 'c1' }, { headers, token: null });
      expect({ status, body }).toMatchObject({ status: 404, body: { code: 'push_disabled' } });
    }
    expect(jobs(world)).toEqual([]);
  });

  it('must be fit for a header', () => {
    const load = (token: string) => () => loadConfig({ OUTLOOK_PUSH_WEBHOOK_TOKEN: token });
    for (const token of ['short', 'with a space in it', 'sixteen-characters-é'])
      expect(load(token)).toThrow(/OUTLOOK_PUSH_WEBHOOK_TOKEN/);
    expect(load(TOKEN)).not.toThrow(/OUTLOOK_PUSH_WEBHOOK_TOKEN/);
  });

  it('is in no answer and no line of the log', async () => {
    const world = await withOne();
    const answers = [
      await send(world, { connectionId: 'c1' }),
      await send(world, { token: TOKEN }),
      await send(world, { connectionId: 'c1' }, { headers: { 'x-push-token': `${TOKEN}x` } }),
    ];
    expect([...answers.map(({ text }) => text), ...world.lines].join('\n')).not.toContain(TOKEN);
  });
});

describe('a push trigger', () => {
  it.each(['emailAddress', 'userPrincipalName'])(
    'wakes every connection of the account that %s names, without regard to case',
    async (member) => {
      const world = await withOne();
      await addConnection(world, 'c2');
      await addConnection(world, 'c3', { account: { ...ACCOUNT, objectId: 'other', username: 'eve@contoso.example' } });
      const { status, body } = await send(world, { [member]: ' ADELE@Contoso.Example' });
      expect(status).toBe(202);
      expect(body).toMatchObject({ domain: 'mail', connections: [{ connectionId: 'c1' }, { connectionId: 'c2' }] });
      expect(
        jobs(world)
          .map((job) => job.connectionId)
          .toSorted(),
      ).toEqual(['c1', 'c2']);
    },
  );

  it('wakes nobody by an address that the account has given up', async () => {
    const world = await withOne();
    await world.ports.lookups.add('address', 'old@contoso.example', 'c1');
    const { status, body } = await send(world, { emailAddress: 'old@contoso.example' });
    expect({ status, body }).toMatchObject({ status: 404, body: { code: 'connection_unknown' } });
    expect(jobs(world)).toEqual([]);
  });

  it.each([{ connectionId: 'nobody' }, { emailAddress: 'nobody@contoso.example' }])(
    'tells the holder of the token that %j is nobody',
    async (named) => {
      const world = await withOne();
      expect(await send(world, named)).toMatchObject({ status: 404, body: { code: 'connection_unknown' } });
    },
  );

  it('says of a connection that is leaving that it is', async () => {
    const world = await withOne({ status: 'disconnecting' });
    expect(await send(world, { connectionId: 'c1' })).toMatchObject({
      status: 409,
      body: { code: 'connection_leaving' },
    });
  });

  it('says of a domain that is not synced that it is not', async () => {
    const world = await withOne();
    const { status, body } = await send(world, { connectionId: 'c1', domain: 'tasks' });
    expect({ status, body }).toMatchObject({ status: 400, body: { errors: [{ path: 'body.domain' }] } });
  });

  it.each([
    ['no target', {}, ['body']],
    ['two targets', { connectionId: 'c1', emailAddress: 'a@b.example' }, ['body']],
    ['several faults', { connectionId: 'a/b', maxMessages: 'x', messageIds: [] }, ['body.connectionId', 'body.maxMessages', 'body.messageIds']], // prettier-ignore
    ['half a message', { connectionId: 'c1', maxMessages: 1.5 }, ['body.maxMessages']],
    ['an id that fits into no address', { connectionId: 'c1', messageIds: ['m1', '\ud800'] }, ['body.messageIds.1']],
    ['no object', [1], ['body']],
  ])('with %s is refused with every fault', async (_, body, paths) => {
    const world = await withOne();
    const told = await send(world, body);
    expect(told.status).toBe(400);
    expect(told.body).toMatchObject({ code: 'malformed', errors: paths.map((path) => ({ path })) });
    expect(jobs(world)).toEqual([]);
  });

  it('that is no JSON or too large is refused', async () => {
    const world = await withOne();
    expect(await send(world, '{"connectionId":')).toMatchObject({ status: 400, body: { code: 'malformed' } });
    expect((await send(world, `"${'x'.repeat(1_100_000)}"`)).status).toBe(413);
    expect((await send(world, '', { method: 'GET' })).status).toBe(405);
  });

  it('may name both addresses of an account, whose connections are woken once', async () => {
    const world = await withOne();
    const { username } = ACCOUNT;
    await send(world, { emailAddress: username, userPrincipalName: username.toUpperCase() });
    await send(world, { emailAddress: 'alias@contoso.example', userPrincipalName: username });
    expect(jobs(world)).toHaveLength(1);
  });

  it('passes over what it does not know, and says so', async () => {
    const world = await withOne();
    const { status, body } = await send(world, { connectionId: 'c1', maxMesages: 3, source: 'gateway' });
    expect({ status, body }).toMatchObject({ status: 202, body: { ignored: ['maxMesages', 'source'] } });
  });

  it('names messages as a notification does', async () => {
    const world = await withOne();
    await send(world, { connectionId: 'c1', messageIds: ['m1', 'm2'] });
    expect(await world.wake.read({ connectionId: 'c1', domain: 'mail' })).toMatchObject({ ids: ['m1', 'm2'] });
  });

  it.each([
    [{}, undefined],
    [{ maxMessages: 1 }, 1],
    [{ maxMessages: 0 }, 1],
    [{ maxMessages: -7 }, 1],
    [{ maxMessages: 25 }, 25],
    [{ maxMessages: 5_000 }, 25],
  ])('with %j hints at %j messages, cut to the setting', async (hint, expected) => {
    const world = await withOne();
    await send(world, { connectionId: 'c1', ...hint });
    expect(jobs(world).map((job) => job.firstPage)).toEqual([expected]);
  });

  it('costs one job when it comes ten times at once', async () => {
    const world = await withOne();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(world, { connectionId: 'c1' })));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
    expect(jobs(world)).toHaveLength(1);
  });

  it.each(['due.addOwn', 'wake.raise', 'queues.sync'])(
    'is answered 503 when %s fails, and taken when it comes again',
    async (call) => {
      const world = await withOne();
      world.hook = (name, when) => {
        if (name === call && when === 'before') throw new StorageError('queue.unavailable', 'down');
      };
      const { status, headers } = await send(world, { connectionId: 'c1' });
      expect(status).toBe(503);
      expect(headers.get('retry-after')).not.toBeNull();
      world.hook = () => undefined;
      expect((await send(world, { connectionId: 'c1' })).status).toBe(202);
      expect(jobs(world)).toHaveLength(1);
    },
  );
});
