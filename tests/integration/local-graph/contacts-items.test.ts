import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContactsLab, IMMUTABLE } from './contacts-lab.ts';
import { UPN } from './support.ts';
import type { Lab } from './support.ts';

let world: ContactsLab;
let lab: Lab;
beforeEach(async () => {
  world = await ContactsLab.start();
  ({ lab } = world);
});
afterEach(() => world.close());

describe('a new contact', () => {
  it('has every member, its names made up from the parts, and addresses that name themselves', async () => {
    const made = await world.create({
      title: 'Dr.',
      givenName: 'Zoë',
      surname: 'Groß',
      generation: 'Jr.',
      emailAddresses: [{ address: 'zoe@fabrikam.example' }, { address: 'z@fabrikam.example', name: 'Zoë' }],
      businessPhones: ['+49 30 1234', '030 / 5678'],
      homeAddress: { city: 'Köln', state: null },
      categories: ['Red category'],
    });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      displayName: 'Dr. Zoë Groß Jr.',
      fileAs: 'Groß, Zoë',
      emailAddresses: [
        { name: 'zoe@fabrikam.example', address: 'zoe@fabrikam.example' },
        { name: 'Zoë', address: 'z@fabrikam.example' },
      ],
      primaryEmailAddress: { address: 'zoe@fabrikam.example' },
      tertiaryEmailAddress: null,
      businessPhones: ['+49 30 1234', '030 / 5678'],
      homePhones: [],
      mobilePhone: null,
      homeAddress: { city: 'Köln' },
      businessAddress: {},
      birthday: null,
      categories: ['Red category'],
    });
    expect(made.json['@odata.etag']).toBe(`W/"${made.at('changeKey')}"`);
  });

  it('is called by its company or its address where it has no name', async () => {
    expect((await world.create({ companyName: 'Acme' })).json).toMatchObject({ displayName: 'Acme', fileAs: 'Acme' });
    const made = await world.create({ emailAddresses: [{ address: 'a@b.example' }] });
    expect(made.at('displayName')).toBe('a@b.example');
  });

  it('takes a birthday only with a time, and keeps the day alone, in either of two forms', async () => {
    const forms: string[] = [];
    for (const birthday of ['1980-02-03T12:00:00Z', '1980-02-03T01:00:00+02:00']) {
      forms.push((await world.create({ birthday })).at('birthday'));
    }
    expect(forms).toEqual(['1980-02-03T11:59:00Z', '1980-02-02T00:00:00Z']);
    expect(await world.create({ birthday: '1980-02-03' })).toMatchObject({ status: 400, code: 'RequestBodyRead' });
  });

  it('refuses what contacts do not have, wrong types and lists that are too long; what is read-only it ignores', async () => {
    const emails = [1, 2, 3, 4].map((n) => ({ address: `${n}@x.example` }));
    const refused: [object, string, RegExp][] = [
      [{ emailAddress: 'a@b.example' }, 'RequestBodyRead', /'emailAddress' does not exist/],
      [{ givenName: 5 }, 'RequestBodyRead', /givenName/],
      [{ emailAddresses: null }, 'RequestBodyRead', /emailAddresses/],
      [
        { emailAddresses: emails },
        'ErrorInvalidRequest',
        /EmailAddresses has 4 entries, that exceeds the max allowed value of 3/,
      ],
      [{ businessPhones: ['1', '2', '3'] }, 'ErrorInvalidRequest', /BusinessPhones has 3 entries/],
      [{ homePhones: ['1', '2', '3'] }, 'ErrorInvalidRequest', /HomePhones has 3 entries/],
    ];
    for (const [body, code, message] of refused) {
      const answer = await world.create(body);
      expect([answer.status, answer.code]).toEqual([400, code]);
      expect(answer.message).toMatch(message);
    }
    expect((await world.truth()).contacts).toEqual([]);
    const made = await world.create({
      id: 'mine',
      changeKey: 'x',
      createdDateTime: 'y',
      '@odata.type': 'z',
      surname: 'S',
    });
    expect(made.status).toBe(201);
    expect(made.at('id')).not.toBe('mine');
  });
});

