import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOrder } from '../../shared/domains/contacts/contact.ts';
import { contactDefaults } from '../../shared/domains/contacts/contact-wire.ts';
import { fold } from '../../shared/domains/contacts/fold.ts';
import { contacts } from '../../shared/domains/contacts/index.ts';
import { emailKey, phoneBucket, phoneKey } from '../../shared/domains/contacts/match.ts';
import { contactQuery, emailRange, externalIdRange } from '../../shared/domains/contacts/queries.ts';
import { contactFields, contactSettingsSchema } from '../../shared/domains/contacts/settings.ts';
import { orderedBound, orderedPart } from '../../shared/store/keys.ts';
import type { Fields } from '../../shared/lib/json.ts';

describe('an e-mail address', () => {
  it.each([
    ['Ada@X.Example', 'ada@x.example'],
    [' ada @ x.example ', 'ada@x.example'],
    ['mailto:ada@x.example', 'ada@x.example'],
    ['info@BÜCHER.example', 'info@xn--bcher-kva.example'],
    ['info@bu\u0308cher.example', 'info@xn--bcher-kva.example'],
    ['no address', 'noaddress'],
    ['', ''],
  ])('%s is known by %s', (written, key) => {
    expect(emailKey(written)).toBe(key);
  });
});

describe('a telephone number', () => {
  it.each([
    ['+49 30 1234567', '030/1234567', 'DE'],
    ['+49 (0)30 1234567', '0049 30 1234567', 'DE'],
    ['(202) 555-0147', '+1.202.555.0147', 'US'],
    ['tel. 202 555 0147'.slice(5), '12025550147', 'US'],
    ['+44 20 7946 0958', '020 7946 0958', 'GB'],
    ['0049 30 1234567', '+49301234567', undefined],
    ['030-1234567', '030 1234567', undefined],
    ['+1 202 555 0147 x12', '+1 202 555 0147 ext. 12', undefined],
    ['+1 202 555 0147;ext=12', '+1 202 555 0147 #12', undefined],
  ])('%s is the same as %s where the region is %s', (one, other, region) => {
    expect(phoneKey(one, region)).toBe(phoneKey(other, region));
    expect(phoneKey(one, region)).not.toBe('');
    expect(phoneBucket(one)).toBe(phoneBucket(other));
  });

  it.each([
    ['+49 30 1234567', '030 1234567', undefined],
    ['+49 30 1234567', '030 1234567', 'FR'],
    ['+1 202 555 0147', '+1 202 555 0148', undefined],
    ['+1 202 555 0147', '+1 202 555 0147 x12', undefined],
    ['+1 202 555 0147 x1', '+1 202 555 0147 x12', undefined],
  ])('%s is another than %s where the region is %s', (one, other, region) => {
    expect(phoneKey(one, region)).not.toBe(phoneKey(other, region));
  });

  it('of too few digits is nobody in particular', () => {
    expect(['', '112', 'x12', 'call me', '4711'].map((number) => phoneKey(number, 'DE'))).toEqual(['', '', '', '', '']);
  });

  it('is read by some key whatever is written, and by the same one each time', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(undefined, 'DE', 'US', 'nowhere'), (number, region) => {
        expect(phoneKey(number, region)).toBe(phoneKey(number, region));
      }),
    );
  });
});

describe('the settings', () => {
  it('take a country that has numbers, in any case, and nothing else', () => {
    expect(contactFields.parse({ defaultRegion: 'de' })).toEqual({ defaultRegion: 'DE' });
    expect(contactFields.parse({})).toEqual({});
    expect(contactSettingsSchema.safeParse({ defaultRegion: 'XX' }).success).toBe(false);
    expect(contactSettingsSchema.safeParse({ region: 'DE' }).success).toBe(false);
  });
});

const kindOf = (notes: Fields) => {
  const { contact } = contacts.kinds(notes);
  if (contact === undefined) throw new Error('there is no kind of contact');
  return contact;
};
const address = { address: 'Ada@X.Example', name: null };
const ada: Fields = {
  ...contactDefaults,
  externalId: 'crm-1',
  folderId: 'D',
  displayName: 'Ada Løvelace',
  companyName: 'Analytical Engines',
  emails: [address],
  phones: [
    { number: '030 1234567', kind: 'business' },
    { number: '+1 202 555 0147', kind: 'mobile' },
  ],
};
const record = { id: 'r', kind: 'contact', graphId: 'G', stream: 'default', fields: ada, own: [], refused: undefined };

describe('the keys of a contact', () => {
  it('are its addresses first, then its numbers, each once', () => {
    const twice: Fields = { ...ada, emails: [address, { address: 'ADA@x.example', name: 'A' }] };
    expect(kindOf({ region: 'DE' }).matchKeys?.(twice)).toEqual([['ada@x.example'], ['49301234567', '12025550147']]);
    expect(kindOf({}).matchKeys?.(contactDefaults)).toEqual([[], []]);
  });

  it('tell entries of its lists apart: one mobile number, whichever it is', () => {
    const sets = kindOf({ region: 'DE' }).sets;
    const phone = (number: string, kind: string): unknown => sets?.['phones']?.keyOf({ number, kind });
    expect(phone('030 1234567', 'home')).toBe(phone('+49 30 1234567', 'home'));
    expect(phone('030 1234567', 'home')).not.toBe(phone('030 1234567', 'business'));
    expect(phone('1', 'mobile')).toBe(phone('2', 'mobile'));
    expect(sets?.['emails']?.keyOf({ address: 'A@x.example', name: null })).toBe('a@x.example');
    expect(sets?.['emails']?.limit).toBe(3);
    expect(sets?.['categories']?.keyOf('Red')).toBe('red');
    expect(sets?.['addresses']?.keyOf({ kind: 'home', city: 'X' })).toBe('home');
  });
});

