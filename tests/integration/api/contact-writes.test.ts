import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Answer, CallOptions } from '../../support/api-world.ts';
import { KEYS } from '../../support/api-world.ts';
import { openContactsWorld, type ContactsWorld, type ShownContact } from '../../support/contacts-world.ts';

let world: ContactsWorld;
let last = 0;
/** A name that no other test uses. */
let name: string;
beforeAll(async () => {
  world = await openContactsWorld([{ displayName: 'Somebody' }]);
  await world.sync();
});
beforeEach(() => {
  name = `Person ${++last}`;
});
afterAll(() => world.close());

const post = (body: Record<string, unknown>, options: CallOptions = {}): Promise<Answer> =>
  world.on('POST', '/contacts', { body, ...options });
const one = async (id: unknown): Promise<Record<string, unknown>> =>
  (await world.on('GET', `/contacts/${String(id)}`, { key: KEYS.read })).body;
const queued = async (): Promise<number> => (await world.app.queues.lengths())['push-jobs'] ?? 0;
const emailOf = (text: string): string => `${text.replaceAll(' ', '-').toLowerCase()}@x.example`;

/** A contact of Outlook's that was synced. */
async function standing(contact: Record<string, unknown>): Promise<ShownContact> {
  const graphId = await world.arrive(contact);
  await world.sync();
  const found = (await world.list()).find((listed) => listed.graphId === graphId);
  if (found === undefined) throw new Error('the contact was not synced');
  return found;
}

describe('POST of a contact', () => {
  it('stands at once, is on its way, and is in Outlook once', async () => {
    const before = await queued();
    const sent = {
      externalId: `crm-${name}`,
      givenName: name,
      surname: 'Hopper',
      emails: [{ address: emailOf(name), name: 'G' }],
      phones: [{ number: '+1 202 555 0100', kind: 'mobile' }],
      addresses: [{ kind: 'home', city: 'Arlington' }],
      birthday: '1906-12-09',
      notes: 'one\ntwo',
      categories: ['Customer'],
    };
    let made: Answer | undefined;
    const changes = await world.changesOf(async () => {
      made = await post(sent);
    });
    expect(made?.status).toBe(201);
    expect(made?.body).toMatchObject({ ...sent, addresses: [{ kind: 'home', city: 'Arlington', street: null }] });
    expect(made?.body).toMatchObject({ displayName: `${name} Hopper`, graphId: null, pushed: 'pending' });
    expect(changes).toMatchObject([{ type: 'contact.created', cause: 'own-write', after: made?.body }]);
    expect(await queued()).toBe(before + 1);

    const echo = await world.changesOf(async () => {
      await world.push();
      await world.sync();
      await world.sync();
    });
    const now = await one(made?.body['id']);
    expect({ ...now, graphId: null, folderId: null }).toEqual({ ...made?.body, folderId: null, pushed: 'done' });
    for (const id of ['graphId', 'folderId']) expect(now[id]).toEqual(expect.stringMatching(/./));
    expect(echo.filter(({ cause }) => cause !== 'own-write')).toEqual([]);
    const listed = (await world.list()).filter(({ displayName }) => displayName === `${name} Hopper`);
    expect(listed).toEqual([now]);
    expect((await world.truth()).filter(({ id }) => id === now['graphId'])).toHaveLength(1);
  });

  it('goes to the folder that it names, and to none that is not there', async () => {
    const made = z.object({ id: z.string() });
    const { id: folder } = made.parse(await world.outlook('POST', '/contactFolders', { displayName: name }));
    await world.sync();
    const { status, body } = await post({ displayName: name, folderId: folder });
    expect({ status, folderId: body['folderId'] }).toEqual({ status: 201, folderId: folder });
    await world.push();
    expect((await world.list(`&folder=${encodeURIComponent(folder)}`)).map((each) => each.id)).toEqual([body['id']]);
    expect((await post({ displayName: name, folderId: 'contacts' })).status).toBe(201);
    const refused = await post({ displayName: name, folderId: 'nowhere' });
    expect({ status: refused.status, text: refused.text }).toMatchObject({ status: 400 });
    expect(refused.text).toContain('body.folderId');
  });

  it('lists every fault, and asks for the scope to write', async () => {
    const { status, text } = await post({ emails: [{ address: 'x' }], birthday: 'yesterday', fax: '1' });
    expect(status).toBe(400);
    for (const place of ['body.emails.0.address', 'body.birthday', 'body.fax']) expect(text).toContain(place);
    expect((await post({ displayName: name }, { key: KEYS.read })).status).toBe(403);
  });
});

