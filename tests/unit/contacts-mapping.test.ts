import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { asShown } from '../../shared/domains/contacts/as-shown.ts';
import { contactDefaults, MARKER, readContact } from '../../shared/domains/contacts/contact-wire.ts';
import { contacts } from '../../shared/domains/contacts/index.ts';
import { readBirthday } from '../../shared/domains/contacts/read-members.ts';
import { toNew, toPatch, toWire } from '../../shared/domains/contacts/write-members.ts';
import type { Shown } from '../../shared/engine/domain.ts';
import { COMMIT_BYTES, type Write } from '../../shared/engine/ports.ts';
import { recordWrites } from '../../shared/engine/record-rows.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { sampleRecord } from '../support/sample-rows.ts';

const kindOf = (notes: Fields = {}) => {
  const { contact } = contacts.kinds(notes);
  if (contact === undefined) throw new Error('there is no kind of contact');
  return contact;
};
const contact = kindOf();

const whole = {
  id: 'G',
  '@odata.etag': 'W/"1"',
  parentFolderId: 'D',
  displayName: 'Grace Hopper',
  givenName: 'Grace',
  surname: 'Hopper',
  companyName: '',
  jobTitle: null,
  emailAddresses: [
    { name: 'Grace', address: 'grace@navy.example' },
    { name: 'Rear@navy.example', address: 'rear@navy.example' },
  ],
  mobilePhone: '+1 202 555 0147',
  businessPhones: ['+1 202 555 0100', ''],
  homePhones: [],
  businessAddress: { street: '1 Pier', city: 'Arlington', countryOrRegion: 'USA' },
  homeAddress: {},
  otherAddress: { city: '' },
  birthday: '1906-12-09T00:00:00Z',
  personalNotes: 'One\r\nTwo',
  categories: ['Customer'],
};

const record = (fields: Fields): Shown => ({ id: 'r', graphId: 'G', fields, own: [], refused: undefined });