describe('the list of contacts', () => {
  it('is by name, whatever its case and accents', () => {
    const names = ['Zoe', 'émile', 'Ada', 'ÅSA', 'eve', 'Łukasz', 'Oslo', ''];
    const sorted = names.toSorted((a, b) => (nameOrder({ displayName: a }) < nameOrder({ displayName: b }) ? -1 : 1));
    expect(sorted).toEqual(['Ada', 'ÅSA', 'émile', 'eve', 'Łukasz', 'Oslo', 'Zoe', '']);
    expect(nameOrder({ displayName: '', givenName: 'Ada', surname: 'L' })).toBe('c:ada l');
    expect(fold('  Straße  ÆØ ')).toBe('strasse aeo');
  });

  it('has a row for each way to find a contact, and the contact whole in each', () => {
    const rows = kindOf({}).index(record);
    expect(rows.map(({ order }) => order.slice(0, 2))).toEqual(['c:', 'x:', 'e:', 'p:', 'p:']);
    expect(new Set(rows.map(({ item }) => JSON.stringify(item))).size).toBe(1);
    expect(rows[0]?.item).toEqual({ id: 'r', graphId: 'G', ...ada, pushed: 'done' });
    expect(rows.every(({ columns }) => columns['stream'] === 'default')).toBe(true);
  });

  it('has room for a contact with more addresses than anybody has', () => {
    const many = Array.from({ length: 400 }, (_, n) => ({
      address: `a${n}@x.example`,
      number: `${10_000 + n}`,
      kind: 'home',
    }));
    const fields = { ...ada, emails: many, phones: many };
    expect(kindOf({}).index({ ...record, fields }).length).toBeLessThan(30);
  });

  const holds = (order: string, range: { readonly from: string; readonly to: string }): boolean => {
    const key = `${orderedPart(order)}|r`;
    return key >= orderedBound(range.from) && key < orderedBound(range.to);
  };

  it('finds by address and by our own id exactly the rows that are meant', () => {
    const anyText = fc.oneof(fc.emailAddress(), fc.string({ minLength: 1, maxLength: 60 }));
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        const orders = kindOf({}).index({ ...record, fields: { ...ada, emails: [{ address: one, name: null }] } });
        const order = orders.find(({ order: each }) => each.startsWith('e:'))?.order ?? '';
        expect(holds(order, emailRange(one))).toBe(true);
        expect(holds(order, emailRange(other))).toBe(emailKey(one) === emailKey(other));
        expect(holds(order, externalIdRange(one))).toBe(false);
      }),
    );
    const own =
      kindOf({})
        .index(record)
        .find(({ order }) => order.startsWith('x:'))?.order ?? '';
    expect(holds(own, externalIdRange('crm-1'))).toBe(true);
    expect(holds(own, externalIdRange('crm-10'))).toBe(false);
  });

  it('finds a number however it is written, as the region reads it', () => {
    const orders = kindOf({})
      .index(record)
      .map(({ order }) => order);
    const found = (phone: string, region?: string): boolean => {
      const { query, keep } = contactQuery({ phone }, region === undefined ? {} : { region });
      return orders.some((order) => holds(order, query)) && keep(ada);
    };
    expect([found('+49 30 1234567', 'DE'), found('+49 30 1234567'), found('0301234567')]).toEqual([true, false, true]);
    expect([found('12025550147'), found('+1 303 555 0147'), found('47')]).toEqual([true, false, false]);
  });

  it('finds a number of few digits, which is nobody in particular', () => {
    const found = (number: string, phone: string): boolean => {
      const fields = { ...ada, phones: [{ number, kind: 'business' }] };
      const { query, keep } = contactQuery({ phone }, { region: 'DE' });
      return (
        keep(fields) &&
        kindOf({})
          .index({ ...record, fields })
          .some(({ order }) => holds(order, query))
      );
    };
    expect([found('4711', '4711'), found('47-11', '4711'), found('110', '110')]).toEqual([true, true, true]);
    const others = [found('4711', '4712'), found('030 1234711', '4711'), found('4711', '030 1234711')];
    expect(others).toEqual([false, false, false]);
  });

  it('takes the default folder by its name and by its id', () => {
    const notes = { defaultFolderId: 'D' };
    expect(contactQuery({ folder: 'contacts' }, {}).query.where).toEqual({ stream: 'default' });
    expect(contactQuery({ folder: 'D' }, notes).query.where).toEqual({ stream: 'default' });
    expect(contactQuery({ folder: 'E' }, notes).query.where).not.toEqual({ stream: 'default' });
  });

  it('is searched by parts of names, companies, addresses and numbers, whatever their case and accents', () => {
    const says = (q: string): boolean => contactQuery({ q }, {}).keep(ada);
    expect(['ada', 'LOVE ada', 'analyt', 'ada@x', 'x.example', '555 01', 'lø', 'velace'].map(says)).toEqual(
      Array<boolean>(8).fill(true),
    );
    expect(['bob', 'ada bob', '999', '03', '55501x'].map(says)).toEqual(Array<boolean>(5).fill(false));
  });
});
