import { describe, expect, it } from 'vitest';
import { matchContact } from '../../shared/api/contacts/match-contact.ts';
import { contactDefaults } from '../../shared/domains/contacts/contact-wire.ts';
import { contactKind } from '../../shared/domains/contacts/contact.ts';
import { DEFAULT } from '../../shared/domains/contacts/folder.ts';
import { newHead } from '../../shared/engine/head.ts';
import type { LocalRows } from '../../shared/engine/local-write.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import type { IndexPage, IndexQuery } from '../../shared/engine/ports.ts';
import { ProblemError } from '../../shared/errors.ts';
import type { Fields } from '../../shared/lib/json.ts';

const notes = { region: 'DE' };

const contact = (id: string, fields: Fields): EngineRecord => ({
  id,
  kind: 'contact',
  graphId: `g-${id}`,
  etag: null,
  stream: DEFAULT,
  generation: 1,
  modifiedAt: null,
  fields: { ...contactDefaults, displayName: id, ...fields },
  base: null,
  own: [],
  truncated: false,
});

/** What stands, listed in pages of one row, some of them empty. */
function rowsOf(...records: EngineRecord[]): LocalRows {
  const entries = records.flatMap((record) => contactKind(notes).index(record));
  const found = (ids: readonly string[]): Map<string, EngineRecord> =>
    new Map(records.filter(({ id }) => ids.includes(id)).map((record) => [record.id, record]));
  return {
    head: newHead(),
    cursors: new Map(),
    record: (id) => Promise.resolve(found([id]).get(id) ?? null),
    records: (ids) => Promise.resolve(found(ids)),
    list: ({ from, to, after }: IndexQuery): Promise<IndexPage> => {
      const inside = entries.filter(({ order }) => order >= from && order < to);
      if (after === null) return Promise.resolve({ entries: [], next: '0' });
      const at = Number(after);
      return Promise.resolve({
        entries: inside.slice(at, at + 1),
        next: at + 1 < inside.length ? String(at + 1) : null,
      });
    },
  };
}

const emails = (...addresses: string[]): { address: string; name: null }[] =>
  addresses.map((address) => ({ address, name: null }));
const mobile = (number: string): { number: string; kind: 'mobile' }[] => [{ number, kind: 'mobile' }];

const found = async (rows: LocalRows, asked: Parameters<typeof matchContact>[1]): Promise<string> => {
  const match = await matchContact(rows, asked, notes);
  return match.type === 'none' ? 'none' : `${match.type} ${match.record.id}`;
};

async function problemOf(work: Promise<unknown>): Promise<ProblemError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('there was no problem');
}

describe('a contact that is sent', () => {
  const ada = contact('ada', { emails: emails('ada@x.example', 'countess@x.example'), phones: mobile('030 1234567') });
  const bob = contact('bob', {
    emails: emails('bob@x.example'),
    phones: mobile('+49 30 7654321'),
    externalId: 'crm-bob',
  });

  it('is the one that has its externalId, whatever else it says', async () => {
    expect(await found(rowsOf(ada, bob), { externalId: 'crm-bob', emails: emails('ada@x.example') })).toBe('same bob');
    expect(await found(rowsOf(ada, bob), { externalId: 'crm-bob', match: 'none' })).toBe('same bob');
    expect(await found(rowsOf(ada, bob), { externalId: 'crm-new' })).toBe('none');
  });

  it('is the only one that has one of its e-mails, in any case', async () => {
    expect(await found(rowsOf(ada, bob), { emails: emails('new@x.example', 'ADA@X.example') })).toBe('link ada');
    expect(await found(rowsOf(ada, bob), { emails: emails('ada@x.example', 'countess@x.example') })).toBe('link ada');
  });

  it('is the only one that has its number, where no e-mail decides', async () => {
    const asked = { emails: emails('new@x.example'), phones: mobile('+49 30 1234567') };
    expect(await found(rowsOf(ada, bob), asked)).toBe('link ada');
    expect(await found(rowsOf(ada, bob), { emails: emails('bob@x.example'), phones: mobile('030 1234567') })).toBe(
      'link bob',
    );
    expect(await found(rowsOf(ada, bob), { phones: mobile('040 1234567') })).toBe('none');
  });

  it('is nobody by a number of few digits', async () => {
    const desk = contact('desk', { phones: mobile('4711') });
    expect(await found(rowsOf(desk), { phones: mobile('4711') })).toBe('none');
  });

  it('is none of those where it is not to be matched', async () => {
    expect(await found(rowsOf(ada, bob), { emails: emails('ada@x.example'), match: 'none' })).toBe('none');
  });

  it('is none that another of the application is linked to', async () => {
    const asked = { emails: emails('bob@x.example') };
    expect(await found(rowsOf(ada, bob), { ...asked, externalId: 'crm-2' })).toBe('none');
    expect(await found(rowsOf(ada, bob), asked)).toBe('link bob');
  });

  it('is refused with the candidates where several share what decides', async () => {
    const eve = contact('eve', { emails: emails('Bob@x.example') });
    const asked = { emails: emails('ada@x.example', 'bob@x.example') };
    const problem = await problemOf(matchContact(rowsOf(ada, bob, eve), asked, notes));
    expect(problem).toMatchObject({ status: 409, code: 'contact_match_ambiguous' });
    expect(problem.members['candidates']).toEqual([
      { id: 'ada', displayName: 'ada', matched: [{ by: 'email', value: 'ada@x.example' }] },
      { id: 'bob', displayName: 'bob', matched: [{ by: 'email', value: 'bob@x.example' }] },
      { id: 'eve', displayName: 'eve', matched: [{ by: 'email', value: 'bob@x.example' }] },
    ]);
  });

  it('names twenty candidates at most', async () => {
    const all = Array.from({ length: 30 }, (_, index) => contact(`c-${index}`, { emails: emails('info@x.example') }));
    const problem = await problemOf(matchContact(rowsOf(...all), { emails: emails('info@x.example') }, notes));
    expect(problem.message).toContain('30 contacts');
    expect(problem.members['candidates']).toHaveLength(20);
  });
});