describe('a contact', () => {
  it('is read into its fields', () => {
    expect(contact.decode(whole, false)).toEqual({
      type: 'item',
      graphId: 'G',
      etag: 'W/"1"',
      modifiedAt: null,
      partial: false,
      fields: {
        folderId: 'D',
        displayName: 'Grace Hopper',
        givenName: 'Grace',
        surname: 'Hopper',
        companyName: null,
        jobTitle: null,
        emails: [
          { address: 'grace@navy.example', name: 'Grace' },
          { address: 'rear@navy.example', name: null },
        ],
        phones: [
          { number: '+1 202 555 0147', kind: 'mobile' },
          { number: '+1 202 555 0100', kind: 'business' },
        ],
        addresses: [
          { kind: 'business', street: '1 Pier', city: 'Arlington', state: null, postalCode: null, country: 'USA' },
        ],
        birthday: '1906-12-09',
        notes: 'One\nTwo',
        categories: ['Customer'],
      },
    });
  });

  it('ignores members that Graph adds later', () => {
    expect(contact.decode({ ...whole, novelty: { deep: true } }, false)).toEqual(contact.decode(whole, false));
  });

  it('tells an absent property from an empty one', () => {
    const thin = contact.decode({ id: 'G', jobTitle: 'Rear Admiral' }, false);
    expect(thin).toMatchObject({ partial: true, fields: { jobTitle: 'Rear Admiral' } });
    if (thin.type !== 'item') throw new Error('no item');
    expect(Object.keys(thin.fields)).toEqual(['jobTitle']);
    const alone = contact.decode({ id: 'G', parentFolderId: 'D' }, true);
    expect(alone).toMatchObject({ partial: false, fields: { folderId: 'D', emails: [], phones: [], notes: null } });
  });

  it('keeps what no answer of Graph can know: the id of the application, and a place that is not named', () => {
    const read = contact.decode({ id: 'G', displayName: 'No place' }, true);
    if (read.type !== 'item') throw new Error('no item');
    expect(read.fields).not.toHaveProperty('externalId');
    expect(read.fields).not.toHaveProperty('folderId');
  });

  it('makes no list of numbers of one part of it', () => {
    const read = readContact({ id: 'G', mobilePhone: '+1 202 555 0147' }, false);
    expect(read.fields).not.toHaveProperty('phones');
    expect(read.thin).toBe(true);
    const all = readContact({ id: 'G', mobilePhone: null, businessPhones: [], homePhones: ['1'] }, false);
    expect(all.fields['phones']).toEqual([{ number: '1', kind: 'home' }]);
  });

  it.each(Object.keys(whole).filter((member) => !['id', '@odata.etag'].includes(member)))(
    'is told in part where %s is left out, which is unchanged',
    (member) => {
      const left = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== member));
      const read = contact.decode(left, false);
      expect(read).toMatchObject({ partial: true });
      const shown = contact.decode(whole, false);
      if (read.type !== 'item' || shown.type !== 'item') throw new Error('no item');
      expect(shown.fields).toMatchObject(read.fields);
      expect(Object.keys(read.fields)).toHaveLength(Object.keys(shown.fields).length - 1);
    },
  );

  it('reads a removal', () => {
    expect(contact.decode({ id: 'G', '@removed': { reason: 'deleted' } }, false)).toEqual({
      type: 'removed',
      graphId: 'G',
    });
  });

  it('tells who made it where it is read itself, and nothing of that in a page', () => {
    const singleValueExtendedProperties = [{ id: MARKER.toLowerCase(), value: 'op-1' }];
    expect(contact.decode({ ...whole, singleValueExtendedProperties }, true)).toHaveProperty('origin', 'op-1');
    expect(contact.decode(whole, true)).toHaveProperty('origin', null);
    expect(contact.decode(whole, false)).not.toHaveProperty('origin');
    expect(contact.itemPath('a=b')).toContain(`/me/contacts/a%3Db?$select=`);
    expect(decodeURIComponent(contact.itemPath('x'))).toContain(`$filter=id eq '${MARKER}'`);
  });

  it('refuses by ZodError what is no contact, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.boolean(), (raw, all) => {
        try {
          contact.decode(raw, all);
        } catch (error) {
          expect(error).toBeInstanceOf(ZodError);
        }
      }),
    );
  });

  it('says whether Outlook has it as it stands', () => {
    const shown = (more: Partial<Shown>): unknown => contact.show({ ...record(contactDefaults), ...more })['pushed'];
    const write = { op: 'o', fields: {}, before: {}, done: false };
    expect(shown({})).toBe('done');
    expect(shown({ own: [{ ...write, done: true }] })).toBe('done');
    expect(shown({ own: [write] })).toBe('pending');
    expect(shown({ graphId: null })).toBe('pending');
    expect(shown({ graphId: null, refused: { at: '', code: '', message: '' } })).toBe('failed');
  });

  it('cuts what would not fit its rows, and not who it is', () => {
    const emails = Array.from({ length: 500 }, (_, n) => ({ address: `n${n}@x.example`, name: null }));
    const cut = contact.shrink({ ...contactDefaults, folderId: 'D', emails, notes: 'n'.repeat(90_000) });
    expect(cut['emails']).toHaveLength(50);
    expect(cut['notes']).toHaveLength(20_000);
    expect(cut).toMatchObject({ folderId: 'D', displayName: '' });
  });
});

describe('the rows of a contact', () => {
  it('fit one commit, however long its notes are and by however many keys it is found', () => {
    const emails = Array.from({ length: 3 }, (_, n) => ({ address: `n${n}@x.example`, name: null }));
    const phones = Array.from({ length: 5 }, (_, n) => ({ number: `+1 202 555 010${n}`, kind: 'home' }));
    const fields = { ...contactDefaults, displayName: 'Grace', emails, phones, notes: 'n'.repeat(800_000) };
    const store = { sizeOf: (write: Write) => JSON.stringify(write).length };
    const long = { ...sampleRecord('r', { stream: 'default', fields }), kind: 'contact' };
    const { record: kept, writes } = recordWrites({ store, kind: contact }, long);
    expect(kept.truncated).toBe(true);
    expect(kept.fields).toMatchObject({ displayName: 'Grace', emails, phones });
    expect(writes.length).toBeGreaterThan(8);
    expect(writes.reduce((sum, write) => sum + store.sizeOf(write), 0)).toBeLessThan(COMMIT_BYTES / 2);
  });
});

