import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Fields } from '../../../shared/lib/json.ts';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const postal = z
  .object({ street: text, city: text, state: text, postalCode: text, countryOrRegion: text })
  .nullish()
  .transform((value) => value ?? null);

/** A contact as the tenant holds it, in Graph's words: what the application is shown of it. */
const tenantContact = z.object({
  id: z.string(),
  parentFolderId: z.string(),
  displayName: text,
  givenName: text,
  surname: text,
  companyName: text,
  jobTitle: text,
  emailAddresses: z
    .array(z.object({ address: text, name: text }))
    .nullish()
    .transform((value) => value ?? []),
  mobilePhone: text,
  businessPhones: texts,
  homePhones: texts,
  businessAddress: postal,
  homeAddress: postal,
  otherAddress: postal,
  birthday: text,
  personalNotes: text,
  categories: texts,
});
export type TenantContact = z.output<typeof tenantContact>;

const snapshotShape = z.object({
  contactFolders: z.array(
    z.object({
      id: z.string(),
      displayName: z.string(),
      wellKnownName: z.string().nullish(),
      isDeleted: z.boolean().nullish(),
    }),
  ),
  contacts: z.array(tenantContact),
});
export type Snapshot = z.output<typeof snapshotShape>;

/** Members of a contact that the tests write, in Graph's words. */
export type TenantFields = Readonly<Record<string, unknown>>;

const made = z.union([z.object({ id: z.string() }), z.array(z.object({ id: z.string() })).min(1)]);

/** A person who keeps contacts in Outlook: what they do reaches the tenant at once, and is no write of ours. */
export class Outlook {
  readonly #user: (method: string, path: string, body?: unknown) => Promise<unknown>;

  /** `user` calls the tenant's control below the person. */
  constructor(user: (method: string, path: string, body?: unknown) => Promise<unknown>) {
    this.#user = user;
  }

  /** Writes a contact down; answers its immutable id. Without a folder it is the default one. */
  async create(fields: TenantFields, folder?: string): Promise<string> {
    const answer = made.parse(
      await this.#user('POST', '/contacts', { ...fields, ...(folder === undefined ? {} : { folder }) }),
    );
    return (Array.isArray(answer) ? answer[0]?.id : answer.id) ?? '';
  }

  async patch(id: string, fields: TenantFields): Promise<void> {
    await this.#user('PATCH', `/contacts/${encodeURIComponent(id)}`, fields);
  }

  async move(id: string, folder: string): Promise<void> {
    await this.#user('POST', `/contacts/${encodeURIComponent(id)}/move`, { folder });
  }

  async delete(id: string): Promise<void> {
    await this.#user('DELETE', `/contacts/${encodeURIComponent(id)}`);
  }

  async makeFolder(displayName: string): Promise<string> {
    return z.object({ id: z.string() }).parse(await this.#user('POST', '/contactFolders', { displayName })).id;
  }

  async snapshot(): Promise<Snapshot> {
    return snapshotShape.parse(await this.#user('GET', '/snapshot'));
  }
}

/** The contacts that are in contact folders: what lies in Deleted Items is none. */
export function standing({ contactFolders, contacts }: Snapshot): TenantContact[] {
  const folders = new Set(contactFolders.filter(({ isDeleted }) => isDeleted !== true).map(({ id }) => id));
  return contacts.filter(({ parentFolderId }) => folders.has(parentFolderId));
}

const addressKinds = [
  ['business', 'businessAddress'],
  ['home', 'homeAddress'],
  ['other', 'otherAddress'],
] as const;

/** What the application is to be shown of a contact of the tenant. Judged by the tenant alone, with nothing of the product's. */
export function expectedItem(contact: TenantContact): Fields {
  const { mobilePhone, businessPhones, homePhones, emailAddresses, birthday } = contact;
  const numbers = (list: readonly (string | null)[], kind: string): Fields[] =>
    list.flatMap((number) => (number === null || number === '' ? [] : [{ number, kind }]));
  return {
    graphId: contact.id,
    folderId: contact.parentFolderId,
    displayName: contact.displayName ?? '',
    givenName: contact.givenName,
    surname: contact.surname,
    companyName: contact.companyName,
    jobTitle: contact.jobTitle,
    // A name that Outlook fills with the address is none.
    emails: emailAddresses.map(({ address, name }) => ({ address, name: name === address ? null : name })),
    phones: [
      ...numbers([mobilePhone], 'mobile'),
      ...numbers(businessPhones, 'business'),
      ...numbers(homePhones, 'home'),
    ],
    addresses: addressKinds.flatMap(([kind, member]) => {
      const { countryOrRegion, ...parts } = contact[member] ?? { countryOrRegion: null };
      const address = { ...parts, country: countryOrRegion };
      return Object.values(address).every((part) => part === null || part === '') ? [] : [{ kind, ...address }];
    }),
    birthday: birthday === null ? null : birthday.slice(0, 10),
    notes: contact.personalNotes?.replaceAll('\r\n', '\n') ?? null,
    categories: contact.categories,
  };
}

const listed = z.looseObject({ id: z.string(), graphId: z.string().nullable(), companyName: z.string().nullish() });

/** What tests tell contacts by: their companies. */
export const nameOfContact = (fields: Fields): string | undefined =>
  listed.partial().safeParse(fields).data?.companyName ?? undefined;

/** A text that is not there is as good as an empty one: Outlook keeps no difference. */
const plain = (value: unknown): unknown => (value === '' ? null : value);

/** Differences, field by field, between the tenant's contacts and what is listed of them. */
export function contactDifferences(snapshot: Snapshot, items: readonly unknown[]): string[] {
  const ours = new Map(items.map((item) => [listed.parse(item).graphId, listed.parse(item)]));
  const found: string[] = [];
  for (const contact of standing(snapshot)) {
    const item = ours.get(contact.id);
    ours.delete(contact.id);
    const name = contact.companyName ?? contact.displayName ?? contact.id;
    found.push(...(item === undefined ? [`${name} is not listed`] : fieldDifferences(name, contact, item)));
  }
  return [...found, ...[...ours.values()].map((item) => `${item.companyName ?? item.id} is listed, Outlook has none`)];
}

function fieldDifferences(name: string, contact: TenantContact, item: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(expectedItem(contact))
    .filter(([field, value]) => !isDeepStrictEqual(plain(item[field]), plain(value)))
    .map(
      ([field, value]) => `${field} of ${name} is ${JSON.stringify(item[field])}, Outlook has ${JSON.stringify(value)}`,
    );
}
