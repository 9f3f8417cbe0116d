import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

const maybe = z.string().nullish();
const address = z
  .object({ street: maybe, city: maybe, state: maybe, postalCode: maybe, countryOrRegion: maybe })
  .nullish();

/** A contact of the tenant, as it is compared with ours. */
export const truthContact = z.object({
  id: z.string(),
  parentFolderId: z.string(),
  isDeleted: z.boolean(),
  displayName: maybe,
  givenName: maybe,
  surname: maybe,
  companyName: maybe,
  jobTitle: maybe,
  emailAddresses: z.array(z.object({ name: maybe, address: maybe })),
  mobilePhone: maybe,
  businessPhones: z.array(z.string()),
  homePhones: z.array(z.string()),
  businessAddress: address,
  homeAddress: address,
  otherAddress: address,
  birthday: maybe,
  personalNotes: maybe,
  categories: z.array(z.string()),
});
export type TruthContact = z.output<typeof truthContact>;

/** A contact as the API shows it. */
export const apiContact = z.looseObject({
  id: z.string(),
  graphId: z.string().nullable(),
  externalId: z.string().nullable(),
  displayName: z.string(),
  jobTitle: z.string().nullable(),
  pushed: z.string(),
});
export type ApiContact = z.output<typeof apiContact>;

const text = (value: string | null | undefined): string | null =>
  value === '' || value === undefined || value === null ? null : value;

function toAddress(kind: string, of: TruthContact['homeAddress']): Record<string, string | null>[] {
  const { street, city, state, postalCode, countryOrRegion } = of ?? {};
  const parts = {
    street: text(street),
    city: text(city),
    state: text(state),
    postalCode: text(postalCode),
    country: text(countryOrRegion),
  };
  return Object.values(parts).every((part) => part === null) ? [] : [{ kind, ...parts }];
}

/** A day is kept as an instant: near noon, or at midnight somewhere. */
function toDay(instant: string | null): string | null {
  return instant === null ? null : new Date(Date.parse(instant) + 43_200_000 - 1).toISOString().slice(0, 10);
}

/** What both sides can be compared by. */
const expected = (truth: TruthContact): Record<string, unknown> => ({
  folderId: truth.parentFolderId,
  displayName: truth.displayName ?? '',
  givenName: text(truth.givenName),
  surname: text(truth.surname),
  companyName: text(truth.companyName),
  jobTitle: text(truth.jobTitle),
  emails: truth.emailAddresses.map((email) => ({
    address: email.address ?? '',
    // A name that only repeats the address is none: Exchange fills it in.
    name: email.name?.toLowerCase() === email.address?.toLowerCase() ? null : text(email.name),
  })),
  phones: [
    ...(text(truth.mobilePhone) === null ? [] : [{ number: truth.mobilePhone, kind: 'mobile' }]),
    ...truth.businessPhones.map((number) => ({ number, kind: 'business' })),
    ...truth.homePhones.map((number) => ({ number, kind: 'home' })),
  ],
  addresses: [
    ...toAddress('business', truth.businessAddress),
    ...toAddress('home', truth.homeAddress),
    ...toAddress('other', truth.otherAddress),
  ],
  birthday: toDay(text(truth.birthday)),
  notes: text(truth.personalNotes)?.replaceAll('\r\n', '\n') ?? null,
  categories: truth.categories,
});

/** Differences between what the tenant holds and what the API shows; none = in step. Deleted contacts are none. */
export function contactDifferences(truth: readonly TruthContact[], ours: readonly ApiContact[]): string[] {
  const byGraphId = new Map(ours.map((contact) => [contact.graphId, contact]));
  const found: string[] = ours.length === byGraphId.size ? [] : ['a contact is listed twice'];
  for (const contact of truth.filter(({ isDeleted }) => !isDeleted)) {
    const name = contact.displayName ?? '';
    const mine = byGraphId.get(contact.id);
    byGraphId.delete(contact.id);
    if (mine === undefined) {
      found.push(`missing: ${name}`);
      continue;
    }
    for (const [field, value] of Object.entries(expected(contact))) {
      const shown = mine[field];
      if (!isDeepStrictEqual(shown, value))
        found.push(`${field} of "${name}": ${JSON.stringify(shown)} is not ${JSON.stringify(value)}`);
    }
  }
  for (const contact of byGraphId.values()) found.push(`not in the tenant: ${contact.displayName}`);
  return found;
}
