import { contacts } from '../../shared/domains/contacts/index.ts';
import { fieldsSchema } from '../../shared/lib/json.ts';
import { Outlook } from '../support/convergence/outlook.ts';
import type { DomainAdapter } from './adapter.ts';

/** Something in every member that is read. */
const whole = (name: string): Readonly<Record<string, unknown>> => ({
  givenName: 'Given',
  surname: name,
  emailAddresses: [{ address: `${name.replaceAll(/\W/g, '.')}@contoso.example`, name }],
  mobilePhone: '+1 425 555 0100',
  businessPhones: ['+1 425 555 0101', '+1 425 555 0102'],
  homePhones: ['555 0103'],
  businessAddress: { street: '1 Main St', city: 'Redmond', countryOrRegion: 'USA' },
  birthday: '1984-02-29T11:59:00Z',
  categories: ['Blue category', 'Grün'],
});

export const ofContacts: DomainAdapter = {
  domain: contacts,
  view: 'Contact',
  pages: { folder: /\/contactFolders\/delta/, contact: /\/contacts\/delta/ },
  list: 'c',
  title: 'displayName',
  fields: { theirs: 'companyName', ours: 'notes', shared: 'jobTitle' },
  words: [],
  person: (user) => {
    const outlook = new Outlook(user);
    return {
      make: (displayName) => outlook.create({ displayName, ...whole(displayName) }),
      makeContainer: async (name) => {
        await outlook.makeFolder(name);
      },
      makeOdd: (displayName) => outlook.create({ displayName, categories: ['unknownFutureValue', ' '] }),
      change: (id, field, value) => outlook.patch(id, { [field]: value }),
      remove: (id) => outlook.delete(id),
    };
  },
  change: (connectionId, id, field, value) => ({
    method: 'PATCH',
    path: `/api/connections/${connectionId}/contacts/${id}`,
    body: { [field]: value },
  }),
  shows: (item, field, value) => item[field] === value,
  long: {
    folder: ['name'],
    contact: [
      ...['displayName', 'givenName', 'surname', 'companyName', 'jobTitle', 'notes'],
      ...['emails', 'phones', 'addresses', 'categories'],
    ],
  },
  own: {
    make: (connectionId, displayName) => ({
      method: 'POST',
      path: `/api/connections/${connectionId}/contacts`,
      body: { displayName },
    }),
    remove: (connectionId, id) => ({ method: 'DELETE', path: `/api/connections/${connectionId}/contacts/${id}` }),
  },
  odd: (id) => {
    const { folder } = contacts.kinds(null);
    const fields = fieldsSchema.parse({ ...folder?.defaults, name: 'Odd' });
    const record = { id: 'r1', graphId: id, kind: 'folder', stream: 'folders', fields, own: [], refused: undefined };
    return { settings: {}, notes: {}, entries: folder?.index(record) ?? [] };
  },
};
