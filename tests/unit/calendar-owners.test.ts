import { describe, expect, it } from 'vitest';
import { readListing } from '../../shared/api/calendar/open-calendar.ts';
import { accountOf, delegateOf, type ListedCalendar } from '../../shared/domains/calendar/calendar.ts';

const calendar = (id: string, owner: string | null): ListedCalendar => ({
  ...{ id, name: id, color: null, isDefault: id === 'default', canEdit: true },
  owner: owner === null ? null : { name: null, address: owner },
});
const delegates = (calendars: readonly ListedCalendar[], username: string): readonly (string | null)[] =>
  calendars.map((one) => delegateOf(one, accountOf(calendars, username)));

describe('whose a calendar is', () => {
  it('is told by the owner of the default calendar, whatever the account is called', () => {
    const calendars = [calendar('default', 'Ada@example.com'), calendar('own', 'ada@example.com')];
    expect(delegates([...calendars, calendar('theirs', 'bob@example.com')], 'al@example.com')).toEqual([
      ...[null, null],
      'bob@example.com',
    ]);
  });

  it('is told by the name of the account where the default calendar names no owner, if that is an address', () => {
    const calendars = [
      calendar('default', null),
      calendar('own', 'ada@example.com'),
      calendar('theirs', 'bob@x.example'),
    ];
    expect(delegates(calendars, 'Ada@example.com')).toEqual([null, null, 'bob@x.example']);
    for (const username of ['', 'ada']) expect(delegates(calendars, username)).toEqual([null, null, null]);
  });

  it('is told in the API by the name that the account of the connection has', async () => {
    const held = [calendar('default', null), calendar('theirs', 'bob@x.example')];
    const entries = held.map((item) => ({ order: item.id, id: item.id, item: { ...item }, columns: {} }));
    const account = {
      tenantId: 't',
      objectId: 'o',
      username: 'Ada@example.com',
      displayName: null,
      kind: 'work',
    } as const;
    const store = { list: () => Promise.resolve({ entries, next: null }) };
    expect(await readListing({ store }, { connection: { id: 'c', account } })).toEqual({
      calendars: held,
      account: 'ada@example.com',
    });
  });
});
