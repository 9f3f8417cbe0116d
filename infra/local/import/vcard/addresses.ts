import type { Leftovers } from './leftovers.ts';
import type { Property } from './properties.ts';

/** A business, a home and another address: the preferred of each kind; more go to the notes. */
export function addressesOf(properties: readonly Property[], rest: Leftovers): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const all = properties.filter((one) => one.name === 'adr' && one.parts.some((part) => part !== ''));
  for (const one of all.toSorted((left, right) => left.preference - right.preference)) {
    const member = one.types.has('work') ? 'businessAddress' : one.types.has('home') ? 'homeAddress' : 'otherAddress';
    if (found[member] === undefined) found[member] = addressOf(one.parts);
    else rest.add('Address', one.parts.filter((part) => part !== '').join(', '));
  }
  return found;
}

function addressOf([
  box = '',
  more = '',
  street = '',
  city = '',
  state = '',
  code = '',
  country = '',
]: readonly string[]) {
  const lines = [street, more, box].filter((part) => part !== '').join('\r\n');
  const parts = { street: lines, city, state, postalCode: code, countryOrRegion: country };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''));
}
