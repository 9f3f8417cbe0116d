import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { StackWorld, type User } from '../../support/stack-world.ts';
import { storedTexts } from '../../support/stored-texts.ts';
import { startWebhookSite, type Taken } from '../../support/webhook-site.ts';

const born = z.looseObject({ id: z.string(), secret: z.string() });
const feedPage = z.object({
  items: z.array(z.looseObject({ seq: z.number(), type: z.string() })),
  nextCursor: z.string(),
});
const delivery = z.object({
  id: z.string(),
  status: z.string(),
  attempts: z.number(),
  type: z.string(),
  seq: z.number(),
});
const deliveryPage = z.object({ items: z.array(delivery), nextCursor: z.string().nullable() });
const state = z.object({ status: z.string(), pausedReason: z.string().nullable(), failures: z.number(), lastError: z.string().nullable() }); // prettier-ignore

let world: StackWorld;
let site: Awaited<ReturnType<typeof startWebhookSite>>;
let ada: User;
let id = '';
let endpoint = '';
const secrets: string[] = [];

beforeAll(async () => {
  world = await StackWorld.start();
  site = await startWebhookSite();
  const made = await world.send(born, 'POST', '/endpoints', { url: site.url, types: ['message.*', '*.baseline_completed', 'connection.*'] }); // prettier-ignore
  endpoint = made.id;
  site.secrets = [made.secret];
  secrets.push(made.secret);
  ada = await world.user('ada', { messages: 4 });
  id = await world.connect(ada, { workspaceId: 'ws-1' });
});
afterAll(async () => {
  await site.close();
  await world.close();
});

/** The feed of a domain as far as the endpoint wants to hear of it. */
async function feed(domain: string): Promise<z.output<typeof feedPage>['items']> {
  const { items } = await world.get(feedPage, `/connections/${id}/changes?domain=${domain}&limit=200`);
  return items.filter(({ type }) => /^(message|connection)\.|\.baseline_completed$/.test(type));
}
const of = (domain: string): Taken[] => site.taken.filter(({ data }) => data.domain === domain);
const numbers = (items: readonly { readonly seq?: number | undefined }[]): (number | undefined)[] =>
  items.map(({ seq }) => seq);

/** Waits until all that the feed has was taken, in its order and, repeats apart, once. */
async function inStep(): Promise<void> {
  await world.settled();
  const wanted = numbers(await feed('mail'));
  const taken = (): (number | undefined)[] => {
    const firsts = new Map(of('mail').map((one) => [one.id, one.data.seq]));
    return [...firsts.values()];
  };
  await until('everything is delivered', () => Promise.resolve(taken().length >= wanted.length), 60_000);
  expect(taken()).toEqual(wanted);
}
/** Does something to the mailbox, and waits until the feed tells of it. */
async function change(act: () => Promise<unknown>): Promise<void> {
  const before = (await feed('mail')).length;
  await act();
  await until('the feed tells of it', async () => (await feed('mail')).length > before, 20_000);
}
const shown = (): Promise<z.output<typeof state>> => world.get(state, `/endpoints/${endpoint}`);
const list = async (query = ''): Promise<z.output<typeof delivery>[]> =>
  (await world.get(deliveryPage, `/deliveries?endpointId=${endpoint}&limit=200${query}`)).items;