describe('a POST of a contact that Outlook has', () => {
  it('links to it by e-mail, unites the lists, and fills what is empty', async () => {
    const there = await standing({
      displayName: name,
      emailAddresses: [{ address: emailOf(name), name }],
      businessPhones: ['+1 202 555 0101'],
      categories: ['Work'],
    });
    const answer = await post({
      externalId: `crm-${name}`,
      displayName: name,
      jobTitle: 'Admiral',
      emails: [{ address: emailOf(name).toUpperCase() }, { address: `second-${emailOf(name)}` }],
      phones: [{ number: '+1 202 555 0102', kind: 'mobile' }],
      categories: ['Customer'],
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: there.id,
      graphId: there.graphId,
      externalId: `crm-${name}`,
      jobTitle: 'Admiral',
      categories: ['Work', 'Customer'],
      pushed: 'pending',
    });
    expect((await one(there.id))['emails']).toHaveLength(2);
    expect((await one(there.id))['phones']).toHaveLength(2);
    await world.push();
    await world.sync();
    expect(await one(there.id)).toMatchObject({ jobTitle: 'Admiral', pushed: 'done', externalId: `crm-${name}` });
    const truth = (await world.truth()).filter(({ displayName }) => displayName === name);
    expect(truth).toMatchObject([{ id: there.graphId, jobTitle: 'Admiral' }]);
  });

  it('links by phone where no e-mail decides', async () => {
    const there = await standing({ displayName: name, homePhones: ['(415) 555-0133'] });
    const answer = await post({ displayName: name, phones: [{ number: '+14155550133', kind: 'home' }] });
    expect({ status: answer.status, id: answer.body['id'] }).toEqual({ status: 200, id: there.id });
  });

  it('leaves Outlook its value where both have one, tells the other, and is taken back by undo', async () => {
    const there = await standing({
      displayName: name,
      jobTitle: 'Captain',
      emailAddresses: [{ address: emailOf(name), name: null }],
    });
    const changes = await world.changesOf(() =>
      post({
        externalId: `crm-${name}`,
        jobTitle: 'Admiral',
        companyName: 'Navy',
        emails: [{ address: emailOf(name) }],
      }),
    );
    expect(changes).toMatchObject([
      { type: 'contact.conflict', id: there.id, cause: 'own-write', losing: { jobTitle: 'Admiral' } },
    ]);
    expect(await one(there.id)).toMatchObject({ jobTitle: 'Captain', companyName: 'Navy' });
    await world.push();

    const undone = await world.on('POST', `/contacts/${there.id}/undo`);
    expect(undone.status).toBe(200);
    expect(undone.body).toMatchObject({ ...there, pushed: 'pending' });
    await world.push();
    expect((await world.truth()).find(({ id }) => id === there.graphId)).toMatchObject({ jobTitle: 'Captain' });
    const again = await world.on('POST', `/contacts/${there.id}/undo`);
    expect({ status: again.status, code: again.body['code'] }).toEqual({ status: 409, code: 'nothing_to_undo' });
  });

  it('tells what gave way though nothing else is to be written, and sends nothing', async () => {
    const address = emailOf(name);
    const there = await standing({ displayName: name, jobTitle: 'Captain', emailAddresses: [{ address, name: null }] });
    const before = await queued();
    const changes = await world.changesOf(() => post({ jobTitle: 'Admiral', emails: [{ address }] }));
    expect(changes).toMatchObject([
      { type: 'contact.conflict', changed: [], losing: { jobTitle: 'Admiral' }, before: there, after: there },
    ]);
    expect(await queued()).toBe(before);
    expect(await world.changesOf(() => post({ jobTitle: 'Captain', emails: [{ address }] }))).toEqual([]);
  });

  it('keeps within what Outlook holds, so that the rest of the write is taken', async () => {
    const address = emailOf(name);
    const there = await standing({
      displayName: name,
      emailAddresses: [{ address, name: null }],
      businessPhones: ['+1 202 555 0111', '+1 202 555 0112'],
    });
    const phones = [{ number: '+1 202 555 0113', kind: 'business' }];
    const changes = await world.changesOf(() => post({ jobTitle: 'Admiral', emails: [{ address }], phones }));
    expect(changes).toMatchObject([{ type: 'contact.conflict', changed: ['jobTitle'], losing: { phones } }]);
    await world.push();
    expect(await one(there.id)).toMatchObject({ jobTitle: 'Admiral', phones: there.phones, pushed: 'done' });
  });

  it('takes other ways of writing the same for no conflict', async () => {
    const address = emailOf(name);
    await standing({
      displayName: name,
      mobilePhone: '(202) 555-0177',
      emailAddresses: [{ address, name: null }],
      businessAddress: { city: 'Bonn' },
    });
    let linked: Answer | undefined;
    const changes = await world.changesOf(async () => {
      linked = await post({
        emails: [{ address: address.toUpperCase(), name: 'Someone' }],
        phones: [{ number: '+1 202 555 0177', kind: 'mobile' }],
        addresses: [{ kind: 'business', city: 'bonn', street: 'Am Hof 1' }],
      });
    });
    expect(changes).toMatchObject([{ type: 'contact.updated', changed: ['emails', 'addresses'] }]);
    expect(linked?.body).toMatchObject({
      emails: [{ address, name: 'Someone' }],
      phones: [{ number: '(202) 555-0177' }],
      addresses: [{ city: 'Bonn', street: 'Am Hof 1' }],
    });
  });

  it('is refused with the candidates where several share its e-mail, and made where it is not to be matched', async () => {
    const address = emailOf(name);
    const [first, second] = [
      await standing({ displayName: `${name} a`, emailAddresses: [{ address, name: null }] }),
      await standing({ displayName: `${name} b`, emailAddresses: [{ address, name: null }] }),
    ];
    const before = await queued();
    const { status, body } = await post({ displayName: name, emails: [{ address }] });
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'contact_match_ambiguous' });
    const matched = [{ by: 'email', value: address }];
    expect(body['candidates']).toEqual(
      expect.arrayContaining([
        { id: first.id, displayName: `${name} a`, matched },
        { id: second.id, displayName: `${name} b`, matched },
      ]),
    );
    expect(await queued()).toBe(before);
    const made = await post({ displayName: name, emails: [{ address }], match: 'none' });
    expect(made.status).toBe(201);
    await world.push();
    expect((await world.list(`&email=${address}`)).map(({ id }) => id)).toHaveLength(3);
  });

  it('writes the one with its externalId, however often it comes', async () => {
    const sent = { externalId: `crm-${name}`, displayName: name, jobTitle: 'One' };
    const first = await post(sent);
    const same = await post(sent);
    const changed = await post({ ...sent, jobTitle: 'Two', match: 'none' });
    expect([first.status, same.status, changed.status]).toEqual([201, 200, 200]);
    expect(new Set([first, same, changed].map(({ body }) => body['id'])).size).toBe(1);
    expect(changed.body).toMatchObject({ jobTitle: 'Two' });
    await world.push();
    await world.sync();
    expect((await world.truth()).filter(({ displayName }) => displayName === name)).toHaveLength(1);
  });

  it('is linked also to one that arrives before it was sent, unless it is not to be matched', async () => {
    const held = async (match: object): Promise<number> => {
      const address = emailOf(`${name} ${Object.keys(match).length}`);
      await post({ displayName: name, emails: [{ address }], ...match });
      await world.arrive({ displayName: name, emailAddresses: [{ address, name: null }] });
      await world.sync();
      await world.push();
      await world.sync();
      return (await world.list(`&email=${address}`)).length;
    };
    expect(await held({})).toBe(1);
    expect(await held({ match: 'none' })).toBe(2);
  });

  it('takes without a word the name of one that arrives before it was sent, where none was given', async () => {
    const address = emailOf(name);
    const { body } = await post({ emails: [{ address }] });
    expect(body['displayName']).toBe(address);
    await world.arrive({ displayName: name, emailAddresses: [{ address, name: null }] });
    const changes = await world.changesOf(() => world.sync());
    expect(changes.map(({ type }) => type)).toEqual(['contact.updated']);
    const id = String(body['id']);
    expect((await one(id))['displayName']).toBe(name);
    await world.on('POST', `/contacts/${id}/undo`);
    expect((await one(id))['displayName']).toBe(name);
  });

  it('makes one of many that come at once', async () => {
    const sent = { externalId: `crm-${name}`, displayName: name, emails: [{ address: emailOf(name) }] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(sent)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
  });
});

