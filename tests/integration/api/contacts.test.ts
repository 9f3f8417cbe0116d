import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KEYS, type Answer } from '../../support/api-world.ts';
import { contactShape, openContactsWorld, type ContactsWorld } from '../../support/contacts-world.ts';

const people = [
  { displayName: 'Zoë Ångström', emailAddresses: [{ address: 'Zoe@North.example', name: 'Zoë' }] },
  { displayName: 'Ada Lovelace', givenName: 'Ada', surname: 'Lovelace', mobilePhone: '(202) 555-0147' },
  { displayName: 'bob martin', companyName: 'Clean Ltd', businessPhones: ['+1 202 555 0199'], categories: ['Work'] },
  { displayName: 'Émile Zola', personalNotes: 'J’accuse', birthday: '1840-04-02T11:59:00Z' },
  { displayName: 'Ida Rhodes', emailAddresses: [{ address: 'ida@nbs.example', name: null }] },
];

let world: ContactsWorld;
/** What was answered before the first sync. */
let early: { readonly post: Answer; readonly listed: readonly unknown[] };
beforeAll(async () => {
  world = await openContactsWorld(people);
  const { id: folder } = z
    .object({ id: z.string() })
    .parse(await world.outlook('POST', '/contactFolders', { displayName: 'Suppliers' }));
  await world.arrive({ displayName: 'Acme', folder, emailAddresses: [{ address: 'sales@acme.example' }] });
  early = {
    post: await world.on('POST', '/contacts', { body: { displayName: 'Early' } }),
    listed: await world.list('&folder=nowhere'),
  };
  await world.sync();
});
afterAll(() => world.close());

describe('before the first sync', () => {
  it('a new contact waits, for nobody can tell whether Outlook has it', () => {
    const { status, body, headers } = early.post;
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'first_sync_running' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(early.listed).toEqual([]);
  });
});

describe('contacts', () => {
  it('are listed by name, each once, whatever its case and accents', async () => {
    const names = (await world.list()).map(({ displayName }) => displayName);
    expect(names).toEqual(['Acme', 'Ada Lovelace', 'bob martin', 'Émile Zola', 'Ida Rhodes', 'Zoë Ångström']);
  });

  it('are shown as the contract says', async () => {
    const [emile] = await world.list('&q=zola');
    expect({ ...emile, id: '', graphId: '', folderId: '' }).toEqual({
      ...{ id: '', graphId: '', folderId: '' },
      externalId: null,
      displayName: 'Émile Zola',
      givenName: null,
      surname: null,
      companyName: null,
      jobTitle: null,
      emails: [],
      phones: [],
      addresses: [],
      birthday: '1840-04-02',
      notes: 'J’accuse',
      categories: [],
      pushed: 'done',
    });
    const { status, body } = await world.on('GET', `/contacts/${emile?.id ?? ''}`, { key: KEYS.read });
    expect({ status, body }).toEqual({ status: 200, body: emile });
  });

  it('are filtered by folder, e-mail, phone and words', async () => {
    const found = async (query: string): Promise<string[]> =>
      (await world.list(query)).map(({ displayName }) => displayName);
    const folders = (await world.on('GET', '/contact-folders')).body['items'];
    const suppliers = z
      .array(z.looseObject({ id: z.string(), name: z.string() }))
      .parse(folders)
      .at(-1);
    expect(await found(`&folder=${encodeURIComponent(suppliers?.id ?? '')}`)).toEqual(['Acme']);
    expect(await found('&folder=Contacts')).toHaveLength(5);
    expect(await found('&email=zoe@north.EXAMPLE')).toEqual(['Zoë Ångström']);
    expect(await found('&phone=%2B12025550147')).toEqual(['Ada Lovelace']);
    expect(await found('&phone=202.555.0199')).toEqual(['bob martin']);
    expect(await found('&q=angstrom')).toEqual(['Zoë Ångström']);
    expect(await found('&q=clean')).toEqual(['bob martin']);
    expect(await found('&q=nobody')).toEqual([]);
  });

  it.each([
    ['q=ovel', ['Ada Lovelace']],
    ['q=ADA%20lace', ['Ada Lovelace']],
    ['q=north.ex', ['Zoë Ångström']],
    ['q=555', ['Ada Lovelace', 'bob martin']],
    ['q=55%205', ['Ada Lovelace', 'bob martin']],
    ['q=55', []],
    ['q=x555', []],
  ])('are found by parts of words, and of numbers from three digits on: %s', async (query, expected) => {
    expect((await world.list(`&${query}`)).map(({ displayName }) => displayName)).toEqual(expected);
  });

  it('are 404 in a folder that is not there, and are not looked for by names that nobody knows', async () => {
    const unknown = await world.on('GET', '/contacts?folder=nowhere');
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'folder_unknown']);
    const odd = await world.on('GET', '/contacts?e-mail=x');
    expect(JSON.stringify(odd.body['errors'])).toMatch(/query\.e-mail.*known are .*email/);
  });

  it('take the cursor of their own list alone, and list every fault', async () => {
    const cursor = String((await world.on('GET', '/contacts?limit=2')).body['nextCursor']);
    expect((await world.on('GET', `/contacts?limit=2&q=a&cursor=${cursor}`)).status).toBe(400);
    const { status, text } = await world.on('GET', '/contacts?limit=0&email=&q=');
    expect(status).toBe(400);
    for (const place of ['query.limit', 'query.email', 'query.q']) expect(text).toContain(place);
  });

  it('are 404 when unknown, behind another workspace, and where they are not synced', async () => {
    expect((await world.on('GET', '/contacts/nope')).body['code']).toBe('contact_unknown');
    expect((await world.on('GET', '/contacts', { key: KEYS.confined })).status).toBe(404);
    expect((await world.on('GET', '/messages')).body['code']).toBe('domain_unknown');
  });
});

