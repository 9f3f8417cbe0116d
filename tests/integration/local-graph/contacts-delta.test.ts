import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContactsLab, IMMUTABLE } from './contacts-lab.ts';
import { immutable, text, UPN } from './support.ts';
import type { Item, Lab } from './support.ts';

let world: ContactsLab;
let lab: Lab;
beforeEach(async () => {
  world = await ContactsLab.start();
  ({ lab } = world);
});
afterEach(() => world.close());

const DELTA = '/me/contacts/delta';
const removed = (id: string): Item => ({
  '@odata.type': '#microsoft.graph.contact',
  id,
  '@removed': { reason: 'deleted' },
});

describe('delta over contacts', () => {
  it('lists the default folder, then what came, changed and went', async () => {
    const [eve, adam] = [await world.add(), await world.add({ givenName: 'Adam' })];
    await world.create({ givenName: 'Other' }, `/me/contactFolders/${await world.folder('Other')}/contacts`);
    const first = await lab.round(DELTA);
    expect(first.items.map((item) => item['id'])).toEqual([eve, adam]);
    expect((await lab.round(first.link)).items).toEqual([]);
    const etag = (await world.patch(eve, { surname: 'Adams' })).json['@odata.etag'];
    await world.remove(adam);
    const cain = await world.add({ givenName: 'Cain' });
    const second = await lab.round(first.link);
    expect(second.items).toMatchObject([
      { id: eve, displayName: 'Eve Adams', '@odata.etag': etag },
      removed(adam),
      { id: cain },
    ]);
    expect(second.items[1]).toEqual(removed(adam));
  });

  it('tells a move as gone from the one folder and new in the other', async () => {
    const id = await world.add();
    const folder = await world.folder('Kunden');
    const [here, there] = [await lab.round(DELTA), await lab.round(`/me/contactFolders/${folder}/contacts/delta`)];
    await world.move(id, folder);
    expect((await lab.round(here.link)).items).toEqual([removed(id)]);
    expect((await lab.round(there.link)).items).toMatchObject([{ id, parentFolderId: folder }]);
  });

  it('names each stay by an id of its own where ids are not immutable', async () => {
    const id = await world.add();
    const folder = await world.folder('Kunden');
    const plain = { prefer: 'odata.maxpagesize=50' };
    const first = await lab.round(DELTA, plain);
    await world.move(id, folder);
    await world.move(id, 'contacts');
    const second = await lab.round(first.link, plain);
    expect(second.items).toHaveLength(2);
    expect(second.items[0]).toEqual(removed(text(first.items[0], 'id')));
    expect(second.items[1]?.['id']).not.toBe(first.items[0]?.['id']);
    expect((await lab.round(first.link, immutable())).items).toMatchObject([{ id }]);
  });

  it('is the same by folder id, by user and by its other spellings', async () => {
    const id = await world.add();
    const main = String((await world.truth()).contactFolders[0]?.['id']);
    for (const path of [
      `/me/contactFolders/${main}/contacts/delta`,
      `/users/${UPN}/contacts/delta`,
      `/users/${UPN}/contactFolders('${main}')/contacts/microsoft.graph.delta()`,
    ]) {
      expect((await lab.round(path)).items).toMatchObject([{ id }]);
    }
  });

  it('takes $select alone, and then mentions only changes of what it names', async () => {
    const id = await world.add();
    const first = await lab.round(`${DELTA}?$select=displayName`);
    expect(Object.keys(first.items[0] ?? {})).toEqual(['@odata.type', '@odata.etag', 'id', 'displayName']);
    await world.change(id, { jobTitle: 'CEO' });
    expect((await lab.round(first.link)).items).toEqual([]);
    await world.change(id, { surname: 'Adams' });
    expect((await lab.round(first.link)).items).toMatchObject([{ id, displayName: 'Eve Adams' }]);
  });

  it.each(['$top=5', '$filter=displayName%20eq%20%27x%27', '$orderby=displayName', '$expand=photo', '$search=x'])(
    'refuses %s in the words of the live service',
    async (option) => {
      const answer = await lab.get(`${DELTA}?${option}`);
      expect([answer.status, answer.code]).toEqual([400, 'ErrorInvalidUrlQuery']);
      expect(answer.message).toBe(
        "The following parameters are not supported with change tracking over the 'Contacts' resource: '$orderby, $filter, $select, $expand, $search, $top'.",
      );
    },
  );

  it('pages by preference, with one link a page', async () => {
    await lab.control('POST', `/users/${UPN}/contacts`, { count: 23 });
    const round = await lab.round(DELTA, immutable(5));
    expect([round.items.length, round.pages]).toEqual([23, 5]);
    expect(new Set(round.items.map((item) => item['id'])).size).toBe(23);
  });

  it('shows in a round what changes while it is read', async () => {
    await lab.control('POST', `/users/${UPN}/contacts`, { count: 6 });
    const page = await lab.get(DELTA, immutable(5));
    await world.change(text(page.value[0], 'id'), { surname: 'Changed' });
    const rest = await lab.round(page.link('nextLink') ?? '');
    expect(rest.items).toHaveLength(2);
    expect(rest.items[1]).toMatchObject({ id: page.value[0]?.['id'], surname: 'Changed' });
  });

  it('answers 410 to links that were evicted, and 400 to those of another folder or to none', async () => {
    const folder = await world.folder('Kunden');
    const { link } = await lab.round(DELTA);
    const token = new URL(link).searchParams.get('$deltatoken') ?? '';
    const other = await lab.get(`/me/contactFolders/${folder}/contacts/delta?$deltatoken=${token}`);
    expect(other.status).toBe(400);
    expect((await lab.get(`${DELTA}?$deltatoken=latest`)).status).toBe(400);
    await lab.control('POST', '/tokens/evict', { upn: UPN });
    const answer = await lab.get(link);
    expect([answer.status, answer.code]).toEqual([410, 'SyncStateNotFound']);
  });

  it('suffers the faults that mail suffers: empty, repeated and doubled pages, reordered items, 410 with a place', async () => {
    await lab.control('POST', `/users/${UPN}/contacts`, { count: 3 });
    const path = 'contacts/delta';
    await lab.fault({ kind: 'empty-page' }, { path });
    expect(await lab.round(DELTA)).toMatchObject({ pages: 2, items: { length: 3 } });
    await lab.fault({ kind: 'repeat-page' }, { path });
    expect((await lab.round(DELTA)).items).toHaveLength(6);
    await lab.fault({ kind: 'duplicate-items' }, { path });
    const { items, link } = await lab.round(DELTA);
    expect(items).toHaveLength(6);
    await lab.fault({ kind: 'gone', location: true }, { path });
    const gone = await lab.get(link, IMMUTABLE);
    expect(gone.status).toBe(410);
    expect((await lab.round(gone.headers.get('location') ?? '')).items).toHaveLength(3);
  });

  it('tells of a new photo as of a save', async () => {
    const id = await world.add();
    const { link } = await lab.round(DELTA);
    const raw = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
    const put = await fetch(`${lab.server.graph}/v1.0/me/contacts/${id}/photo/$value`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${await lab.tokenFor({ upn: UPN, scopes: ['Contacts.ReadWrite'] })}`,
        'content-type': 'image/jpeg',
      },
      body: raw,
    });
    expect(put.status).toBe(200);
    expect((await lab.round(link)).items).toMatchObject([{ id }]);
  });
});

type Step = { kind: 'add' | 'change' | 'move' | 'remove' | 'read'; at: number };

it('replaying rounds of all folders gives the mailbox as it is, whatever happens to it', async () => {
  const folder = await world.folder('Kunden');
  const streams = [DELTA, `/me/contactFolders/${folder}/contacts/delta`];
  const step = fc.record({
    kind: fc.constantFrom<Step['kind']>('add', 'change', 'move', 'remove', 'read'),
    at: fc.nat(20),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      for (const { id } of await live()) await world.remove(String(id));
      const links = [...streams];
      const seen = [new Map<string, unknown>(), new Map<string, unknown>()];
      const read = async (at: number): Promise<void> => {
        const round = await lab.round(links[at] ?? '', immutable(3));
        links[at] = round.link;
        for (const item of round.items) {
          if (item['@removed'] === undefined) seen[at]?.set(text(item, 'id'), item['changeKey']);
          else seen[at]?.delete(text(item, 'id'));
        }
      };
      for (const one of steps) await run(one, folder, read);
      for (const at of [0, 1]) await read(at);
      const found = [...(seen[0] ?? []), ...(seen[1] ?? [])].sort();
      expect(found).toEqual((await live()).map(({ id, changeKey }) => [id, changeKey]).sort());
    }),
    { numRuns: 12 },
  );
});

async function live(): Promise<Item[]> {
  return (await world.truth()).contacts.filter((contact) => contact['isDeleted'] === false);
}

async function run({ kind, at }: Step, folder: string, read: (at: number) => Promise<void>): Promise<void> {
  if (kind === 'read') return read(at % 2);
  const all = await live();
  const one = all[at % Math.max(1, all.length)];
  if (kind === 'add' || one === undefined) {
    await world.add({ folder: at % 2 === 0 ? folder : 'contacts' });
    return;
  }
  const id = text(one, 'id');
  if (kind === 'change') await world.change(id, { jobTitle: String(at) });
  else if (kind === 'move') await world.move(id, one['parentFolderId'] === folder ? 'contacts' : folder);
  else await world.remove(id);
}
