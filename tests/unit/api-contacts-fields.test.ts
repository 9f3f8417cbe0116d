import { describe, expect, it } from 'vitest';
import { contactPatch, contactRequest } from '../../shared/api/contacts/schemas.ts';
import { oddEntries } from '../../shared/api/contacts/odd-entries.ts';
import { nameOf, toFields } from '../../shared/api/contacts/to-fields.ts';
import { endpointRequest } from '../../shared/api/endpoints/schemas.ts';
import { toFaults } from '../../shared/api/router/validate-request.ts';

/** Faults of a POST by their places, each with its text. */
function faultsOf(body: unknown): Record<string, string> {
  const result = contactRequest.safeParse(body);
  const faults = result.success ? [] : toFaults('body', result.error);
  return Object.fromEntries(faults.map(({ path, message }) => [path, message]));
}

const email = (address: string): unknown => ({ address });
const phone = (number: string, kind = 'business'): unknown => ({ number, kind });

describe('a contact that is sent', () => {
  it('takes all that a contact has', () => {
    const sent = {
      externalId: 'crm-1',
      folderId: 'contacts',
      match: 'none',
      displayName: 'Grace Hopper',
      givenName: 'Grace',
      surname: 'Hopper',
      companyName: 'Navy',
      jobTitle: 'Admiral',
      emails: [{ address: ' grace@navy.example ', name: 'Grace' }, { address: 'g@navy.example' }],
      phones: [phone('+1 202 555 0147', 'mobile'), phone('555-0100 ext. 7'), phone('555-0101'), phone('12', 'home')],
      addresses: [{ kind: 'business', city: 'Arlington' }],
      birthday: '1906-12-09',
      notes: 'First\nof all',
      categories: ['Customer'],
    };
    expect(contactRequest.parse(sent)).toMatchObject({
      emails: [
        { address: 'grace@navy.example', name: 'Grace' },
        { address: 'g@navy.example', name: null },
      ],
      addresses: [{ kind: 'business', street: null, city: 'Arlington', country: null }],
    });
  });

  it('is told every fault at its place', () => {
    const faults = faultsOf({
      externalId: '',
      displayName: 'x'.repeat(256),
      emails: [email('nobody'), email('a@b.example'), email('A@B.example')],
      phones: [phone('none'), phone('123', 'fax')],
      addresses: [{ kind: 'home' }, { kind: 'home' }, { kind: 'other', planet: 'Mars' }],
      birthday: '1906-02-30',
      categories: ['a,b'],
      nickname: 'Amazing',
    });
    expect(Object.keys(faults)).toEqual(
      expect.arrayContaining([
        'body.externalId',
        'body.displayName',
        'body.emails.0.address',
        'body.emails.2',
        'body.phones.0.number',
        'body.phones.1.kind',
        'body.addresses.1',
        'body.addresses.2.planet',
        'body.birthday',
        'body.categories.0',
        'body.nickname',
      ]),
    );
  });

  it.each(['a@b.example', 'jörg@müller.example', "o'hara+x@mail.b-c.example", '用户@例子.测试'])(
    'takes %s',
    (address) => {
      expect(faultsOf({ emails: [email(address)] })).toEqual({});
    },
  );

  it.each([
    'a',
    'a@',
    '@b.example',
    'a@b',
    'a b@c.example',
    'a@b@c.example',
    'a@-b.example',
    `${'a'.repeat(65)}@b.example`,
  ])('refuses %s', (address) => {
    expect(Object.keys(faultsOf({ emails: [email(address)] }))).toEqual(['body.emails.0.address']);
  });

  it('is told how much Outlook keeps', () => {
    const addresses = ['a', 'b', 'c', 'd'].map((name) => email(`${name}@b.example`));
    expect(faultsOf({ emails: addresses })).toEqual({ 'body.emails': 'Outlook keeps 3 e-mail addresses at most' });
    const numbers = ['111', '222', '333'].map((number) => phone(number, 'home'));
    expect(faultsOf({ phones: [phone('444', 'mobile'), phone('555', 'mobile'), ...numbers] })['body.phones']).toContain(
      'Outlook keeps',
    );
    expect(faultsOf({ phones: numbers })).toEqual({ 'body.phones': 'Outlook keeps 2 of kind "home" at most' });
  });

  it('says who it is', () => {
    expect(faultsOf({ notes: 'somebody', emails: [], displayName: null })['body']).toContain('needs one of');
    expect(faultsOf({ phones: [phone('12345')] })).toEqual({});
  });

  it('is refused in linear time, however long its texts are', () => {
    const long = '1'.repeat(500_000);
    const began = performance.now();
    faultsOf({ phones: [phone(long)], emails: [email(`${long}@${long}`)], categories: [long], birthday: long });
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('a patch', () => {
  it('leaves what is absent, takes away what is null or empty, and sets the rest', () => {
    const patch = contactPatch.parse({
      displayName: null,
      jobTitle: '  ',
      companyName: 'Navy',
      emails: null,
      birthday: null,
    });
    expect(toFields(patch)).toEqual({
      displayName: '',
      jobTitle: null,
      companyName: 'Navy',
      emails: [],
      birthday: null,
    });
  });

  it('keeps each category once', () => {
    expect(toFields(contactPatch.parse({ categories: ['a', 'b', 'a'] }))).toEqual({ categories: ['a', 'b'] });
  });

  it('names something, and nothing that is set at creation alone', () => {
    expect(contactPatch.safeParse({}).success).toBe(false);
    expect(contactPatch.safeParse({ folderId: '' }).success).toBe(false);
    expect(contactPatch.safeParse({ match: 'none' }).success).toBe(false);
  });
});

describe('a patch of what people wrote into Outlook', () => {
  const held = {
    emails: [
      { address: '', name: 'Only a name' },
      { address: 'a@b.example', name: 'A' },
      { address: 'A@b.example', name: 'A at work' },
    ],
    phones: [{ number: `+1 202 555 0147 (${'reception '.repeat(9)})`, kind: 'business' as const }],
    addresses: [
      { kind: 'home' as const, street: 'x'.repeat(300), city: null, state: null, postalCode: null, country: null },
    ],
  };
  const placesOf = (patch: unknown): string[] => oddEntries(contactPatch.parse(patch), held).map(({ path }) => path);

  it('takes back what stands there, beside what is new', () => {
    expect(placesOf(held)).toEqual([]);
    const changed = {
      emails: [...held.emails.slice(0, 2), { address: 'new@b.example' }],
      phones: [...held.phones, { number: '+1 202 555 0148', kind: 'mobile' }],
      addresses: [
        { ...held.addresses[0], city: 'Bonn' },
        { kind: 'other', city: 'Rome' },
      ],
    };
    expect(placesOf(changed)).toEqual([]);
  });

  it('is told each fault of what is new', () => {
    const emails = [held.emails[1], held.emails[2], held.emails[1]];
    expect(placesOf({ emails })).toEqual(['body.emails.2']);
    expect(placesOf({ emails: [{ address: 'new@b.example' }, { address: 'NEW@b.example' }] })).toEqual([
      'body.emails.1',
    ]);
    const odd = {
      emails: [{ address: 'nobody', name: 'x'.repeat(256) }],
      phones: [{ number: `1${'2'.repeat(50)}`, kind: 'home' }],
      addresses: [{ kind: 'other', street: 'y'.repeat(256) }],
    };
    expect(placesOf(odd)).toEqual([
      'body.emails.0.address',
      'body.emails.0.name',
      'body.phones.0.number',
      'body.addresses.0.street',
    ]);
  });
});

describe('an endpoint', () => {
  it('may ask for what is told of contacts', () => {
    const types = ['contact.*', 'contact.created', 'contact.match_ambiguous', '*.conflict'];
    expect(endpointRequest.parse({ url: 'https://app.example/hooks', types }).types).toEqual(types);
  });
});

describe('the name of a new contact', () => {
  it.each([
    [{ displayName: 'D', givenName: 'G' }, 'D'],
    [{ displayName: '', givenName: 'G', surname: 'S' }, 'G S'],
    [{ surname: 'S', companyName: 'C' }, 'S'],
    [{ companyName: 'C', emails: [{ address: 'a@b.example', name: null }] }, 'C'],
    [{ emails: [{ address: 'a@b.example', name: null }] }, 'a@b.example'],
    [{ phones: [{ number: '123', kind: 'home' as const }] }, '123'],
  ])('of %j is %s', (contact, name) => {
    expect(nameOf(contact)).toBe(name);
  });
});