describe('PATCH of a contact', () => {
  it('leaves what is absent, takes away what is null, and sets the rest, in Outlook too', async () => {
    const there = await standing({
      displayName: name,
      givenName: 'Given',
      jobTitle: 'Captain',
      emailAddresses: [{ address: emailOf(name), name: null }],
    });
    const patch = { jobTitle: null, companyName: 'Navy', emails: [{ address: `new-${emailOf(name)}` }] };
    const answer = await world.on('PATCH', `/contacts/${there.id}`, { body: patch });
    const expected = {
      ...there,
      jobTitle: null,
      companyName: 'Navy',
      emails: [{ address: `new-${emailOf(name)}`, name: null }],
    };
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 200,
      body: { ...expected, pushed: 'pending' },
    });
    expect((await world.list(`&email=${emailOf(name)}`)).length).toBe(0);
    await world.push();
    await world.sync();
    expect(await one(there.id)).toEqual(expected);
    const truth = (await world.truth()).find(({ id }) => id === there.graphId);
    expect(truth).toMatchObject({ emailAddresses: [{ address: `new-${emailOf(name)}` }], displayName: name });
    expect(truth?.jobTitle ?? '').toBe('');
  });

  it('takes back what somebody wrote into Outlook, and nothing new that is no address or number', async () => {
    const there = await standing({
      displayName: name,
      emailAddresses: [{ address: 'Lab 3', name: null }],
      businessPhones: ['ask Bob'],
    });
    const patch = (more: unknown[]): Promise<Answer> => {
      const body = { emails: [...there.emails, ...more], phones: there.phones };
      return world.on('PATCH', `/contacts/${there.id}`, { body });
    };
    const refused = await patch([{ address: 'Lab 4' }]);
    expect({ status: refused.status, errors: refused.body['errors'] }).toEqual({
      status: 400,
      errors: [{ path: 'body.emails.1.address', message: 'must be an e-mail address' }],
    });
    const taken = await patch([{ address: emailOf(name) }]);
    expect(taken.status).toBe(200);
    expect(taken.body['emails']).toEqual([...there.emails, { address: emailOf(name), name: null }]);
  });

  it('moves it to another folder', async () => {
    const there = await standing({ displayName: name });
    const made = z.object({ id: z.string() });
    const { id: folderId } = made.parse(await world.outlook('POST', '/contactFolders', { displayName: name }));
    await world.sync();
    const changes = await world.changesOf(() => world.on('PATCH', `/contacts/${there.id}`, { body: { folderId } }));
    expect(changes).toMatchObject([{ type: 'contact.moved', id: there.id, cause: 'own-write' }]);
    await world.push();
    await world.sync();
    await world.sync();
    expect(await one(there.id)).toMatchObject({ folderId, displayName: name, pushed: 'done' });
    expect((await world.truth()).filter(({ displayName }) => displayName === name)).toHaveLength(1);
  });

  it('gives an externalId to one contact alone', async () => {
    const [first, second] = [await standing({ displayName: name }), await standing({ displayName: `${name} b` })];
    const give = (id: string): Promise<Answer> =>
      world.on('PATCH', `/contacts/${id}`, { body: { externalId: `crm-${name}` } });
    expect((await give(first.id)).status).toBe(200);
    expect((await give(first.id)).status).toBe(200);
    const taken = await give(second.id);
    expect({ status: taken.status, code: taken.body['code'] }).toEqual({ status: 409, code: 'external_id_taken' });
    await world.on('PATCH', `/contacts/${first.id}`, { body: { externalId: null } });
    expect((await give(second.id)).status).toBe(200);
    await world.push();
    expect(await one(second.id)).toMatchObject({ externalId: `crm-${name}`, pushed: 'done' });
  });

  it('is 404 for what is not there, and 400 where it names nothing', async () => {
    expect((await world.on('PATCH', '/contacts/nope', { body: { notes: 'x' } })).body['code']).toBe('contact_unknown');
    const [any] = await world.list();
    expect((await world.on('PATCH', `/contacts/${any?.id ?? ''}`, { body: {} })).status).toBe(400);
  });
});

