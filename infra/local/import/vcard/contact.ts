import { addressesOf } from './addresses.ts';
import { Leftovers } from './leftovers.ts';
import type { Property } from './properties.ts';
import { reachedBy } from './reached-by.ts';

/** A card as Outlook keeps a contact. */
export interface CardContact {
  /** In the members of a Graph contact; what has no value is not in it. */
  readonly members: Readonly<Record<string, unknown>>;
  /** A JPEG. Pictures of other kinds are left out, for contacts take none. */
  readonly photo: Buffer | undefined;
}

const LARGEST_PHOTO = 4 * 1024 * 1024;

/**
 * The contact of a card. What Outlook has no place for (a fourth e-mail address, a fax number) goes to the end of its notes,
 * so nothing that a person wrote is lost. Throws where the card is of no person or company.
 */
export function contactOf(properties: readonly Property[]): CardContact {
  const kind = first(properties, 'kind') ?? first(properties, 'x-addressbookserver-kind');
  if (kind?.toLowerCase() === 'group') throw new Error('It is a list of contacts, and Outlook contacts have no lists.');
  const rest = new Leftovers();
  const people = relations(properties);
  const all: Record<string, unknown> = {
    ...names(properties),
    ...work(properties),
    ...reachedBy(properties, rest),
    ...addressesOf(properties, rest),
    birthday: birthday(properties, rest),
    spouseName: first(properties, 'x-spouse') ?? people('spouse')[0],
    manager: first(properties, 'x-manager') ?? people('manager')[0],
    assistantName: first(properties, 'x-assistant') ?? people('assistant')[0],
    children: people('child'),
    categories: properties.flatMap((one) =>
      one.name === 'categories' ? one.values.filter((text) => text !== '') : [],
    ),
  };
  const members = Object.fromEntries(Object.entries(all).filter(([, value]) => isSomething(value)));
  if (Object.keys(members).length === 0 && rest.isEmpty) throw new Error('There is nothing in it.');
  const notes = [...properties.flatMap((one) => (one.name === 'note' ? one.parts : [])), ...rest.lines];
  const personalNotes = notes.filter((text) => text !== '').join('\r\n');
  return { members: personalNotes === '' ? members : { ...members, personalNotes }, photo: photoOf(properties) };
}

/** The value of the first property of that name that has one. */
export function first(properties: readonly Property[], name: string): string | undefined {
  return properties.find((one) => one.name === name && one.parts.join('') !== '')?.parts[0];
}

function isSomething(value: unknown): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function names(properties: readonly Property[]): Record<string, unknown> {
  const [surname, givenName, middleName, title, generation] = properties.find((one) => one.name === 'n')?.parts ?? [];
  return {
    displayName: first(properties, 'fn'),
    surname,
    givenName,
    middleName,
    title,
    generation,
    nickName: properties.find((one) => one.name === 'nickname')?.values.join(', '),
    yomiGivenName: first(properties, 'x-phonetic-first-name'),
    yomiSurname: first(properties, 'x-phonetic-last-name'),
  };
}

function work(properties: readonly Property[]): Record<string, unknown> {
  const [companyName, ...units] = properties.find((one) => one.name === 'org')?.parts ?? [];
  return {
    companyName,
    department: units.filter((unit) => unit !== '').join(', '),
    jobTitle: first(properties, 'title'),
    profession: first(properties, 'role'),
  };
}

/** Apple's and Google's relations: the name in one property, what it is to the person in another of the same group. */
function relations(properties: readonly Property[]): (kind: string) => string[] {
  const label = new Map(
    properties.flatMap((one) => (one.name === 'x-ablabel' ? [[one.group, one.parts[0]?.toLowerCase()]] : [])),
  );
  const all = properties.filter((one) => one.name === 'x-abrelatednames');
  return (kind) => all.filter((one) => label.get(one.group)?.includes(kind)).flatMap((one) => one.parts);
}

/** A day as Graph takes it. One without a year is kept in 1604, as Outlook and Apple do. */
function birthday(properties: readonly Property[], rest: Leftovers): string | undefined {
  const text = first(properties, 'bday');
  if (text === undefined) return undefined;
  const [, year = '', month = '', day = ''] = /^(\d{4}|--)-?(\d\d)-?(\d\d)(?:$|T| )/.exec(text) ?? [];
  const at = new Date(`${year === '--' ? '1604' : year}-${month}-${day}T00:00:00Z`);
  const real = !Number.isNaN(at.getTime()) && at.getUTCDate() === Number(day);
  if (real) return at.toISOString();
  rest.add('Birthday', text);
  return undefined;
}

function photoOf(properties: readonly Property[]): Buffer | undefined {
  const text = first(properties, 'photo')?.replace(/^data:image\/jpeg;base64,/i, '');
  const bytes = Buffer.from(text ?? '', 'base64');
  const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8 && bytes.length < LARGEST_PHOTO;
  return jpeg ? bytes : undefined;
}
