import type { ExtendedProperty } from '../model.ts';

/** Members that are text or null, in the spelling of the wire. */
export const TEXT_MEMBERS = [
  'displayName',
  'fileAs',
  'title',
  'givenName',
  'middleName',
  'surname',
  'generation',
  'initials',
  'nickName',
  'companyName',
  'department',
  'jobTitle',
  'profession',
  'manager',
  'assistantName',
  'officeLocation',
  'businessHomePage',
  'mobilePhone',
  'spouseName',
  'personalNotes',
  'yomiCompanyName',
  'yomiGivenName',
  'yomiSurname',
] as const;
export type TextMember = (typeof TEXT_MEMBERS)[number];

/**
 * Members that are lists of text, and how many entries they take: `The multi value property BusinessPhones has 3 entries,
 * that exceeds the max allowed value of 2` (seen live for business phones and e-mail addresses; the others have as many
 * places in Exchange's own schema).
 */
export const LIST_MEMBERS = {
  businessPhones: 2,
  homePhones: 2,
  imAddresses: 3,
  children: Infinity,
  categories: Infinity,
} as const;
export type ListMember = keyof typeof LIST_MEMBERS;

export const ADDRESS_MEMBERS = ['businessAddress', 'homeAddress', 'otherAddress'] as const;
export type AddressMember = (typeof ADDRESS_MEMBERS)[number];

export const ADDRESS_PARTS = ['street', 'city', 'state', 'countryOrRegion', 'postalCode'] as const;
/** Parts that it does not have are left out, on the wire too. */
export type PostalAddress = Readonly<Partial<Record<(typeof ADDRESS_PARTS)[number], string>>>;

export interface EmailAddress {
  name?: string;
  address?: string;
}
export const MOST_EMAIL_ADDRESSES = 3;

type Texts = Record<TextMember, string | null>;
type Lists = Record<ListMember, readonly string[]>;
type Addresses = Record<AddressMember, PostalAddress>;

/** The content of a contact. */
export interface ContactFields extends Texts, Lists, Addresses {
  emailAddresses: readonly EmailAddress[];
  /** `yyyy-mm-dd`: a day, whatever instant the wire makes of it. */
  birthday: string | null;
  extended: readonly ExtendedProperty[];
  /** A JPEG. */
  photo: Buffer | undefined;
}
export type ContactPatch = Partial<ContactFields>;

export interface Contact {
  /** Number in the mailbox, never used again. */
  readonly num: number;
  fields: ContactFields;
  /** The folder that it is in, and its place there. */
  stay: { folder: number; slot: number };
  /** Goes up with each save; the changeKey is made of it. */
  version: number;
  readonly createdMs: number;
  modifiedMs: number;
}

/** All members with nothing in them. */
export function emptyContact(): ContactFields {
  const none = { businessPhones: [], homePhones: [], imAddresses: [], children: [], categories: [] };
  return {
    ...textsOf(() => null),
    ...none,
    emailAddresses: [],
    businessAddress: {},
    homeAddress: {},
    otherAddress: {},
    birthday: null,
    extended: [],
    photo: undefined,
  };
}

/** A value for each text member. */
export function textsOf(value: (name: TextMember) => string | null): Texts {
  return {
    displayName: value('displayName'),
    fileAs: value('fileAs'),
    title: value('title'),
    givenName: value('givenName'),
    middleName: value('middleName'),
    surname: value('surname'),
    generation: value('generation'),
    initials: value('initials'),
    nickName: value('nickName'),
    companyName: value('companyName'),
    department: value('department'),
    jobTitle: value('jobTitle'),
    profession: value('profession'),
    manager: value('manager'),
    assistantName: value('assistantName'),
    officeLocation: value('officeLocation'),
    businessHomePage: value('businessHomePage'),
    mobilePhone: value('mobilePhone'),
    spouseName: value('spouseName'),
    personalNotes: value('personalNotes'),
    yomiCompanyName: value('yomiCompanyName'),
    yomiGivenName: value('yomiGivenName'),
    yomiSurname: value('yomiSurname'),
  };
}