describe('a patch', () => {
  it('replaces lists as a whole, and answers with the whole contact and a new changeKey', async () => {
    const made = await world.create({
      givenName: 'Eve',
      emailAddresses: [{ address: 'a@x.example' }, { address: 'b@x.example' }],
      businessPhones: ['1', '2'],
    });
    const answer = await world.patch(made.at('id'), { emailAddresses: [{ address: 'c@x.example' }] });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      givenName: 'Eve',
      emailAddresses: [{ address: 'c@x.example' }],
      businessPhones: ['1', '2'],
    });
    expect(answer.at('changeKey')).not.toBe(made.at('changeKey'));
    const same = await world.patch(made.at('id'), {});
    expect(same.at('changeKey')).not.toBe(answer.at('changeKey'));
  });

  it('makes displayName and fileAs anew when parts of the name come without them', async () => {
    const id = (await world.create({ givenName: 'Eve', surname: 'Adams', displayName: 'The boss' })).at('id');
    expect((await world.patch(id, { jobTitle: 'CEO' })).at('displayName')).toBe('The boss');
    expect((await world.patch(id, { surname: 'Brown' })).json).toMatchObject({
      displayName: 'Eve Brown',
      fileAs: 'Brown, Eve',
    });
    const kept = await world.patch(id, { surname: 'Clark', displayName: 'The boss', fileAs: 'boss' });
    expect(kept.json).toMatchObject({ displayName: 'The boss', fileAs: 'boss' });
    await world.settings({ recomputeNames: false });
    expect((await world.patch(id, { surname: 'Dean' })).at('displayName')).toBe('The boss');
  });

  it('keeps the parts of an address that it leaves out, or drops them, by setting', async () => {
    const id = (await world.create({ homeAddress: { street: 'A 1', city: 'Ulm' } })).at('id');
    expect((await world.patch(id, { homeAddress: { street: 'B 2' } })).json['homeAddress']).toEqual({
      street: 'B 2',
      city: 'Ulm',
    });
    await world.settings({ addressPatch: 'replace' });
    expect((await world.patch(id, { homeAddress: { street: 'C 3' } })).json['homeAddress']).toEqual({ street: 'C 3' });
    expect((await world.patch(id, { homeAddress: null })).json['homeAddress']).toEqual({});
  });

  it('writes the places of the e-mail addresses one by one too', async () => {
    const id = (await world.create({ emailAddresses: [{ address: 'a@x.example' }, { address: 'b@x.example' }] })).at(
      'id',
    );
    const answer = await world.patch(id, { secondaryEmailAddress: { address: 'c@x.example' } });
    expect(answer.json['emailAddresses']).toMatchObject([{ address: 'a@x.example' }, { address: 'c@x.example' }]);
    expect((await world.patch(id, { primaryEmailAddress: null })).json['emailAddresses']).toHaveLength(1);
  });

  it('is refused with 412 where If-Match is stale, and deletion is too', async () => {
    const made = await world.create({ givenName: 'Eve' });
    const [id, etag] = [made.at('id'), String(made.json['@odata.etag'])];
    expect((await world.patch(id, { surname: 'A' }, { 'if-match': etag })).status).toBe(200);
    const stale = await world.patch(id, { surname: 'B' }, { 'if-match': etag });
    expect([stale.status, stale.code]).toEqual([412, 'ErrorIrresolvableConflict']);
    const gone = await lab.graph('DELETE', `/me/contacts/${id}`, { headers: { 'if-match': etag } });
    expect(gone.status).toBe(412);
    expect((await world.read(id)).at('surname')).toBe('A');
  });

  it('does not move by parentFolderId unless told to', async () => {
    const id = (await world.create({ givenName: 'Eve' })).at('id');
    const folder = await world.folder('Kunden');
    const home = (await world.read(id)).at('parentFolderId');
    const ignored = await world.patch(id, { parentFolderId: folder, surname: 'A' });
    expect([ignored.status, ignored.at('parentFolderId'), ignored.at('surname')]).toEqual([200, home, 'A']);
    await world.settings({ moveByPatch: 'refused' });
    expect((await world.patch(id, { parentFolderId: folder })).status).toBe(400);
    await world.settings({ moveByPatch: 'moves' });
    expect((await world.patch(id, { parentFolderId: folder })).at('parentFolderId')).toBe(folder);
    expect((await lab.get(`/me/contactFolders/${folder}/contacts`)).value).toHaveLength(1);
  });
});

describe('a deleted contact', () => {
  it('is 404 by either id, and lies in Deleted Items', async () => {
    const id = (await world.create({ givenName: 'Eve' })).at('id');
    const [listed] = (await lab.get('/me/contacts')).value;
    expect((await lab.graph('DELETE', `/me/contacts/${id}`)).status).toBe(204);
    expect((await world.read(id)).code).toBe('ErrorItemNotFound');
    expect((await world.read(String(listed?.['id']))).code).toBe('ErrorItemNotFound');
    expect((await world.truth()).contacts).toMatchObject([{ id, isDeleted: true }]);
    expect((await lab.get('/me/contacts')).value).toEqual([]);
  });

  it('is still found there by its immutable id, by setting, until it is deleted again', async () => {
    await world.settings({ deletedResolve: true });
    const id = (await world.create({ givenName: 'Eve' })).at('id');
    await lab.graph('DELETE', `/me/contacts/${id}`);
    const deleted = await lab.get('/me/mailFolders/deleteditems');
    expect((await world.read(id)).at('parentFolderId')).toBe(deleted.at('id'));
    await lab.graph('DELETE', `/me/contacts/${id}`);
    expect((await world.read(id)).status).toBe(404);
  });

  it('is gone for good by permanentDelete', async () => {
    const id = (await world.create({ givenName: 'Eve' })).at('id');
    expect((await lab.graph('POST', `/me/contacts/${id}/permanentDelete`)).status).toBe(204);
    expect((await world.truth()).contacts).toEqual([]);
  });
});

