import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { runOps, saying, type Ran } from '../../support/ops.ts';
import { KEYS } from '../../support/stack-shapes.ts';
import { StackWorld } from '../../support/stack-world.ts';
import { startWebhookSite } from '../../support/webhook-site.ts';

let world: StackWorld;
let site: Awaited<ReturnType<typeof startWebhookSite>>;
let id = '';
beforeAll(async () => {
  world = await StackWorld.start();
  site = await startWebhookSite();
});
afterAll(async () => {
  await site.close();
  await world.close();
});

const as = (key: string, ...args: string[]): Promise<Ran> =>
  runOps({ OUTLOOK_SYNC_API: world.stack.api, OUTLOOK_SYNC_API_KEY: key }, ...args);
const ops = (...args: string[]): Promise<Ran> => as(KEYS.admin, ...args);
const born = z.object({ id: z.string(), secret: z.string() });
const parsed = <T>(schema: z.ZodType<T>, { out }: Ran): T => schema.parse(JSON.parse(out));

// In this order: each takes up what the one before left.
// Each call is a process of its own, which takes its time on a busy machine.
describe('the operator of webhooks', { timeout: 90_000 }, () => {
  it('makes an endpoint, whose secret is shown this once, and pings it', async () => {
    expect(await ops('endpoints')).toMatchObject({ code: 0, out: 'There is no endpoint\n' });
    const made = parsed(
      born,
      await ops('endpoints', 'add', '--url', site.url, '--types', 'message.*,sync.*', '--json'),
    );
    id = made.id;
    site.secrets = [made.secret];
    const listed = await ops('endpoints');
    expect(listed).toMatchObject({ code: 0, out: saying(id) });
    expect(listed.out).not.toContain('whsec');
    expect(await ops('endpoints', 'test', id)).toMatchObject({ code: 0, out: saying('Taken: answered 204 after') });
    site.answer = 503;
    const failed = { code: 1, out: saying('Not taken: status_503: answered 503, after') };
    expect(await ops('endpoints', 'test', id)).toMatchObject(failed);
    site.answer = 204;
  });

  it('sees what was sent, and has it sent again, one or all of a time', async () => {
    await world.connect(await world.user('ada', { messages: 2 }));
    await until('the end of the first sync', () => Promise.resolve(site.taken.at(-1)?.type === 'sync.baseline_completed'), 20_000); // prettier-ignore
    await world.settled();
    expect(await ops('deliveries')).toMatchObject({ code: 0, out: saying('sync.baseline_completed  mail#1') });
    expect(await ops('deliveries', '--status', 'failed', '--since', '2h')).toMatchObject({
      out: 'There is no such delivery\n',
    });
    const [one] = parsed(
      z.array(z.object({ id: z.string() })),
      await ops('deliveries', '--endpoint', id, '--limit', '1', '--json'),
    );
    const delivery = one?.id ?? expect.fail('there is none');
    expect(await ops('deliveries', 'show', delivery)).toMatchObject({ code: 0, out: saying('answered 204') });
    const before = site.taken.length;
    expect(await ops('deliveries', 'retry', delivery)).toMatchObject({ code: 0, out: saying('is on its way again') });
    await until('it came again', () => Promise.resolve(site.taken.length === before + 1), 20_000);
    await world.settled();
    expect(await ops('endpoints', 'replay', id, '--since', '1d', '--types', 'sync.*')).toMatchObject({
      ...{ code: 0, out: '1 change on the way again\n' },
    });
    await until('it came again', () => Promise.resolve(site.taken.length === before + 2), 20_000);
    expect(site.taken.at(-1)?.id).toBe(delivery);
  });

  it('pauses, resumes, rotates and removes', async () => {
    expect(await ops('endpoints', 'pause', id)).toMatchObject({ code: 0, out: saying('paused (manual)') });
    expect(await ops('endpoints')).toMatchObject({ code: 1, out: saying('paused (manual)') });
    expect(await ops('endpoints', 'replay', id, '--since', '1d')).toMatchObject({
      code: 1,
      err: saying('endpoint_paused'),
    });
    expect(await ops('endpoints', 'resume', id)).toMatchObject({ code: 0, out: saying(`${id}: active`) });
    const { secret } = parsed(born, await ops('endpoints', 'rotate', id, '--overlap', '0', '--json'));
    expect(await ops('endpoints', 'test', id)).toMatchObject({ code: 1, out: saying('answered 400') });
    site.secrets = [secret];
    expect(await ops('endpoints', 'test', id)).toMatchObject({ code: 0 });
    expect(await ops('endpoints', 'remove', id)).toMatchObject({ code: 0 });
    expect(await ops('endpoints', 'show', id)).toMatchObject({ code: 1, err: saying('endpoint_unknown') });
  });

  it('is told what is missing, and what a key may not do', async () => {
    for (const [args, said] of [
      [['endpoints', 'ad'], 'what with endpoints? One of list, show, add,'],
      [['endpoints', 'add'], 'Give --url'],
      [['endpoints', 'test'], 'which endpoint? Give its id (npm run ops -- endpoints lists them)'],
      [['endpoints', 'replay', 'ep_1'], 'of what time? Give --since'],
      [['endpoints', 'replay', 'ep_1', '--since', 'noon'], '--since: an instant'],
      [['endpoints', 'rotate', 'ep_1', '--overlap', 'x'], '--overlap: whole hours'],
      [['deliveries', 'again'], 'what with deliveries? One of list, show, retry'],
      [['deliveries', 'show'], 'which delivery? Give its id (npm run ops -- deliveries lists them)'],
      [['deliveries', 'show', 'a b'], 'is no id of this service'],
      [['deliveries', '--limit', '0'], '--limit: a whole number'],
    ] as const)
      expect(await ops(...args), args.join(' ')).toMatchObject({ code: 2, err: saying(said) });
    const refused = await ops('endpoints', 'add', '--url', 'https://169.254.169.254/');
    expect(refused).toMatchObject({ code: 1, err: saying('body.url is an address that is never a receiver') });
    expect(await as(KEYS.write, 'endpoints', 'add', '--url', site.url)).toMatchObject({
      code: 1,
      err: saying('scope_missing'),
    });
  });
});
