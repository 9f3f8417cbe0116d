import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { MailBench, message, type Message } from '../../support/mail-bench.ts';
import type { StackWorld, User } from '../../support/stack-world.ts';

let bench: MailBench;
let world: StackWorld;
let ada: User;
let id = '';
let known: MailBench['known'];
beforeAll(async () => {
  bench = await MailBench.start(30);
  ({ world, id, known, user: ada } = bench);
});
afterAll(() => world.close());

const patch = (of: Message, fields: unknown): Promise<Message> =>
  world.send(message, 'PATCH', `/connections/${id}/messages/${of.id}`, fields);

describe('a change by the application', () => {
  it.each([
    ['isRead', { isRead: false }, { isRead: false }],
    ['flag', { flag: 'complete' }, { flag: { flagStatus: 'complete' } }],
    [
      'categories',
      { categories: ['Blue category', 'New one', 'New one'] },
      { categories: ['Blue category', 'New one'] },
    ],
  ])('of %s stands at once, and in Outlook soon', async (field, fields, wire) => {
    const feed = await FeedReader.latest(world, id, 'mail');
    const before = await bench.ours(known.plain);
    const changed = await patch(before, fields);
    const { found } = await feed.until('message.updated', known.plain);
    expect(found).toMatchObject({ cause: 'own-write', changed: [field], id: before.id });
    expect(await bench.ours(known.plain)).toEqual(changed);
    await until(`${field} in the tenant`, async () => {
      const real = (await bench.truth()).messages.find((one) => one.id === known.plain);
      try {
        expect(real).toMatchObject(wire);
        return true;
      } catch {
        return false;
      }
    }, 10_000); // prettier-ignore
  });

  it('of several fields and the folder reaches Outlook once, and comes back without an echo', async () => {
    const feed = await FeedReader.latest(world, id, 'mail');
    const [before, archive] = [await bench.ours(known.plain), await bench.folderOf('archive')];
    const since = (await world.requests()).at(-1)?.n ?? 0;
    const changed = await patch(before, { isRead: true, flag: 'flagged', categories: [], folder: 'archive' });
    expect(changed).toMatchObject({
      isRead: true,
      flag: 'flagged',
      categories: [],
      folderId: archive.id,
      labels: ['FLAGGED'],
    });
    await until('all of it in the tenant', async () => {
      const real = (await bench.truth()).messages.find((one) => one.id === known.plain);
      return real?.parentFolderId === archive.id && real.isRead && real.flag.flagStatus === 'flagged' && real.categories.length === 0;
    }, 10_000); // prettier-ignore
    // What comes after it shows that nothing of ours came back.
    const later = await world.arrive(ada, { subject: 'Afterwards' });
    const { items } = await feed.until('message.created', later);
    const own = items.filter((one) => one.graphId === known.plain);
    expect(own.map((one) => [one.type, one.cause])).toEqual([['message.moved', 'own-write']]);
    const writes = (await world.requests(since)).filter((one) => one.method === 'PATCH' || one.path.endsWith('/move'));
    expect(writes.map((one) => one.method)).toEqual(['PATCH', 'POST']);
  });

  it('back by the id of a folder, and to the same place, makes no needless call', async () => {
    const [before, inbox] = [await bench.ours(known.plain), await bench.folderOf('inbox')];
    expect((await patch(before, { folder: inbox.id })).folderId).toBe(inbox.id);
    await until(
      'it is back',
      async () => (await bench.truth()).messages.find((one) => one.id === known.plain)?.parentFolderId === inbox.id,
      10_000,
    );
    const feed = await FeedReader.latest(world, id, 'mail');
    const since = (await world.requests()).at(-1)?.n ?? 0;
    const again = await patch(await bench.ours(known.plain), { folder: 'inbox', isRead: true });
    expect(again.folderId).toBe(inbox.id);
    const later = await world.arrive(ada, { subject: 'After nothing' });
    const { items } = await feed.until('message.created', later);
    expect(items.filter((one) => one.graphId === known.plain)).toEqual([]);
    expect(
      (await world.requests(since))
        .filter((one) => one.method !== 'GET' && !one.path.endsWith('/$batch'))
        .map((one) => one.path),
    ).toEqual([]);
  });

  it('is refused with every fault', async () => {
    const { id: own } = await bench.ours(known.tagged);
    const path = `/connections/${id}/messages/${own}`;
    const refused = (body: unknown) => world.refused('PATCH', path, { body });
    expect(
      await refused({ isRead: 'yes', flag: 'red', categories: [''], folder: '', subject: 'x', colour: 1 }),
    ).toEqual({
      status: 400,
      code: 'request_invalid',
      at: ['body.isRead', 'body.flag', 'body.categories.0', 'body.folder', 'body.subject', 'body.colour'],
    });
    expect(await refused({})).toMatchObject({ status: 400 });
    expect(await refused([])).toMatchObject({ status: 400, at: ['body'] });
    expect(await refused({ folder: 'no-such-folder' })).toMatchObject({ status: 400, at: ['body.folder'] });
    expect(await world.refused('PATCH', path)).toMatchObject({ status: 400 });
    const raw = { headers: { 'content-type': 'application/json' } };
    expect(await world.refused('PATCH', path, { raw: { ...raw, body: '' } })).toMatchObject({ status: 400 });
    expect(await world.refused('PATCH', path, { raw: { ...raw, body: '{"isRead":' } })).toMatchObject({
      status: 400,
      code: 'json_malformed',
    });
    expect(
      await world.refused('PATCH', path, { raw: { headers: { 'content-type': 'text/plain' }, body: 'isRead' } }),
    ).toMatchObject({ status: 415 });
    expect(await world.refused('PATCH', path, { body: { categories: ['x'.repeat(1_100_000)] } })).toMatchObject({
      status: 413,
    });
    expect(
      await world.refused('PATCH', `/connections/${id}/messages/unknown`, { body: { isRead: true } }),
    ).toMatchObject({ status: 404, code: 'message_unknown' });
    expect(await world.refused('DELETE', path)).toMatchObject({ status: 405 });
    expect(await world.refused('POST', `/connections/${id}/messages`, { body: {} })).toMatchObject({ status: 405 });
    expect((await bench.ours(known.tagged)).isRead).toBe(true);
  });

  it('and one of another field in Outlook at the same time both survive, on both sides', async () => {
    const before = await bench.ours(known.flagged);
    const feed = await FeedReader.latest(world, id, 'mail');
    await world.control('PATCH', '/settings', { notifications: { pause: true } });
    await world.mailbox(ada, 'PATCH', `/messages/${known.flagged}`, { categories: ['Theirs'] });
    await world.control('PATCH', '/settings', { notifications: { pause: false } });
    await patch(before, { flag: 'notFlagged' });
    await world.send(z.unknown(), 'POST', `/connections/${id}/sync`, {});
    await until('both changes survive on both sides', async () => {
      const real = (await bench.truth()).messages.find((one) => one.id === known.flagged);
      const mine = await bench.ours(known.flagged);
      return real?.flag.flagStatus === 'notFlagged' && real.categories[0] === 'Theirs' && mine.flag === 'notFlagged' && mine.categories[0] === 'Theirs';
    }, 10_000); // prettier-ignore
    const types = (await feed.rest()).filter((one) => one.graphId === known.flagged).map((one) => one.type);
    expect(types).toEqual(['message.updated', 'message.updated']);
  });
});
