import { z } from 'zod';
import { GraphError } from '../http.ts';
import type { ExtendedProperty } from '../model.ts';
import { ADDRESS_MEMBERS, ADDRESS_PARTS, LIST_MEMBERS, MOST_EMAIL_ADDRESSES, TEXT_MEMBERS } from './model.ts';
import type { ContactFields, ContactPatch, EmailAddress, PostalAddress } from './model.ts';

const textOrNull = z.string().nullable();
const address = z.strictObject(recordOf(ADDRESS_PARTS, textOrNull.optional())).nullable();
const email = z.object({ name: textOrNull.optional(), address: textOrNull.optional() });
const property = z.object({ id: z.string(), value: textOrNull });
const LISTS = ['businessPhones', 'homePhones', 'imAddresses', 'children', 'categories'] as const;
const SINGLE_EMAILS = ['primaryEmailAddress', 'secondaryEmailAddress', 'tertiaryEmailAddress'] as const;

/** The writable members, as Graph takes them: what is a list there cannot be null. */
const contactBody = z.object({
  ...recordOf(TEXT_MEMBERS, textOrNull.optional()),
  ...recordOf(LISTS, z.array(z.string()).optional()),
  ...recordOf(ADDRESS_MEMBERS, address.optional()),
  ...recordOf(SINGLE_EMAILS, email.nullish()),
  emailAddresses: z.array(email).optional(),
  // A day alone is no Edm.DateTimeOffset.
  birthday: z.iso.datetime({ offset: true }).nullish(),
  parentFolderId: z.string().optional(),
  singleValueExtendedProperties: z.array(property).optional(),
});
type ContactBody = z.infer<typeof contactBody>;
const WRITABLE = new Set(Object.keys(contactBody.shape));
/** Taken and without effect: what only the server sets, and what nobody here reads. */
const IGNORED = new Set(['id', 'changeKey', 'createdDateTime', 'lastModifiedDateTime', 'multiValueExtendedProperties']);

/** What a body of a contact says. */
export interface ContactInput {
  patch: ContactPatch;
  /** The folder that the body names, with `parentFolderId`. */
  parentFolderId: string | undefined;
}

/** How a body is read; see the settings of contacts. */
export interface Reading {
  present: ContactFields;
  addressPatch: 'merge' | 'replace';
}

/** Reads a new contact or a patch. Throws GraphError 400 on unknown members, wrong types and lists that are too long. */
export function readContact(json: Record<string, unknown>, reading: Reading): ContactInput {
  for (const name of Object.keys(json)) {
    if (WRITABLE.has(name) || IGNORED.has(name) || name.startsWith('@')) continue;
    throw bodyRead(
      `The property '${name}' does not exist on type 'microsoft.graph.contact'. Make sure to only use property names that are defined by the type.`,
    );
  }
  const parsed = contactBody.safeParse(json);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('/') ?? '';
    throw bodyRead(`The value of the property '${path}' cannot be converted to the expected type.`);
  }
  return { patch: toPatch(parsed.data, reading), parentFolderId: parsed.data.parentFolderId };
}

function bodyRead(message: string): GraphError {
  return new GraphError(400, 'RequestBodyRead', message);
}

function toPatch(body: ContactBody, { present, addressPatch }: Reading): ContactPatch {
  const patch: ContactPatch = {};
  for (const name of TEXT_MEMBERS) if (body[name] !== undefined) patch[name] = body[name];
  for (const name of LISTS) {
    const list = body[name];
    if (list === undefined) continue;
    checkCount(name, list.length, LIST_MEMBERS[name]);
    patch[name] = list;
  }
  for (const name of ADDRESS_MEMBERS) {
    const written = body[name];
    if (written !== undefined) patch[name] = addressOf(addressPatch === 'merge' ? present[name] : {}, written);
  }
  const emails = emailsOf(body, present);
  if (emails !== undefined) patch.emailAddresses = emails;
  // A day, whatever the hour: what is written at 23:00 to the west of Greenwich is the next day.
  const { birthday } = body;
  if (birthday !== undefined) patch.birthday = birthday === null ? null : new Date(birthday).toISOString().slice(0, 10);
  const properties = body.singleValueExtendedProperties;
  if (properties !== undefined) patch.extended = withProperties(present.extended, properties);
  return patch;
}

function checkCount(name: string, count: number, most: number): void {
  if (count <= most) return;
  const shown = name.slice(0, 1).toUpperCase() + name.slice(1);
  const message = `The multi value property ${shown} has ${count} entries, that exceeds the max allowed value of ${most}`;
  throw new GraphError(400, 'ErrorInvalidRequest', message);
}

function addressOf(present: PostalAddress, written: z.infer<typeof address>): PostalAddress {
  if (written === null) return {};
  const parts = Object.entries({ ...present, ...written }).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(parts);
}

/** The list as a whole, or its places one by one. An entry without a name gets its address as one. */
function emailsOf(body: ContactBody, present: ContactFields): EmailAddress[] | undefined {
  const written = body.emailAddresses?.map(emailOf);
  if (written !== undefined) checkCount('emailAddresses', written.length, MOST_EMAIL_ADDRESSES);
  const places: (EmailAddress | undefined)[] = [...(written ?? present.emailAddresses)];
  let touched = written !== undefined;
  for (const [at, name] of SINGLE_EMAILS.entries()) {
    const single = body[name];
    if (single === undefined) continue;
    places[at] = single === null ? undefined : emailOf(single);
    touched = true;
  }
  const kept = places.filter((one) => one !== undefined && Object.keys(one).length > 0);
  return touched ? kept.flatMap((one) => one ?? []) : undefined;
}

function emailOf({ name, address: written }: z.infer<typeof email>): EmailAddress {
  const shown = name ?? written;
  return {
    ...(typeof shown === 'string' ? { name: shown } : {}),
    ...(typeof written === 'string' ? { address: written } : {}),
  };
}

/** A property of the same id is replaced; null takes it away. */
function withProperties(
  present: readonly ExtendedProperty[],
  written: readonly z.infer<typeof property>[],
): ExtendedProperty[] {
  const names = new Set(written.map((one) => one.id.toLowerCase()));
  const kept = present.filter((one) => !names.has(one.id.toLowerCase()));
  return [...kept, ...written.flatMap(({ id, value }) => (value === null ? [] : [{ id, value }]))];
}

function recordOf<K extends string, S>(names: readonly K[], schema: S): Record<K, S>;
function recordOf(names: readonly string[], schema: unknown): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, schema]));
}