// In this order: each takes up what the one before left.
describe('an application that is told of changes', () => {
  it('hears of the connection, of the end of the first sync, and of each change in order, signed', async () => {
    await inStep();
    expect(of('connection').map(({ type }) => type)).toEqual(['connection.connected']);
    expect(of('mail').map(({ type }) => type)).toEqual(['sync.baseline_completed']);
    let message = '';
    for (const subject of ['one', 'two', 'three'])
      await change(async () => {
        message = await world.arrive(ada, { subject });
      });
    await change(() => world.mailbox(ada, 'PATCH', `/messages/${message}`, { isRead: true }));
    await inStep();
    const [first, ...changes] = of('mail');
    expect(first?.type).toBe('sync.baseline_completed');
    const created = 'message.created';
    expect(changes.map(({ type }) => type)).toEqual([created, created, created, 'message.updated']);
    expect(changes[0]?.data).toMatchObject({ connectionId: id, userId: ada.upn, workspaceId: 'ws-1', domain: 'mail' });
    expect(site.forged.count).toBe(0);
    expect(site.taken.every(({ signatures }) => signatures === 1)).toBe(true);
    const items = await feed('mail');
    for (const { data } of changes) {
      const whose = { connectionId: id, userId: ada.upn, workspaceId: 'ws-1' };
      expect(data).toEqual({ ...items.find(({ seq }) => seq === data.seq), ...whose });
    }
  });

  it('gets what it missed while it was away, in order, once it is back', async () => {
    await site.down();
    for (const subject of ['four', 'five']) await change(() => world.arrive(ada, { subject }));
    await until('attempts that failed', async () => ((await list('&status=pending'))[0]?.attempts ?? 0) >= 2, 60_000);
    expect(await shown()).toMatchObject({ status: 'active', lastError: 'connection_refused: nothing listens there' });
    expect((await shown()).failures).toBeGreaterThan(0);
    await site.up();
    await inStep();
    await until('the endpoint is well', async () => (await shown()).failures === 0, 20_000);
    expect(await shown()).toMatchObject({ status: 'active', lastError: null });
    expect(new Set((await list()).map(({ status }) => status))).toEqual(new Set(['delivered']));
  }, 120_000);

  it('goes on with either secret while one replaces the other', async () => {
    const former = [...site.secrets];
    const rotated = await world.send(born, 'POST', `/endpoints/${endpoint}/rotate-secret`, {});
    secrets.push(rotated.secret);
    const next = async (secrets: readonly string[], subject: string): Promise<Taken | undefined> => {
      site.secrets = [...secrets];
      const before = site.taken.length;
      await change(() => world.arrive(ada, { subject }));
      await until(`${subject} is taken`, () => Promise.resolve(site.taken.length > before), 20_000);
      return site.taken.at(-1);
    };
    expect(await next(former, 'by the former secret')).toMatchObject({ signatures: 2 });
    expect(await next([rotated.secret], 'by the new secret')).toMatchObject({ signatures: 2 });
    expect(site.forged.count).toBe(0);
    await inStep();
  });

  it('gets one delivery, and those of a time, again under the names that they had', async () => {
    const all = await list();
    const target = all.find(({ type }) => type === 'message.updated') ?? expect.fail('there is none');
    const before = site.taken.length;
    await world.send(z.unknown(), 'POST', `/deliveries/${target.id}/retry`);
    await until('it came again', () => Promise.resolve(site.taken.length === before + 1), 20_000);
    expect(site.taken.at(-1)).toMatchObject({ id: target.id, type: 'message.updated', data: { seq: target.seq } });
    const replayed = z.object({ queued: z.number(), nextCursor: z.null() });
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const body = { since, types: ['message.created'] };
    const { queued } = await world.send(replayed, 'POST', `/endpoints/${endpoint}/replay`, body);
    const wanted = all.filter(({ type }) => type === 'message.created').map((one) => one.id);
    expect(queued).toBe(wanted.length);
    await until('they came again', () => Promise.resolve(site.taken.length === before + 1 + queued), 20_000);
    const again = site.taken.slice(before + 1).map((one) => one.id);
    expect(again.toSorted()).toEqual(wanted.toSorted());
    await world.settled();
    expect(new Set((await list()).map(({ status }) => status))).toEqual(new Set(['delivered']));
  });

  it('hears nothing while it is paused, and all of it afterwards', async () => {
    const patch = (paused: boolean) => world.send(state, 'PATCH', `/endpoints/${endpoint}`, { paused });
    expect(await patch(true)).toMatchObject({ status: 'paused', pausedReason: 'manual' });
    const before = site.taken.length;
    await change(() => world.arrive(ada, { subject: 'in silence' }));
    await world.settled();
    expect(site.taken).toHaveLength(before);
    const ping = z.object({ delivered: z.boolean() });
    expect(await world.send(ping, 'POST', `/endpoints/${endpoint}/test`)).toEqual({ delivered: true });
    expect(site.taken.splice(before).map(({ type }) => type)).toEqual(['endpoint.test']);
    expect(await patch(false)).toMatchObject({ status: 'active', pausedReason: null });
    await inStep();
    expect(site.taken).toHaveLength(before + 1);
  });

  it('leaves its secrets and what it sends in the vault and at the receiver alone', async () => {
    const texts = [...world.lines, ...(await storedTexts(world.stack.settings['AzureWebJobsStorage'] ?? ''))];
    expect(texts.length).toBeGreaterThan(100);
    expect(secrets).toHaveLength(2);
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret.slice(6, 40)))).toEqual([]);
    expect(world.lines.filter((line) => line.includes(site.url) || /v1,[A-Za-z0-9+/]{20}/.test(line))).toEqual([]);
    expect(world.lines.filter((line) => line.includes('in silence'))).toEqual([]);
  });

  it('hears that the connection ended, as its last word', async () => {
    await world.send(z.unknown(), 'DELETE', `/connections/${id}`);
    await until('the end was told', () => Promise.resolve(of('connection').at(-1)?.type === 'connection.disconnected'), 30_000); // prettier-ignore
    expect((await world.call('DELETE', `/endpoints/${endpoint}`)).status).toBe(204);
    expect((await world.call('GET', `/endpoints/${endpoint}`)).status).toBe(404);
  });
});
