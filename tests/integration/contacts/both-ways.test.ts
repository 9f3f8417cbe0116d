import { expect, it } from 'vitest';
import { contactDefaults } from '../../../shared/domains/contacts/contact-wire.ts';
import { startContactWorld } from '../../support/contact-world.ts';

const of = (id: string | null) => (change: { readonly id: string | null }) => change.id === id;

it('reads an address book, and tells one baseline with its counts', async () => {
  await using at = await startContactWorld({ contacts: 60 });
  expect(await at.differences()).toEqual([]);
  expect(await at.ours()).toHaveLength(60);
  const feed = await at.feed();
  expect(feed.map(({ type }) => type)).toEqual(['sync.baseline_completed']);
  expect(feed[0]?.details).toEqual({ counts: { contact: 60 } });
  for (let round = 0; round < 3; round++) await at.poll();
  expect(await at.feed()).toHaveLength(1);
  expect(await at.effects()).toEqual([]);
});

it('P8 P9: brings a new contact to Outlook once, and hears nothing of it', async () => {
  await using at = await startContactWorld({ contacts: 3 });
  const made = await at.create({
    ...contactDefaults,
    externalId: 'crm-1',
    displayName: 'Grace Hopper',
    givenName: 'Grace',
    surname: 'Hopper',
    emails: [{ address: 'grace@navy.example', name: null }],
    phones: [
      { number: '+1 202 555 0147', kind: 'mobile' },
      { number: '+1 202 555 0100', kind: 'home' },
    ],
    addresses: [{ kind: 'other', street: '1 Pier', city: 'Arlington', state: null, postalCode: null, country: 'USA' }],
    birthday: '1906-12-09',
    notes: 'One\nTwo',
    categories: ['Customer'],
  });
  expect((await at.named('Grace Hopper')).graphId).toBeNull();
  await at.world.drain();
  for (let round = 0; round < 4; round++) await at.poll();
  const record = await at.named('Grace Hopper');
  expect(record).toMatchObject({ id: made.id, fields: { externalId: 'crm-1', birthday: '1906-12-09' } });
  expect(record.graphId).not.toBeNull();
  expect(await at.effects(record.graphId ?? '')).toEqual(['create']);
  expect(await at.differences()).toEqual([]);
  expect((await at.feed()).filter(of(made.id)).map(({ type, cause }) => [type, cause])).toEqual([
    ['contact.created', 'own-write'],
    // The first contact of the default folder tells which folder that is.
    ['contact.updated', 'own-write'],
  ]);
  expect((await at.ours()).find(({ id }) => id === made.id)).toMatchObject({ pushed: 'done' });
});

it('P9 P10: brings an edit of each side to the other once, and both survive where they differ', async () => {
  await using at = await startContactWorld();
  const graphId = await at.arrive({
    givenName: 'Ada',
    surname: 'Lovelace',
    emailAddresses: [{ address: 'ada@x.example' }, { address: 'old@x.example' }],
  });
  await at.poll();
  const { id } = await at.named('Ada Lovelace');
  await at.edit(graphId, {
    jobTitle: 'Countess',
    emailAddresses: [{ address: 'ada@x.example' }, { address: 'new@x.example' }],
  });
  await at.update(id, {
    companyName: 'Analytical Engines',
    emails: [...['ada@x.example', 'old@x.example', 'ours@x.example'].map((address) => ({ address, name: null }))],
  });
  await at.world.drain();
  for (let round = 0; round < 4; round++) await at.poll();
  const addresses = ['ada@x.example', 'new@x.example', 'ours@x.example'];
  expect((await at.named('Ada Lovelace')).fields).toMatchObject({
    jobTitle: 'Countess',
    companyName: 'Analytical Engines',
    emails: addresses.map((address) => ({ address, name: null })),
  });
  expect(await at.differences()).toEqual([]);
  expect(await at.effects(graphId)).toEqual(['update']);
  expect((await at.feed()).map(({ type }) => type)).not.toContain('contact.conflict');
});

it('P10: keeps what lost where both sides changed one field', async () => {
  await using at = await startContactWorld();
  const graphId = await at.arrive({ givenName: 'Ada', surname: 'Lovelace' });
  await at.poll();
  const { id } = await at.named('Ada Lovelace');
  await at.edit(graphId, { jobTitle: 'Countess' });
  await at.update(id, { jobTitle: 'Mathematician' });
  await at.world.drain();
  for (let round = 0; round < 3; round++) await at.poll();
  const record = await at.named('Ada Lovelace');
  expect(record).toMatchObject({ fields: { jobTitle: 'Countess' }, undo: { fields: { jobTitle: 'Mathematician' } } });
  const told = (await at.feed()).filter(of(id)).at(-1);
  expect(told).toMatchObject({ type: 'contact.conflict', details: { losing: { jobTitle: 'Mathematician' } } });
  expect(await at.effects(graphId)).toEqual([]);
  expect(await at.differences()).toEqual([]);
});