describe('DELETE of a contact', () => {
  it('is gone here at once, then in Outlook, and stays gone', async () => {
    const there = await standing({ displayName: name, emailAddresses: [{ address: emailOf(name), name: null }] });
    const changes = await world.changesOf(async () => {
      const { status, text } = await world.on('DELETE', `/contacts/${there.id}`);
      expect({ status, text }).toEqual({ status: 204, text: '' });
    });
    expect(changes).toMatchObject([{ type: 'contact.deleted', id: there.id, cause: 'own-write', reason: 'deleted' }]);
    for (const method of ['GET', 'DELETE']) expect((await world.on(method, `/contacts/${there.id}`)).status).toBe(404);
    expect((await world.on('POST', `/contacts/${there.id}/undo`)).status).toBe(404);
    expect(await world.list(`&email=${emailOf(name)}`)).toEqual([]);
    const later = await world.changesOf(async () => {
      await world.sync();
      await world.push();
      await world.sync();
      await world.sync();
    });
    expect(later).toEqual([]);
    expect((await world.truth()).some(({ id }) => id === there.graphId)).toBe(false);
  });

  it('sends nothing of one that Outlook never heard of', async () => {
    const { body } = await post({ displayName: name });
    expect((await world.on('DELETE', `/contacts/${String(body['id'])}`)).status).toBe(204);
    await world.push();
    expect((await world.truth()).some(({ displayName }) => displayName === name)).toBe(false);
  });
});

