import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { StackWorld, type User } from '../../support/stack-world.ts';

const page = z.object({ items: z.array(z.object({ graphId: z.string() })) });

let world: StackWorld;
let ada: User;
let id = '';
beforeAll(async () => {
  world = await StackWorld.start();
  ada = await world.user('ada', { messages: 20, folders: 3 });
  id = await world.connect(ada, { settings: { mail: { folders: ['inbox', 'archive'] } } });
});
afterAll(() => world.close());

const listed = async (query = ''): Promise<string[]> =>
  (await world.get(page, `/connections/${id}/messages?limit=200${query}`)).items.map((one) => one.graphId);

describe('the settings of a connection', () => {
  const patch = (folders: unknown): Promise<unknown> =>
    world.send(z.unknown(), 'PATCH', `/connections/${id}`, { settings: { mail: { folders } } });

  it('add a folder: its messages come, and the feed says so once, with the streams', async () => {
    const feed = await FeedReader.latest(world, id);
    const before = await listed();
    expect(await patch(['inbox', 'archive', 'sentitems'])).toMatchObject({
      settings: { mail: { folders: ['inbox', 'archive', 'sentitems'] } },
    });
    const { found, items: rows } = await feed.until('sync.baseline_completed');
    expect(rows.map((one) => one.type)).toEqual(['sync.baseline_completed']);
    expect(z.array(z.unknown()).parse(found['streams'])).toHaveLength(1);
    const sent = await listed('&folder=sentitems');
    expect(sent.length).toBeGreaterThan(0);
    expect((await listed()).toSorted()).toEqual([...before, ...sent].toSorted());
  });

  it('drop a folder: its messages go, and the feed has one row for it', async () => {
    const feed = await FeedReader.latest(world, id);
    const sent = await listed('&folder=sentitems');
    await patch(['inbox', 'archive']);
    const { found, items: rows } = await feed.until('sync.stream_removed');
    expect(rows.map((one) => one.type)).toEqual(['sync.stream_removed']);
    expect(found).toMatchObject({ domain: 'mail', records: sent.length });
    await until('the messages are gone', async () => (await listed('&folder=sentitems')).length === 0, 5_000);
    const mail = await world.arrive(ada, { folder: 'sentitems', subject: 'Not ours any more' });
    const after = await world.arrive(ada, { subject: 'Ours' });
    expect((await feed.until('message.created', after)).items.map((one) => one.graphId)).not.toContain(mail);
  });

  it('are refused where they are wrong', async () => {
    const path = `/connections/${id}`;
    expect(
      await world.refused('PATCH', path, { body: { settings: { mail: { folders: [] }, calendar: {} }, status: 'x' } }),
    ).toMatchObject({ status: 400 });
    expect(
      await world.refused('PATCH', path, { body: { settings: { mail: { folders: [''] }, calendar: {} } } }),
    ).toMatchObject({ status: 400, at: ['body.settings.mail.folders.0', 'body.settings.calendar'] });
    expect(await world.refused('PATCH', path, { body: {} })).toMatchObject({ status: 400, at: ['body.settings'] });
    expect(await world.refused('PATCH', '/connections/nobody', { body: { settings: {} } })).toMatchObject({
      status: 404,
    });
  });
});