describe('contact folders', () => {
  const folderShape = z.strictObject({
    id: z.string(),
    name: z.string(),
    wellKnownName: z.string().nullable(),
    parentId: z.string().nullable(),
    totalCount: z.number().nullable(),
    unreadCount: z.null(),
    synced: z.boolean(),
  });

  it('are the default one, which Graph lists nowhere, and the others', async () => {
    const { body } = await world.on('GET', '/contact-folders', { key: KEYS.read });
    const folders = z.array(folderShape).parse(body['items']);
    expect(
      folders.map(({ name, wellKnownName, totalCount, synced }) => ({ name, wellKnownName, totalCount, synced })),
    ).toEqual([
      { name: 'Contacts', wellKnownName: 'contacts', totalCount: 5, synced: true },
      { name: 'Suppliers', wellKnownName: null, totalCount: 1, synced: true },
    ]);
    const [ada] = await world.list('&q=ada');
    expect(folders[0]?.id).toBe(ada?.folderId);
  });

  it('are no contacts, whoever knows their ids', async () => {
    const scope = { connectionId: world.id, domain: 'contacts' };
    const range = { from: 'f:', to: 'f;', where: {}, limit: 10, after: null };
    const [folder] = (await world.app.store.list(scope, range)).entries;
    const path = `/contacts/${folder?.id ?? ''}`;
    const answers = [
      await world.on('GET', path),
      await world.on('GET', `${path}/photo`),
      await world.on('PATCH', path, { body: { notes: 'x' } }),
      await world.on('POST', `${path}/undo`),
      await world.on('DELETE', path),
    ];
    expect(answers.map(({ body }) => body['code'])).toEqual(answers.map(() => 'contact_unknown'));
  });

  it('are read page by page', async () => {
    const first = await world.on('GET', '/contact-folders?limit=1');
    const second = await world.on('GET', `/contact-folders?limit=1&cursor=${String(first.body['nextCursor'])}`);
    const names = [first, second].flatMap(({ body }) => z.array(folderShape).parse(body['items']));
    expect(names.map(({ name }) => name)).toEqual(['Contacts', 'Suppliers']);
    for (const { body } of [first, second]) expect(body['items']).toHaveLength(1);
    expect(second.body['nextCursor']).toBeNull();
  });
});

describe('the photo of a contact', () => {
  it('is read through, for the browser that asked alone', async () => {
    const [ada] = await world.list('&q=ada');
    const path = `/contacts/${ada?.id ?? ''}/photo`;
    expect((await world.on('GET', path)).body['code']).toBe('photo_none');
    await givePhoto(ada?.graphId ?? '', new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2]));
    const { status, headers, text } = await world.on('GET', path, { key: KEYS.read });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('image/jpeg');
    expect(headers.get('cache-control')).toMatch(/^private, max-age=\d+$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(text).toHaveLength(6);
    expect((await world.on('GET', '/contacts/nope/photo')).body['code']).toBe('contact_unknown');
  });

  it('is 503 with Retry-After while the mailbox is busy', async () => {
    const [ada] = await world.list('&q=ada');
    const held = await slots(4);
    const { status, headers, body } = await world.on('GET', `/contacts/${ada?.id ?? ''}/photo`);
    await held.release();
    expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'mailbox_busy' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

async function slots(count: number) {
  const found = await world.app.connections.read(world.id);
  if (found === null) throw new Error('no connection');
  const held = await world.app.slots.take(found.connection.account, count);
  if (held.outcome !== 'held') throw new Error('no slots');
  return held.lease;
}

async function givePhoto(graphId: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const found = await world.app.connections.read(world.id);
  if (found === null) throw new Error('no connection');
  const lease = await slots(1);
  const path = `/me/contacts/${encodeURIComponent(graphId)}/photo/$value`;
  const source = world.app.sources.open(found.connection, lease);
  await source.write({ method: 'PUT', path, media: { contentType: 'image/jpeg', bytes } });
  await lease.release();
}

describe('a contact that Outlook changes', () => {
  it('is told with the whole record before and after', async () => {
    const [ida] = await world.list('&q=ida');
    const changes = await world.changesOf(async () => {
      await world.outlook('PATCH', `/contacts/${ida?.graphId ?? ''}`, { jobTitle: 'Pioneer' });
      await world.sync();
    });
    expect(changes).toMatchObject([
      {
        type: 'contact.updated',
        id: ida?.id,
        changed: ['jobTitle'],
        before: ida,
        after: { ...ida, jobTitle: 'Pioneer' },
      },
    ]);
    for (const member of ['before', 'after'] as const)
      expect(() => contactShape.parse(changes[0]?.[member])).not.toThrow();
  });
});
