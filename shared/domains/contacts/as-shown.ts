import type { Fields } from '../../lib/json.ts';
import { readContact } from './contact-wire.ts';
import { toWire } from './write-members.ts';

/**
 * Fields as Outlook will show them once they are there: numbers by their kinds, no address that says nothing, no name that
 * only repeats an e-mail address. What is written so comes back as it was, and is no change to anybody.
 */
export function asShown(fields: Fields): Fields {
  const shown = readContact({ id: 'none', ...toWire(fields) }, false).fields;
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, shown[field] ?? value]));
}
