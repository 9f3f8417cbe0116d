import type { Fields, Json } from '../../lib/json.ts';
import type { WireAddress, WireContact } from './contact-wire.ts';

/** Null and an empty text are the same: Graph sends either. Undefined stays: nothing was said. */
export const text = (value: string | null | undefined): string | null | undefined => (value === '' ? null : value);

const said = (value: string | null | undefined): value is string => typeof value === 'string' && value !== '';

/** A name that only repeats the address is none: Exchange fills it in. [graph-facts 8] */
export function readEmails(
  emails: readonly ({
    readonly name?: string | null | undefined;
    readonly address?: string | null | undefined;
  } | null)[],
): Json {
  return emails.flatMap((email) => {
    const address = email?.address ?? '';
    const name = email?.name ?? '';
    if (address === '' && name === '') return [];
    return [{ address, name: name === '' || name.toLowerCase() === address.toLowerCase() ? null : name }];
  });
}

/** One list of what Graph keeps as one mobile number and two lists. */
export function readPhones(item: Pick<WireContact, 'mobilePhone' | 'businessPhones' | 'homePhones'>): Json {
  const { mobilePhone, businessPhones, homePhones } = item;
  return [
    ...(said(mobilePhone) ? [{ number: mobilePhone, kind: 'mobile' }] : []),
    ...(businessPhones ?? []).filter(said).map((number) => ({ number, kind: 'business' })),
    ...(homePhones ?? []).filter(said).map((number) => ({ number, kind: 'home' })),
  ];
}

/** The addresses that say anything. */
export function readAddresses(item: Pick<WireContact, 'businessAddress' | 'homeAddress' | 'otherAddress'>): Json {
  return [
    ...readAddress('business', item.businessAddress),
    ...readAddress('home', item.homeAddress),
    ...readAddress('other', item.otherAddress),
  ];
}

function readAddress(kind: string, address: WireAddress | null | undefined): Fields[] {
  const { street, city, state, postalCode, countryOrRegion: country } = address ?? {};
  const parts = { street, city, state, postalCode, country };
  if (!Object.values(parts).some(said)) return [];
  return [
    {
      kind,
      ...Object.fromEntries(Object.entries(parts).map(([part, value]): [string, Json] => [part, text(value) ?? null])),
    },
  ];
}

/**
 * The day, whatever instant of it Graph shows: midnight or noon in UTC are seen, and midnight in the zone of its author, which
 * in the east of Greenwich is the evening before. Null where the text is no time.
 */
export function readBirthday(instant: string): string | null {
  const parts = /^(\d{4}-\d\d-\d\d)(?:T(\d\d):(\d\d))?/.exec(instant);
  const day = parts?.[1];
  if (day === undefined) return null;
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return null;
  const minutes = Number(parts?.[2] ?? 0) * 60 + Number(parts?.[3] ?? 0);
  if (minutes > 12 * 60) at.setUTCDate(at.getUTCDate() + 1);
  return at.toISOString().slice(0, 10);
}
