import type { ContactPatch } from '../contacts/model.ts';
import { contactPhoto } from './contact-photos.ts';
import { contactPeople } from './contact-people.ts';
import type { Country, Person } from './contact-people.ts';
import { landline, mobile } from './contact-phones.ts';
import { seededRandom } from './random.ts';
import type { Random } from './random.ts';

export interface SeedContactFolder {
  readonly key: string;
  readonly displayName: string;
  /** The `key` of the folder above, which comes before it; `contacts` = the default one. */
  readonly parent: string;
}

export interface SeedContact {
  /** `contacts`, or the `key` of a folder. */
  readonly folder: string;
  readonly fields: ContactPatch;
}

export interface SeedContacts {
  readonly folders: readonly SeedContactFolder[];
  readonly contacts: readonly SeedContact[];
}

const FOLDERS: readonly SeedContactFolder[] = [
  { key: 'kunden', displayName: 'Kunden', parent: 'contacts' },
  { key: 'nord', displayName: 'Region Nord (Ö–Ü)', parent: 'kunden' },
  { key: 'suppliers', displayName: 'Suppliers & partners', parent: 'contacts' },
  { key: 'family', displayName: 'Family', parent: 'contacts' },
];
/** Every second contact lies in the default folder. */
const PLACES = ['contacts', 'kunden', 'contacts', 'nord', 'contacts', 'suppliers', 'contacts', 'family'] as const;
const CATEGORIES = ['Red category', 'Blue category', 'Kunde', 'VIP', 'Conference 2026'] as const;
const DOMAINS = ['fabrikam.example', 'northwind.example', 'adatum.example', 'wingtip.example'] as const;
const COUNTRIES: Readonly<Record<Country, string>> = {
  us: 'United States',
  de: 'Deutschland',
  fr: 'France',
  jp: '日本',
  pl: 'Polska',
};
const NOTES = [
  'Met at the trade fair in Köln.',
  'Prefers a call in the morning.\r\nNever on Fridays.',
  'Knows everybody 🚀',
  'Kundennummer 4711; Rabatt 5 %',
] as const;

/** A lifelike address book: a pure function of its options. `into` puts all in that folder, and makes none. */
export function seedContacts(options: { count: number; seed: number; into?: string }): SeedContacts {
  const random = seededRandom(options.seed);
  const people = contactPeople();
  const contacts = Array.from({ length: options.count }, (_, at): SeedContact => {
    const person = people[(at * 3 + options.seed) % people.length] ?? people[0];
    const folder = options.into ?? PLACES[at % PLACES.length] ?? 'contacts';
    return { folder, fields: fieldsOf(random, person, at) };
  });
  return { folders: options.into === undefined ? FOLDERS : [], contacts };
}

/** In 20 contacts there is one company, one person with a name alone, and one that shares the address of another. */
function fieldsOf(random: Random, person: Person, at: number): ContactPatch {
  const { country, givenName, surname, company } = person;
  const domain = DOMAINS[at % DOMAINS.length] ?? 'fabrikam.example';
  if (at % 20 === 7) return { companyName: company, businessPhones: [landline(random, country)], ...where(person) };
  if (at % 20 === 13) return { givenName, surname };
  const addresses = [`${person.local}.${at}@${domain}`];
  if (random.chance(0.3)) addresses.push(`${person.local}.${at}@private.example`);
  if (random.chance(0.05)) addresses.push(`office-${at}@${domain}`);
  if (at % 20 === 17) addresses.splice(0, addresses.length, 'reception@fabrikam.example');
  const name = `${givenName} ${surname}`;
  return {
    ...(random.chance(0.1) ? { title: 'Dr.' } : {}),
    givenName,
    surname,
    emailAddresses: addresses.map((address) => ({ address, name: random.chance(0.5) ? name : address })),
    ...phones(random, country),
    ...(random.chance(0.6) ? { companyName: company, jobTitle: person.jobTitle } : {}),
    ...(random.chance(0.5) ? where(person) : {}),
    ...(random.chance(0.4) ? { categories: [random.pick(CATEGORIES)] } : {}),
    ...(random.chance(0.3) ? { birthday: birthday(random) } : {}),
    ...(random.chance(0.3) ? { personalNotes: random.pick(NOTES) } : {}),
    // Every fifth has a portrait.
    ...(at % 5 === 1 ? { photo: contactPhoto(at) } : {}),
  };
}

function phones(random: Random, country: Country): ContactPatch {
  const business = [landline(random, country), ...(random.chance(0.2) ? [landline(random, country)] : [])];
  return {
    ...(random.chance(0.7) ? { businessPhones: business } : {}),
    ...(random.chance(0.2) ? { homePhones: [landline(random, country)] } : {}),
    ...(random.chance(0.6) ? { mobilePhone: mobile(random, country) } : {}),
  };
}

function where({ country, street, city, postalCode }: Person): ContactPatch {
  return { businessAddress: { street, city, postalCode, countryOrRegion: COUNTRIES[country] } };
}

function birthday(random: Random): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${1950 + random.int(55)}-${two(1 + random.int(12))}-${two(1 + random.int(28))}`;
}
