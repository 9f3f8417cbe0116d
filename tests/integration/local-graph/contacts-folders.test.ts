import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContactsLab } from './contacts-lab.ts';
import { UPN } from './support.ts';
import type { Lab } from './support.ts';

let world: ContactsLab;
let lab: Lab;
beforeEach(async () => {
  world = await ContactsLab.start();
  ({ lab } = world);
});
afterEach(() => world.close());

const FOLDERS = '/me/contactFolders';

describe('contact folders', () => {
  it('are listed a level at a time; the default one is in no list, is named by its children, and answers by id', async () => {
    const top = await world.folder('Kunden');
    const below = await world.folder('Nord', top);
    const listed = await lab.get(FOLDERS);
    expect(listed.value.map((item) => item['id'])).toEqual([top]);
    const main = String(listed.value[0]?.['parentFolderId']);
    expect((await lab.get(`${FOLDERS}/${main}`)).at('displayName')).toBe('Contacts');
    expect((await lab.get(`${FOLDERS}/${top}/childFolders`)).value).toMatchObject([{ id: below, displayName: 'Nord' }]);
    await world.create({ givenName: 'Eve' });
    expect((await lab.get('/me/contacts?$top=1&$select=parentFolderId')).value[0]?.['parentFolderId']).toBe(main);
    expect((await lab.get(`${FOLDERS}/${main}/contacts`)).value).toHaveLength(1);
    for (const name of ['contacts', 'inbox']) {
      expect((await lab.get(`${FOLDERS}/${name}`)).code).toBe('ErrorInvalidIdMalformed');
    }
  });

  it('are made, renamed and deleted; a name is there once', async () => {
    const id = await world.folder('Kunden');
    expect((await lab.graph('POST', FOLDERS, { body: { displayName: 'kunden' } })).code).toBe('ErrorFolderExists');
    const renamed = await lab.graph('PATCH', `${FOLDERS}/${id}`, { body: { displayName: 'Customers' } });
    expect([renamed.status, renamed.at('displayName')]).toEqual([200, 'Customers']);
    await world.create({ givenName: 'Eve' }, `${FOLDERS}/${id}/contacts`);
    expect((await lab.graph('DELETE', `${FOLDERS}/${id}`)).status).toBe(204);
    expect((await lab.get(`${FOLDERS}/${id}`)).code).toBe('ErrorItemNotFound');
    expect((await lab.get(`${FOLDERS}/${id}/contacts/delta`)).code).toBe('ErrorItemNotFound');
    expect((await world.truth()).contacts).toMatchObject([{ isDeleted: true }]);
  });

  it('leave the default one as it is', async () => {
    await world.folder('Kunden');
    const main = String((await lab.get(FOLDERS)).value[0]?.['parentFolderId']);
    expect((await lab.graph('DELETE', `${FOLDERS}/${main}`)).status).toBe(403);
    expect((await lab.graph('PATCH', `${FOLDERS}/${main}`, { body: { displayName: 'X' } })).status).toBe(403);
  });

  it('are no mail folders, nor the other way round', async () => {
    const id = await world.folder('Kunden');
    const mail = await lab.get('/me/mailFolders?$top=100&includeHiddenFolders=true');
    expect(mail.value.map((item) => item['displayName'])).not.toContain('Kunden');
    expect((await lab.get(`/me/mailFolders/${id}`)).status).toBe(404);
    expect((await lab.get(`${FOLDERS}/${String(mail.value[0]?.['id'])}`)).status).toBe(404);
  });

  it('find a contact below them only if it stands there', async () => {
    const [one, other] = [await world.folder('One'), await world.folder('Other')];
    const id = (await world.create({ givenName: 'Eve' }, `${FOLDERS}/${one}/contacts`)).at('id');
    expect((await lab.get(`${FOLDERS}/${one}/contacts/${id}`)).status).toBe(200);
    expect((await lab.get(`${FOLDERS}/${other}/contacts/${id}`)).status).toBe(404);
    expect((await lab.get(`/me/contacts/${id}`)).status).toBe(200);
  });
});

describe('delta over contact folders', () => {
  const DELTA = `${FOLDERS}/delta`;

  it('tells of folders at any depth that came, were renamed and went, and never of the default one', async () => {
    const top = await world.folder('Kunden');
    const below = await world.folder('Nord', top);
    const first = await lab.round(DELTA);
    expect(first.items.map((item) => item['id'])).toEqual([top, below]);
    await world.create({ givenName: 'Eve' });
    const idle = await lab.round(first.link);
    expect(idle.items).toEqual([]);
    await lab.graph('PATCH', `${FOLDERS}/${below}`, { body: { displayName: 'Süd' } });
    const made = await world.folder('Neu');
    const second = await lab.round(idle.link);
    expect(second.items).toMatchObject([
      { id: below, displayName: 'Süd', parentFolderId: top },
      { id: made, displayName: 'Neu' },
    ]);
    await lab.graph('DELETE', `${FOLDERS}/${top}`);
    const third = await lab.round(second.link);
    expect(third.items).toEqual(
      [top, below].map((id) => ({
        '@odata.type': '#microsoft.graph.contactFolder',
        id,
        '@removed': { reason: 'deleted' },
      })),
    );
  });

  it('can be of the top level alone', async () => {
    await world.settings({ folderDelta: 'top' });
    const top = await world.folder('Kunden');
    await world.folder('Nord', top);
    expect((await lab.round(DELTA)).items.map((item) => item['id'])).toEqual([top]);
  });

  it('takes $select and nothing else, and is not there for child folders', async () => {
    const top = await world.folder('Kunden');
    const [item] = (await lab.get(`${DELTA}?$select=displayName`)).value;
    expect(Object.keys(item ?? {})).toEqual(['@odata.type', 'id', 'displayName']);
    expect((await lab.get(`${DELTA}?$top=5`)).code).toBe('ErrorInvalidUrlQuery');
    expect((await lab.get(`${FOLDERS}/${top}/childFolders/delta`)).status).toBe(400);
  });

  it('follows what a person does', async () => {
    const start = await lab.round(DELTA);
    const made = await lab.control('POST', `/users/${UPN}/contactFolders`, { displayName: 'Kunden' });
    const id = made.at('id');
    const second = await lab.round(start.link);
    expect(second.items).toMatchObject([{ id, displayName: 'Kunden' }]);
    await lab.control('DELETE', `/users/${UPN}/contactFolders/${id}?permanent=true`);
    expect((await lab.round(second.link)).items).toMatchObject([{ id, '@removed': { reason: 'deleted' } }]);
  });
});
