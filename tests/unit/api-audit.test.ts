import { expect, it } from 'vitest';
import { idsIn } from '../../shared/api/audit/subject.ts';

const ids = (template: string, path: string): Record<string, string> => idsIn(template.split('/'), path);
const calendar = '/api/connections/{id}/calendars/{calendarId}/webhook';

it('the audit knows a calendar by its Graph id, however the path writes it', () => {
  const id = 'AAMkAGI2TGuL/AA+B=';
  expect(ids(calendar, `/api/connections/c-1/calendars/${encodeURIComponent(id)}/webhook`)).toEqual({
    connectionId: 'c-1',
    calendarId: id,
  });
  expect(ids(calendar, '/api/connections/c-1/calendars/default/webhook')).toMatchObject({ calendarId: 'default' });
});

it.each(['ada%40contoso.example', '%ff', 'a%20b', 'x'.repeat(501)])(
  'the audit keeps nothing of what is no id: %s',
  (part) => {
    expect(ids(calendar, `/api/connections/c-1/calendars/${part}/webhook`)).toEqual({ connectionId: 'c-1' });
    expect(ids('/api/endpoints/{id}', `/api/endpoints/${part}`)).toEqual({});
  },
);
