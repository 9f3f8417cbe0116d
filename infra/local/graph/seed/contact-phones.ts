import type { Country } from './contact-people.ts';
import type { Random } from './random.ts';

/** Numbers as people type them: with and without a country, with every kind of punctuation. `#` is a digit. */
const FORMS: Readonly<Record<Country, readonly [string, ...string[]]>> = {
  us: ['+1 (425) 555-01##', '425.555.01##', '(206) 555-01## ext. 4#', '+1 206 555 01##'],
  de: ['+49 30 23125 ###', '030 / 23125-###', '+49 (0)89 99998-###', '0049 40 66969 ###'],
  fr: ['+33 1 99 00 ## ##', '01.99.00.##.##', '+33 2 61 91 ## ##'],
  jp: ['+81 3-5555-01##', '03-5555-01##'],
  pl: ['+48 22 555 01 ##', '22 555-01-##'],
};
const MOBILE: Readonly<Record<Country, string>> = {
  us: '+1 425 555 01##',
  de: '0171 / 39200 ##',
  fr: '06 39 98 ## ##',
  jp: '090-5555-01##',
  pl: '+48 600 555 0##',
};

export function landline(random: Random, country: Country): string {
  return filled(random, random.pick(FORMS[country]));
}

export function mobile(random: Random, country: Country): string {
  return filled(random, MOBILE[country]);
}

function filled(random: Random, form: string): string {
  return form.replaceAll('#', () => String(random.int(10)));
}