describe('what is written', () => {
  const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => !value.includes('\r'));
  const part = fc.option(text, { nil: null });
  const phone = (kind: string) => fc.record({ number: text, kind: fc.constant(kind) });
  const address = (kind: string) =>
    fc
      .record({ kind: fc.constant(kind), street: part, city: part, state: part, postalCode: part, country: part })
      .filter((one) => Object.values(one).filter((value) => value !== null).length > 1);
  const optional = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 1 });
  const anyContact = fc.record({
    displayName: fc.string({ maxLength: 20 }),
    givenName: part,
    surname: part,
    companyName: part,
    jobTitle: part,
    emails: fc.array(
      fc.record({ address: text, name: part }).map(({ address: at, name }) => ({
        address: at,
        name: name?.toLowerCase() === at.toLowerCase() ? null : name,
      })),
      { maxLength: 3 },
    ),
    phones: fc
      .tuple(
        optional(phone('mobile')),
        fc.array(phone('business'), { maxLength: 2 }),
        fc.array(phone('home'), { maxLength: 2 }),
      )
      .map((lists) => lists.flat()),
    addresses: fc
      .tuple(optional(address('business')), optional(address('home')), optional(address('other')))
      .map((lists) => lists.flat()),
    birthday: fc.option(
      fc
        .date({ min: new Date('1604-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
        .map((day) => day.toISOString().slice(0, 10)),
      { nil: null },
    ),
    notes: part,
    categories: fc.array(text),
  });

  it('comes back as it was, made new or patched over whatever was there', () => {
    fc.assert(
      fc.property(anyContact, anyContact, (fields, before) => {
        expect(contact.decode({ id: 'G', ...toNew(fields) }, true)).toMatchObject({ fields });
        const patched = { id: 'G', ...toWire(before), ...toPatch(fields, fields) };
        expect(readContact(patched, true).fields).toEqual(fields);
      }),
    );
  });

  it('touches no member that it does not mean', () => {
    expect(toPatch({ jobTitle: 'Admiral' }, { displayName: 'Grace' })).toEqual({ jobTitle: 'Admiral' });
    expect(toPatch({ externalId: 'crm-1' }, { displayName: 'Grace' })).toEqual({});
    expect(Object.keys(toPatch({ phones: [] }, {}))).toEqual(['mobilePhone', 'businessPhones', 'homePhones']);
  });

  it('names the display name wherever names are touched, or the service makes up one', () => {
    expect(toPatch({ givenName: 'Amazing' }, { displayName: 'Grace Hopper' })).toEqual({
      givenName: 'Amazing',
      displayName: 'Grace Hopper',
    });
    expect(toPatch({ surname: 'H', displayName: 'G. H.' }, { displayName: 'old' })).toMatchObject({
      displayName: 'G. H.',
    });
  });

  it('is no more of a kind than Outlook has places for: it would refuse the contact', () => {
    const phones = ['1', '2', '3'].flatMap((number) =>
      ['mobile', 'business', 'home'].map((kind) => ({ number, kind })),
    );
    expect(toWire({ phones })).toEqual({ mobilePhone: '1', businessPhones: ['1', '2'], homePhones: ['1', '2'] });
  });

  it('clears an address part by part: what is not said would stay', () => {
    expect(toWire({ addresses: [] })['homeAddress']).toEqual({
      street: null,
      city: null,
      state: null,
      postalCode: null,
      countryOrRegion: null,
    });
  });
});

describe('a birthday', () => {
  it.each([
    ['1974-07-22T00:00:00Z', '1974-07-22'],
    ['1974-07-22T11:59:00Z', '1974-07-22'],
    ['1974-07-22T12:00:00Z', '1974-07-22'],
    // Midnight in New York and in Berlin.
    ['1974-07-22T05:00:00Z', '1974-07-22'],
    ['1974-07-21T22:00:00.0000000Z', '1974-07-22'],
    ['1604-02-29T00:00:00Z', '1604-02-29'],
    ['1974-12-31T23:00:00Z', '1975-01-01'],
    ['no time', null],
    ['1974-13-45T00:00:00Z', null],
    ['', null],
  ])('of %s is %s', (instant, day) => {
    expect(readBirthday(instant)).toBe(day);
  });
});

describe('what is written by the application', () => {
  it('stands from the first as Outlook will show it', () => {
    const home = { number: '2', kind: 'home' };
    const fields = asShown({
      externalId: 'crm-1',
      folderId: 'A',
      displayName: '',
      notes: null,
      birthday: '1906-12-09',
      emails: [{ address: 'ada@x.example', name: 'ADA@x.example' }],
      phones: [home, { number: '3', kind: 'business' }, { number: '1', kind: 'mobile' }],
      addresses: [
        { kind: 'home', city: 'London', street: '', state: null, postalCode: null, country: null },
        { kind: 'business', city: null, street: null, state: null, postalCode: null, country: null },
      ],
    });
    expect(fields).toEqual({
      externalId: 'crm-1',
      folderId: 'A',
      displayName: '',
      notes: null,
      birthday: '1906-12-09',
      emails: [{ address: 'ada@x.example', name: null }],
      phones: [{ number: '1', kind: 'mobile' }, { number: '3', kind: 'business' }, home],
      addresses: [{ kind: 'home', city: 'London', street: null, state: null, postalCode: null, country: null }],
    });
  });
});