describe('extended properties', () => {
  const property = 'String {a1b2c3d4-0000-4000-8000-000000000001} Name ExternalId';
  const expand = `$expand=singleValueExtendedProperties($filter=id eq '${property}')`;

  it('are shown when expanded and never else, not after the write either', async () => {
    const written = { givenName: 'Eve', singleValueExtendedProperties: [{ id: property, value: '42' }] };
    const made = await world.create(written);
    expect(made.json).not.toHaveProperty('singleValueExtendedProperties');
    const id = made.at('id');
    expect((await world.read(id)).json).not.toHaveProperty('singleValueExtendedProperties');
    const shown = await world.read(id, `?${expand}&$select=displayName`);
    expect(shown.json['singleValueExtendedProperties']).toEqual([{ id: property, value: '42' }]);
    const patched = await lab.graph('PATCH', `/me/contacts/${id}?${expand}`, { body: written });
    expect(patched.json).not.toHaveProperty('singleValueExtendedProperties');
  });

  it('find the contact that carries a value', async () => {
    await world.create({ givenName: 'Adam', singleValueExtendedProperties: [{ id: property, value: '41' }] });
    const id = (
      await world.create({ givenName: 'Eve', singleValueExtendedProperties: [{ id: property, value: '42' }] })
    ).at('id');
    const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${property}' and ep/value eq '42')`;
    const found = await lab.get(`/me/contacts?$filter=${encodeURIComponent(filter)}`, IMMUTABLE);
    expect(found.value.map((item) => item['id'])).toEqual([id]);
  });
});

describe('lists', () => {
  it('hold the default folder alone, in pages of ten or as asked', async () => {
    await lab.control('POST', `/users/${UPN}/contacts`, { count: 25 });
    await world.create({ givenName: 'Other' }, `/me/contactFolders/${await world.folder('Other')}/contacts`);
    const first = await lab.get('/me/contacts?$select=displayName&$count=true');
    expect(first.value).toHaveLength(10);
    expect(first.json['@odata.count']).toBe(25);
    const names: unknown[] = first.value.map((item) => item['displayName']);
    for (let next = first.link('nextLink'); next !== undefined;) {
      const page = await lab.get(next);
      names.push(...page.value.map((item) => item['displayName']));
      next = page.link('nextLink');
    }
    const known = (await world.truth()).contacts.slice(0, 25).map((contact) => contact['displayName']);
    expect(names).toEqual(known);
    expect((await lab.get('/me/contacts?$top=3&$skip=24')).value).toHaveLength(1);
    expect((await lab.get('/me/contacts/$count')).text).toBe('25');
  });

  it('show what $select names, and refuse names that there are none of', async () => {
    await world.create({ givenName: 'Eve' });
    const [item] = (await lab.get('/me/contacts?$select=givenname,parentFolderId')).value;
    expect(Object.keys(item ?? {}).sort()).toEqual(['@odata.etag', 'givenName', 'id', 'parentFolderId']);
    expect((await lab.get('/me/contacts?$select=subject')).code).toBe('RequestBroker--ParseUri');
  });

  it('are filtered by address, without regard to case, and ordered by a member', async () => {
    await world.create({
      givenName: 'Eve',
      emailAddresses: [{ address: 'x@a.example' }, { address: 'Eve@B.example' }],
    });
    await world.create({ givenName: 'Adam', emailAddresses: [{ address: 'adam@b.example' }] });
    const filter = encodeURIComponent("emailAddresses/any(a:a/address eq 'eve@b.example')");
    expect((await lab.get(`/me/contacts?$filter=${filter}`)).value).toMatchObject([{ givenName: 'Eve' }]);
    const ordered = await lab.get('/me/contacts?$orderby=displayName');
    expect(ordered.value.map((item) => item['displayName'])).toEqual(['Adam', 'Eve']);
    const wrong = encodeURIComponent("emailAddresses/any(a:startswith(a/address,'eve'))");
    expect((await lab.get(`/me/contacts?$filter=${wrong}`)).code).toBe('ErrorInvalidUrlQuery');
    expect((await lab.get('/me/contacts?$search=%22eve%22')).status).toBe(400);
  });
});

describe('ids', () => {
  it('change with each move, or stay, by kind; and are not taken for those of messages', async () => {
    const id = (await world.create({ givenName: 'Eve' })).at('id');
    const [before] = (await lab.get('/me/contacts')).value;
    const folder = await world.folder('Kunden');
    await world.move(id, folder);
    const [after] = (await lab.get(`/me/contactFolders/${folder}/contacts`)).value;
    expect(after?.['id']).not.toBe(before?.['id']);
    expect((await lab.get(`/me/contacts/${String(before?.['id'])}`)).status).toBe(404);
    expect((await world.read(id)).at('parentFolderId')).toBe(folder);
    expect((await lab.get(`/me/messages/${id}`)).code).toBe('ErrorItemNotFound');
    expect((await lab.get(`/me/contacts/${await lab.add()}`)).code).toBe('ErrorItemNotFound');
    expect((await lab.get('/me/contacts/nonsense')).code).toBe('ErrorInvalidIdMalformed');
  });
});