describe('with an Idempotency-Key', () => {
  it('a POST, an undo and a DELETE have one effect and one answer', async () => {
    const body = { displayName: name };
    const first = await post(body, { once: `make-${emailOf(name)}` });
    const again = await post(body, { once: `make-${emailOf(name)}` });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await post({ displayName: 'Other' }, { once: `make-${emailOf(name)}` })).status).toBe(422);
    expect((await world.list()).filter(({ displayName }) => displayName === name)).toHaveLength(1);

    const path = `/contacts/${String(first.body['id'])}`;
    expect((await world.on('POST', `${path}/undo`, { once: `undo-${emailOf(name)}` })).status).toBe(409);
    await world.push();
    const linked = await post({ displayName: 'Other', jobTitle: 'x', emails: [{ address: emailOf(name) }] });
    expect(linked.status).toBe(201);
    const merged = await post({ companyName: 'Navy', emails: [{ address: emailOf(name) }] });
    expect(merged.body).toMatchObject({ id: linked.body['id'], companyName: 'Navy' });
    const undo = (): Promise<Answer> =>
      world.on('POST', `/contacts/${String(linked.body['id'])}/undo`, { once: `undo-${emailOf(name)}` });
    const [undone, repeated] = [await undo(), await undo()];
    expect([undone.status, repeated.status, repeated.text]).toEqual([200, 200, undone.text]);
    expect(undone.body).toMatchObject({ companyName: null, jobTitle: 'x' });

    const gone = await world.on('DELETE', path, { once: `drop-${emailOf(name)}` });
    const repeat = await world.on('DELETE', path, { once: `drop-${emailOf(name)}` });
    expect([gone.status, repeat.status, repeat.text]).toEqual([204, 204, '']);
    expect(repeat.headers.get('idempotency-replayed')).toBe('true');
  });
});

describe('the audit', () => {
  it('has who made, changed and deleted what, by names of members alone', async () => {
    const { body } = await post({ displayName: name, notes: 'a secret' });
    const contactId = String(body['id']);
    await world.on('PATCH', `/contacts/${contactId}`, { body: { jobTitle: 'x' } });
    await world.on('DELETE', `/contacts/${contactId}`);
    const { body: audit, text } = await world.call('GET', `/audit?connectionId=${world.id}&limit=3`, {
      key: KEYS.admin,
    });
    expect(audit['items']).toMatchObject([
      { operation: 'deleteContact', on: { contactId }, outcome: 'done', status: 204 },
      { operation: 'updateContact', on: { contactId }, changed: ['jobTitle'] },
      { operation: 'createContact', on: { contactId, connectionId: world.id }, changed: ['displayName', 'notes'] },
    ]);
    expect(text).not.toContain('a secret');
  });
});

describe('a connection that cannot write', () => {
  it('says why, and what to do', async () => {
    const [any] = await world.list();
    await world.outlook('PATCH', '', { consent: 'withdrawn' });
    world.clock.move(2 * 3_600_000);
    await world.sync();
    const { status, body } = await post({ displayName: name });
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'consent_missing' });
    expect(body['detail']).toContain('connect link');
    expect((await world.on('PATCH', `/contacts/${any?.id ?? ''}`, { body: { notes: 'x' } })).status).toBe(409);
    expect((await world.on('DELETE', `/contacts/${any?.id ?? ''}`)).status).toBe(409);
    expect((await world.on('GET', `/contacts/${any?.id ?? ''}`)).status).toBe(200);
    await world.outlook('PATCH', '', { consent: 'granted' });
  });
});
