import { domainToASCII } from 'node:url';
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { z } from 'zod';
import type { Fields, Json } from '../../lib/json.ts';

/** Numbers with fewer digits are no one's alone: extensions, emergency calls. */
const FEWEST_DIGITS = 5;

/** `ext. 12`, `x12`, `#12`, `;ext=12`, `Durchwahl 12` at the end of a number. */
const EXTENSION = /(?:;ext=|\b(?:extension|extn?|durchwahl|dw|anexo|poste)\b\.?:?|(?<=[\d\s)])x\.?|#)\s*(\d{1,7})\s*$/i;

/** The same for every way of writing an address: case, spaces, international domain names. */
export function emailKey(address: string): string {
  const plain = address
    .normalize('NFKC')
    .replace(/^\s*mailto:/i, '')
    .replaceAll(/\s+/g, '')
    .toLowerCase();
  const at = plain.lastIndexOf('@');
  if (at < 0) return plain;
  const domain = plain.slice(at + 1);
  const ascii = domainToASCII(domain);
  return `${plain.slice(0, at)}@${ascii === '' ? domain : ascii}`;
}

/** A number without its extension, and the extension's digits. */
function splitExtension(number: string): { readonly main: string; readonly extension: string } {
  const found = EXTENSION.exec(number);
  return found === null
    ? { main: number, extension: '' }
    : { main: number.slice(0, found.index), extension: found[1] ?? '' };
}

const digitsOf = (number: string): string => number.normalize('NFKC').replaceAll(/\D/g, '');

/**
 * The same for every way of writing a number: the digits of its E.164 form where it is international or a region tells how to
 * read it, its own digits otherwise. An extension makes it another number. Empty where too few digits tell nobody apart.
 */
export function phoneKey(number: string, region: string | undefined): string {
  const { main, extension } = splitExtension(number);
  const end = extension === '' ? '' : `;ext=${extension}`;
  const digits = digitsOf(main);
  if (digits.length < FEWEST_DIGITS) return '';
  const international = main
    .normalize('NFKC')
    .trim()
    .replace(/^00(?=[1-9])/, '+');
  const written = region === undefined ? international : main.normalize('NFKC');
  const options = region !== undefined && isSupportedCountry(region) ? { defaultCountry: region } : {};
  const parsed = parsePhoneNumberFromString(written, { ...options, extract: false });
  return parsed?.isPossible() === true ? `${digitsOf(parsed.number)}${end}` : `${digits}${end}`;
}

/** The key of a number, or the digits of one that is too short for one: to find who has it, and not to tell who that is. */
export function numberKey(number: string, region: string | undefined): string {
  const key = phoneKey(number, region);
  return key === '' ? digitsOf(number) : key;
}

/** Digits that a number shares with every other way of writing it, whatever the region: for finding candidates. */
export const phoneBucket = (number: string): string => digitsOf(splitExtension(number).main).slice(-4);

const emailList = z.array(z.object({ address: z.string() }));
const phoneList = z.array(z.object({ number: z.string() }));

/** The addresses of a contact's fields. */
export const addressesOf = (fields: Fields): string[] =>
  (emailList.safeParse(fields['emails']).data ?? []).map(({ address }) => address).filter((address) => address !== '');

/** The numbers of a contact's fields. */
export const numbersOf = (fields: Fields): string[] =>
  (phoneList.safeParse(fields['phones']).data ?? []).map(({ number }) => number);

/** By what a contact is found to be the same as another: e-mail first, then telephone. */
export const contactKeys = (fields: Fields, region: string | undefined): readonly (readonly string[])[] => [
  [...new Set(addressesOf(fields).map(emailKey))],
  [...new Set(numbersOf(fields).map((number) => phoneKey(number, region)))].filter((key) => key !== ''),
];

const entry = z.object({ address: z.string().optional(), number: z.string().optional(), kind: z.string().optional() });

/** The kind of a number. */
export const phoneKind = (value: Json): string => entry.safeParse(value).data?.kind ?? '';

/** What tells one address, number or category of a list from the others. There is one mobile number, whatever it is. */
export const entryKeys = (
  region: string | undefined,
): Record<'email' | 'phone' | 'address' | 'category', (value: Json) => string> => ({
  email: (value) => emailKey(entry.safeParse(value).data?.address ?? JSON.stringify(value)),
  phone: (value) => {
    const { number = '', kind = '' } = entry.safeParse(value).data ?? {};
    if (kind === 'mobile') return kind;
    const key = phoneKey(number, region);
    return `${kind} ${key === '' ? number : key}`;
  },
  address: (value) => entry.safeParse(value).data?.kind ?? JSON.stringify(value),
  category: (value) => (typeof value === 'string' ? value.toLowerCase() : JSON.stringify(value)),
});
