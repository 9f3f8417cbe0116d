import { faker as german } from '@faker-js/faker/locale/de';
import { faker as english } from '@faker-js/faker/locale/en';
import { faker as french } from '@faker-js/faker/locale/fr';
import { faker as japanese } from '@faker-js/faker/locale/ja';
import { faker as polish } from '@faker-js/faker/locale/pl';

export type Country = 'us' | 'de' | 'fr' | 'jp' | 'pl';

/** Somebody to be in an address book. */
export interface Person {
  readonly country: Country;
  readonly givenName: string;
  readonly surname: string;
  readonly company: string;
  readonly jobTitle: string;
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  /** The part of an e-mail address before the @. */
  readonly local: string;
}

const SOURCES = { us: english, de: german, fr: french, jp: japanese, pl: polish } as const;
const COUNTRIES = ['de', 'us', 'de', 'fr', 'pl', 'us', 'jp'] as const;
const POOL = 350;

let pool: readonly [Person, ...Person[]] | undefined;

/** The same 350 people on every machine, made once a process: faker is slow, and an address book may be large. */
export function contactPeople(): readonly [Person, ...Person[]] {
  if (pool !== undefined) return pool;
  for (const source of Object.values(SOURCES)) source.seed(20_261);
  const [first, ...rest] = Array.from({ length: POOL }, (_, at) => personAt(at));
  pool = [first ?? personAt(0), ...rest];
  return pool;
}

function personAt(at: number): Person {
  const country = COUNTRIES[at % COUNTRIES.length] ?? 'us';
  const source = SOURCES[country];
  const [givenName, surname] = [source.person.firstName(), source.person.lastName()];
  return {
    country,
    givenName,
    surname,
    company: source.company.name(),
    jobTitle: english.person.jobTitle(),
    street: source.location.streetAddress(),
    city: source.location.city(),
    postalCode: source.location.zipCode(),
    // An address cannot hold Japanese names.
    local: country === 'jp' ? `member${at}` : `${ascii(givenName)}.${ascii(surname)}`,
  };
}

function ascii(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll('ß', 'ss')
    .replaceAll('ł', 'l')
    .replaceAll('Ł', 'L')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase();
}
