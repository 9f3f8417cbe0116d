import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { apiContact, contactDifferences, truthContact } from '../../../infra/local/demo/compare-contacts.ts';
import { until } from '../../../infra/local/demo/wait.ts';
import { FeedReader } from '../../support/feed-reader.ts';
import { KEYS } from '../../support/stack-shapes.ts';
import { StackWorld, type User } from '../../support/stack-world.ts';

const PHOTO = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x80, 0x0a, 0xc3, 0x28]);
const list = z.object({ items: z.array(apiContact), nextCursor: z.string().nullable() });
const snapshot = z.object({ contacts: z.array(truthContact) });

let world: StackWorld;
let ada: User;
let id = '';
beforeAll(async () => {
  world = await StackWorld.start();
  ada = await world.user('ada', { messages: 3 });
  const contact = { displayName: 'With photo', emailAddresses: [{ address: 'photo@x.example' }] };
  const files = [{ name: 'one.vcf', contact, photo: PHOTO.toString('base64') }];
  await world.control('POST', '/import', { upn: ada.upn, files });
  await world.mailbox(ada, 'POST', '/contacts', { count: 40 });
  id = await world.connect(ada, { domains: ['mail', 'contacts'] });
  const shown = z.object({ domains: z.record(z.string(), z.object({ status: z.string() })) });
  const ready = async (): Promise<boolean> =>
    (await world.get(shown, `/connections/${id}`)).domains['contacts']?.status === 'ok';
  await until('contacts in step', ready, 30_000);
  await world.settled();
});
afterAll(() => world.close());

const truth = async (): Promise<z.output<typeof truthContact>[]> =>
  snapshot.parse(await world.mailbox(ada, 'GET', '/snapshot')).contacts.filter(({ isDeleted }) => !isDeleted);
const ours = async (): Promise<z.output<typeof apiContact>[]> =>
  (await world.get(list, `/connections/${id}/contacts?limit=200`)).items;

describe('contacts through the host', () => {
  it('are all there, and equal those of Outlook', async () => {
    expect(await ours()).toHaveLength(41);
    expect(contactDifferences(await truth(), await ours())).toEqual([]);
  });

  it('show their photos byte by byte', async () => {
    const found = (await ours()).find(({ displayName }) => displayName === 'With photo');
    const headers = { authorization: `Bearer ${KEYS.admin}` };
    const response = await fetch(`${world.stack.api}/connections/${id}/contacts/${found?.id ?? ''}/photo`, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('cache-control')).toMatch(/^private/);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(PHOTO);
  });

  it('go both ways, each change once', async () => {
    const feed = await FeedReader.latest(world, id, 'contacts');
    const body = { externalId: 'crm-1', displayName: 'Grace Hopper', emails: [{ address: 'grace@x.example' }] };
    const born = await world.send(apiContact, 'POST', `/connections/${id}/contacts`, body);
    await until('the contact in Outlook', async () =>
      (await truth()).some(({ displayName }) => displayName === 'Grace Hopper'),
    );
    await until('the contact told as done', async () =>
      (await ours()).some(({ id: own, pushed }) => own === born.id && pushed === 'done'),
    );
    const graphId = (await ours()).find(({ id: own }) => own === born.id)?.graphId ?? '';
    await world.mailbox(ada, 'PATCH', `/contacts/${graphId}`, { jobTitle: 'Commander' });
    await feed.until('contact.updated', graphId);
    await world.send(apiContact, 'PATCH', `/connections/${id}/contacts/${born.id}`, { jobTitle: 'Rear Admiral' });
    await until('the promotion in Outlook', async () =>
      (await truth()).some((one) => one.id === graphId && one.jobTitle === 'Rear Admiral'),
    );
    await world.settled();
    expect(contactDifferences(await truth(), await ours())).toEqual([]);
    const all = await new FeedReader(world, id, { domain: 'contacts' }).rest();
    const told = all.filter((row) => row.id === born.id).map(({ type, cause }) => `${type} ${cause}`);
    expect(told).toEqual(['contact.created own-write', 'contact.updated push', 'contact.updated own-write']);
  });
});
