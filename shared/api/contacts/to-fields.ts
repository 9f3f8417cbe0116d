import { asShown } from '../../domains/contacts/as-shown.ts';
import type { Fields, Json } from '../../lib/json.ts';
import type { ContactPatch } from './schemas.ts';

const lists = ['emails', 'phones', 'addresses', 'categories'];

/** What a text, or a list, is when it was taken away. A display name is a text always. */
function emptied(field: string): Json {
  return field === 'displayName' ? '' : lists.includes(field) ? [] : null;
}

/** A PATCH as fields of a record: what is absent stays, null and an empty text take away, a list is replaced as a whole. */
export function toFields(patch: ContactPatch): Fields {
  const fields: Record<string, Json> = {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    fields[field] = value === null || value === '' ? emptied(field) : value;
  }
  const { categories } = patch;
  if (Array.isArray(categories)) fields['categories'] = [...new Set(categories)];
  return asShown(fields);
}

/** The name that a new contact is shown by where none was given: its names, its company, its first e-mail or number. */
export function nameOf(contact: ContactPatch): string {
  const { displayName, givenName, surname, companyName, emails, phones } = contact;
  const person = [givenName, surname].filter((part) => typeof part === 'string' && part !== '').join(' ');
  const names = [displayName, person, companyName, emails?.[0]?.address, phones?.[0]?.number];
  return names.find((name) => typeof name === 'string' && name !== '') ?? '';
}