it('leaves alone what it does not show', async () => {
  await using at = await startContactWorld();
  const members = {
    givenName: 'Ada',
    surname: 'Lovelace',
    nickName: 'Enchantress',
    imAddresses: ['sip:ada@x.example'],
    spouseName: 'William',
    children: ['Byron', 'Anne'],
    homeAddress: { street: '12 St James Square', city: 'London' },
    birthday: '1815-12-10T00:00:00Z',
  };
  const graphId = await at.arrive(members);
  await at.poll();
  const { id } = await at.named('Ada Lovelace');
  await at.update(id, { givenName: 'Augusta', phones: [{ number: '1', kind: 'home' }] });
  await at.world.drain();
  const there = (await at.theirs()).find((contact) => contact['id'] === graphId);
  const { birthday, ...others } = members;
  expect(there?.['birthday']).toContain(birthday.slice(0, 10));
  expect(there).toMatchObject({
    ...others,
    givenName: 'Augusta',
    // Not made anew: what the application has not said stays as it was.
    displayName: 'Ada Lovelace',
    homePhones: ['1'],
  });
});

it('links a contact that both sides have made to one another, by its e-mail', async () => {
  await using at = await startContactWorld();
  const made = await at.create({
    ...contactDefaults,
    displayName: 'Grace Hopper',
    emails: [{ address: 'Grace@Navy.example', name: null }],
    companyName: 'US Navy',
  });
  const graphId = await at.arrive({
    displayName: 'Grace',
    emailAddresses: [{ address: 'grace@navy.example' }],
    jobTitle: 'Admiral',
  });
  await at.poll('notification');
  for (let round = 0; round < 3; round++) await at.poll();
  expect((await at.ours()).map((item) => [item['id'], item['graphId']])).toEqual([[made.id, graphId]]);
  expect((await at.ours())[0]).toMatchObject({ companyName: 'US Navy', jobTitle: 'Admiral', displayName: 'Grace' });
  expect(await at.effects(graphId)).toEqual(['update']);
  expect(await at.differences()).toEqual([]);
});

it.each([true, false])(
  'P7: deletes on both sides, told once each (a deleted contact can be read: %s)',
  async (deletedResolve) => {
    await using at = await startContactWorld({ ways: { deletedResolve } });
    const [one, two] = [await at.arrive({ displayName: 'One' }), await at.arrive({ displayName: 'Two' })];
    await at.poll();
    const [first, second] = [await at.named('One'), await at.named('Two')];
    await at.remove(one);
    await at.write(async (rows) => {
      const record = await rows.record(second.id);
      return record === null ? null : { type: 'delete', record, action: 'delete' };
    });
    await at.world.drain();
    for (let round = 0; round < 4; round++) await at.poll();
    expect([await at.ours(), await at.theirs()]).toEqual([[], []]);
    expect(await at.effects(two)).toEqual(['delete']);
    const told = (await at.feed()).filter(({ type }) => type === 'contact.deleted');
    expect(told.map(({ id, cause, details }) => [id, cause, details?.['reason']])).toEqual([
      [second.id, 'own-write', 'deleted'],
      [first.id, 'push', deletedResolve ? 'left' : 'gone'],
    ]);
    expect((await at.head()).counts).toMatchObject({ records: 0, outbox: 0, hints: 0 });
  },
);

it.each([true, false])(
  'P9: what somebody deletes in Outlook while we write to it is theirs (a deleted contact can be read: %s)',
  async (deletedResolve) => {
    await using at = await startContactWorld({ ways: { deletedResolve } });
    const graphId = await at.arrive({ displayName: 'One' });
    await at.poll();
    await at.world.control('PATCH', '/settings', { notifications: { pause: true } });
    await at.remove(graphId);
    await at.update((await at.named('One')).id, { jobTitle: 'Admiral' });
    await at.world.drain();
    for (let round = 0; round < 3; round++) await at.poll();
    const told = (await at.feed()).filter(({ type }) => type === 'contact.deleted');
    expect(told.map(({ cause, details }) => [cause, details?.['reason']])).toEqual([
      ['poll', deletedResolve ? 'left' : 'gone'],
    ]);
    expect((await at.head()).counts).toMatchObject({ records: 0, outbox: 0, hints: 0 });
  },
);

it('writes an id of the application’s own here alone, and is done with it', async () => {
  await using at = await startContactWorld();
  const graphId = await at.arrive({ givenName: 'Ada', surname: 'Lovelace' });
  await at.poll();
  const { id } = await at.named('Ada Lovelace');
  await at.update(id, { externalId: 'crm-1' });
  await at.world.drain();
  expect(await at.named('Ada Lovelace')).toMatchObject({ base: null, fields: { externalId: 'crm-1' } });
  expect((await at.ours())[0]).toMatchObject({ externalId: 'crm-1', pushed: 'done' });
  expect(await at.effects(graphId)).toEqual([]);
  await at.edit(graphId, { jobTitle: 'Countess' });
  await at.poll();
  expect(await at.named('Ada Lovelace')).toMatchObject({ fields: { externalId: 'crm-1', jobTitle: 'Countess' } });
});
