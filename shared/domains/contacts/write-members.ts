import { z } from 'zod';
import type { Fields, Json } from '../../lib/json.ts';

const emails = z.array(z.object({ address: z.string(), name: z.string().nullish() }));
const phones = z.array(z.object({ number: z.string(), kind: z.string() }));
const part = z.string().nullish();
const addresses = z.array(
  z.object({ kind: z.string(), street: part, city: part, state: part, postalCode: part, country: part }),
);

/** Outlook has so many places for numbers of a kind, and refuses a contact with more. */
const MOST_NUMBERS = 2;

/** Two lists and one mobile number: what is more has no place there, and the answer will show that it is gone. */
function phoneMembers(value: Json): Fields {
  const list = phones.parse(value);
  const numbers = (kind: string): string[] =>
    list
      .filter((phone) => phone.kind === kind)
      .slice(0, MOST_NUMBERS)
      .map(({ number }) => number);
  return {
    mobilePhone: numbers('mobile')[0] ?? null,
    businessPhones: numbers('business'),
    homePhones: numbers('home'),
  };
}

/** All three, each with all of its parts: what is not said would be left as it is. */
function addressMembers(value: Json): Fields {
  const list = addresses.parse(value);
  const member = (kind: string): Fields => {
    const { street, city, state, postalCode, country } = list.find((address) => address.kind === kind) ?? {};
    return {
      street: street ?? null,
      city: city ?? null,
      state: state ?? null,
      postalCode: postalCode ?? null,
      countryOrRegion: country ?? null,
    };
  };
  return { businessAddress: member('business'), homeAddress: member('home'), otherAddress: member('other') };
}

const writers: Readonly<Record<string, (value: Json) => Fields>> = {
  displayName: (value) => ({ displayName: value }),
  givenName: (value) => ({ givenName: value }),
  surname: (value) => ({ surname: value }),
  companyName: (value) => ({ companyName: value }),
  jobTitle: (value) => ({ jobTitle: value }),
  emails: (value) => ({
    emailAddresses: emails
      .parse(value)
      .map(({ address, name }) => (typeof name === 'string' ? { address, name } : { address })),
  }),
  phones: phoneMembers,
  addresses: addressMembers,
  // Shortly before noon is the same day from Honolulu to Auckland, in Outlook's own zones too.
  birthday: (value) => ({ birthday: typeof value === 'string' ? `${value}T11:59:00Z` : null }),
  notes: (value) => ({ personalNotes: value ?? '' }),
  categories: (value) => ({ categories: value }),
};

/** Fields of a contact as Graph takes them. The folder is named by the path, and our own id of it is not sent at all. */
export function toWire(fields: Fields): Fields {
  let body: Fields = {};
  for (const [field, value] of Object.entries(fields)) body = { ...body, ...writers[field]?.(value) };
  return body;
}

const names = ['displayName', 'givenName', 'surname'];

/** A change as Graph takes it. Where names are touched the display name is sent too: else the service may make up one. [graph-facts 8] */
export function toPatch(fields: Fields, record: Fields): Fields {
  const { displayName } = record;
  const named = names.some((name) => name in fields) && typeof displayName === 'string';
  return toWire(named ? { displayName, ...fields } : fields);
}

/** A new contact as Graph takes it: what is empty is not sent. */
export function toNew(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(toWire(fields)).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: Json): boolean {
  if (value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}
