import { addressesOf, numbersOf } from '../../domains/contacts/match.ts';
import type { RequestFault } from '../../errors.ts';
import type { Fields } from '../../lib/json.ts';
import { isEmail, isPhone, NO_EMAIL, NO_PHONE } from './field-schemas.ts';
import type { ContactPatch } from './schemas.ts';

/**
 * Faults of a patch's addresses and numbers. What the contact holds already is none, whatever somebody wrote there: who
 * reads a list, changes one entry and writes it back must not be refused for the others.
 */
export function oddEntries({ emails, phones }: ContactPatch, held: Fields): RequestFault[] {
  const addresses = new Set(addressesOf(held).map((address) => address.trim()));
  const numbers = new Set(numbersOf(held).map((number) => number.trim()));
  return [
    ...(emails ?? []).flatMap(({ address }, index) =>
      isEmail(address) || addresses.has(address) ? [] : [{ path: `body.emails.${index}.address`, message: NO_EMAIL }],
    ),
    ...(phones ?? []).flatMap(({ number }, index) =>
      isPhone(number) || numbers.has(number) ? [] : [{ path: `body.phones.${index}.number`, message: NO_PHONE }],
    ),
  ];
}
