import { describe, expect, it } from 'vitest';
import { joinAddresses, joinEmails, joinPhones } from '../../shared/domains/contacts/join-entries.ts';
import { contactKind } from '../../shared/domains/contacts/contact.ts';
import { uniteSets } from '../../shared/engine/sets.ts';
import type { Json } from '../../shared/lib/json.ts';

describe('two entries that are one', () => {
  it('of an address have the name that one of them has, and contradict each other with two', () => {
    const bare = { address: 'Ada@x.example', name: null };
    expect(joinEmails(bare, { address: 'ada@x.example', name: 'Ada' })).toEqual({
      address: 'Ada@x.example',
      name: 'Ada',
    });
    expect(joinEmails({ ...bare, name: 'ADA' }, { ...bare, name: 'Ada' })).toEqual({ ...bare, name: 'ADA' });
    expect(joinEmails({ ...bare, name: 'Ada' }, { ...bare, name: 'Countess' })).toBeUndefined();
  });

  it('of a number stay as they are written there, and contradict each other as two numbers', () => {
    const mobile = (number: string): Json => ({ number, kind: 'mobile' });
    const join = joinPhones('DE');
    expect(join(mobile('030 1234567'), mobile('+49 30 1234567'))).toEqual(mobile('030 1234567'));
    expect(join(mobile('030 1234567'), mobile('+49 30 7654321'))).toBeUndefined();
    expect(join(mobile('12'), mobile('12'))).toBeUndefined();
  });

  it('of a postal address fill each other, where no part is told as another', () => {
    const parts = { kind: 'home', street: null, state: null, postalCode: null, country: null };
    expect(joinAddresses({ ...parts, city: 'Bonn' }, { ...parts, city: 'bonn', street: 'Am Hof 1' })).toEqual({
      ...parts,
      city: 'Bonn',
      street: 'Am Hof 1',
    });
    expect(joinAddresses({ ...parts, city: 'Bonn' }, { ...parts, city: 'Berlin' })).toBeUndefined();
  });

  it('find room for as many numbers of each kind as Outlook keeps', () => {
    const phones = contactKind({}).sets?.['phones'];
    if (phones === undefined) throw new Error('phones are no set');
    const numbers = (kind: string, ...all: string[]): Json[] => all.map((number) => ({ number, kind }));
    const theirs = [...numbers('business', '11111', '22222'), ...numbers('home', '33333')];
    const ours = [...numbers('business', '44444'), ...numbers('home', '55555'), ...numbers('mobile', '66666')];
    const { result, lost } = uniteSets({ theirs, ours }, phones, 'remote');
    expect(result).toEqual([...theirs, ...numbers('home', '55555'), ...numbers('mobile', '66666')]);
    expect(lost).toEqual(numbers('business', '44444'));
  });

  it('cost nothing where lists of contacts are united, and one of them where they contradict each other', () => {
    const phones = contactKind({ region: 'DE' }).sets?.['phones'];
    if (phones === undefined) throw new Error('phones are no set');
    const theirs = [{ number: '030 1234567', kind: 'mobile' }];
    const same = [{ number: '+49 30 1234567', kind: 'mobile' }];
    expect(uniteSets({ theirs, ours: same }, phones, 'remote')).toEqual({ result: theirs, lost: [] });
    const other = [{ number: '+49 30 7654321', kind: 'mobile' }];
    expect(uniteSets({ theirs, ours: other }, phones, 'remote')).toEqual({ result: theirs, lost: other });
  });
});
