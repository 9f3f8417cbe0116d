import { expect, it } from 'vitest';
import { toFields } from '../../shared/api/contacts/to-fields.ts';
import { sameFields } from '../../shared/domains/contacts/as-sent.ts';
import { contactKind } from '../../shared/domains/contacts/contact.ts';

const email = (name: string | null): { address: string; name: string | null } => ({
  address: 'ada@contoso.example',
  name,
});

it('takes a name that is the address for none, as Outlook reads it back', () => {
  expect(toFields({ emails: [email('ada@contoso.example'), email('Ada')] })).toEqual({
    emails: [email(null), email('Ada')],
  });
});

it('P8 finds what was sent again where Outlook filled in the address for the name', () => {
  const sent = { emails: [email('ada@contoso.example')] };
  expect(sameFields(sent, { emails: [email(null)] })).toBe(true);
  expect(sameFields(sent, { emails: [email('Ada')] })).toBe(false);
});

it('asks for a contact whose entry in a page shows a part of it alone, whatever that part is', () => {
  const kind = contactKind({});
  const thin = { id: 'AAk', '@odata.etag': 'W/"2"', parentFolderId: 'F' };
  expect(kind.decode(thin, false)).toMatchObject({ partial: true });
  expect(kind.decode(thin, true)).toMatchObject({ partial: false });
});
