import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContactsLab } from './contacts-lab.ts';
import { text, UPN } from './support.ts';
import type { Lab } from './support.ts';

let world: ContactsLab;
let lab: Lab;
beforeEach(async () => {
  world = await ContactsLab.start({ contacts: 40 });
  ({ lab } = world);
});
afterEach(() => world.close());

describe('a seeded address book', () => {
  it('is the same for the same seed, in folders, with what makes an address book hard', async () => {
    const { contacts, contactFolders } = await world.truth();
    expect(contacts).toHaveLength(40);
    expect(contactFolders.map((folder) => folder['displayName'])).toEqual([
      'Contacts',
      'Kunden',
      'Region Nord (Ö–Ü)',
      'Suppliers & partners',
      'Family',
    ]);
    const all = JSON.stringify(contacts);
    for (const kind of [/[äöüß]/, /[\u3040-\u30ff\u4e00-\u9fff]/, /ext\. 4/, /"\+49 /, /"0171 /, /"\+48 /, /\+33 /]) {
      expect(all).toMatch(kind);
    }
    const shared = contacts.filter((contact) => JSON.stringify(contact).includes('reception@fabrikam.example'));
    expect(shared).toHaveLength(2);
    expect((await lab.control('GET', `/users/${UPN}/effects`)).items).toEqual([]);
    const again = await ContactsLab.start({ contacts: 40 });
    try {
      expect((await again.truth()).contacts.map((one) => one['displayName'])).toEqual(
        contacts.map((one) => one['displayName']),
      );
    } finally {
      await again.close();
    }
  });
});

describe('control', () => {
  it("makes, changes, moves and deletes in a person's name, and notes it in the write log", async () => {
    const folder = (await lab.control('POST', `/users/${UPN}/contactFolders`, { displayName: 'New' })).at('id');
    const id = await world.add({ surname: 'Adams', folder });
    await world.change(id, { surname: 'Brown' });
    await world.move(id, 'contacts');
    await world.remove(id);
    const effects = (await lab.control('GET', `/users/${UPN}/effects`)).items.filter((effect) => effect['id'] === id);
    expect(effects.map((effect) => [effect['kind'], effect['by'], effect['fields']])).toEqual([
      ['create', 'control', ['givenName', 'surname']],
      ['update', 'control', ['surname', 'displayName', 'fileAs']],
      ['move', 'control', ['parentFolderId']],
      ['delete', 'control', []],
    ]);
    expect((await world.truth()).contacts.find((one) => one['id'] === id)).toMatchObject({
      displayName: 'Eve Brown',
      isDeleted: true,
    });
  });

  it('takes many at once, into a folder', async () => {
    const folder = await world.folder('Many');
    const made = await lab.control('POST', `/users/${UPN}/contacts`, { count: 300, folder });
    expect(made.items).toHaveLength(300);
    expect((await lab.get(`/me/contactFolders/${folder}/contacts/$count`)).text).toBe('300');
  });

  it('shows ids alone where they do, with the changeKey that Graph shows', async () => {
    const id = await world.add();
    const snapshot = await lab.control('GET', `/users/${UPN}/snapshot?fields=ids`);
    const contacts = snapshot.json['contacts'];
    const { changeKey } = (await world.read(id)).json;
    expect(contacts).toContainEqual(expect.objectContaining({ id, changeKey, isDeleted: false }));
  });

  it('refuses what it does not know', async () => {
    await expect(world.add({ emailAddress: 'x' })).rejects.toThrow(/400.*emailAddress/);
    await expect(world.move(await world.add(), 'nowhere')).rejects.toThrow(/404/);
    const [main] = (await world.truth()).contactFolders;
    await expect(lab.control('DELETE', `/users/${UPN}/contactFolders/${text(main, 'id')}`)).rejects.toThrow(/409/);
  });

  it('translates ids of contacts', async () => {
    const id = await world.add();
    const headers = { authorization: `Bearer ${await lab.tokenFor({ upn: UPN, scopes: ['User.Read'] })}` };
    const translate = async (inputIds: string[], targetIdType: string) =>
      (
        await lab.graph('POST', '/me/translateExchangeIds', {
          body: { inputIds, sourceIdType: 'restId', targetIdType },
          headers,
        })
      ).value[0]?.['targetId'];
    const plain = await translate([id], 'restId');
    expect(plain).not.toBe(id);
    expect(await translate([String(plain)], 'restImmutableEntryId')).toBe(id);
  });
});
