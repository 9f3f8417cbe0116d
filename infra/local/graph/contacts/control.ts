import { z } from 'zod';
import { readJson, userFrom } from '../control/input.ts';
import { ControlError, GraphError } from '../http.ts';
import type { Reply, Req, Site } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Origin } from '../model.ts';
import { seedContacts } from '../seed/contacts.ts';
import type { Tenant } from '../tenant.ts';
import type { ContactFolder } from './folders.ts';
import { readContact } from './input.ts';
import { emptyContact } from './model.ts';
import type { Contact, ContactFields, ContactPatch } from './model.ts';
import { applyContacts } from './seed-apply.ts';

const ORIGIN: Origin = { by: 'control' };
const many = z.strictObject({
  count: z.number().int().min(1).max(100_000),
  folder: z.string().optional(),
  seed: z.number().int().optional(),
});
const one = z.looseObject({ folder: z.string().optional(), count: z.undefined().optional() });

/** Contacts in a person's name, who sits at Outlook: the same store, so delta and notifications see it. */
export function mountControlContacts({ control, tenant }: Site): void {
  const path = '/control/users/{upn}/contacts';
  const found = (req: Req): [Mailbox, Contact] => {
    const mailbox = mailboxOf(tenant, req);
    return [mailbox, contactFrom(mailbox, req.params['contact'] ?? '')];
  };
  let runs = 0;
  control.on('POST', path, (req) => add(mailboxOf(tenant, req), req, () => tenant.seed * 1000 + (runs += 1)));
  control.on('PATCH', `${path}/{contact}`, (req) => {
    const [mailbox, contact] = found(req);
    const patch = membersOf(readJson(req, z.record(z.string(), z.unknown())), contact.fields);
    const { recomputeNames } = tenant.settings.contacts;
    mailbox.contacts.update(contact, patch, { origin: ORIGIN, recomputeNames });
    return { status: 200, body: placeOf(mailbox, contact) };
  });
  control.on('POST', `${path}/{contact}/move`, (req) => {
    const [mailbox, contact] = found(req);
    const { folder } = readJson(req, z.strictObject({ folder: z.string() }));
    mailbox.contacts.move(contact, contactFolderFrom(mailbox, folder), ORIGIN);
    return { status: 200, body: placeOf(mailbox, contact) };
  });
  control.on('DELETE', `${path}/{contact}`, (req) => {
    const [mailbox, contact] = found(req);
    mailbox.contacts.delete(contact, ORIGIN, req.query.get('permanent') === 'true');
    return { status: 204 };
  });
}

function mailboxOf(tenant: Tenant, req: Req): Mailbox {
  return tenant.mailbox(userFrom(tenant, req.params['upn'] ?? ''));
}

/** By an id of either kind. Throws ControlError 404. */
export function contactFrom(mailbox: Mailbox, id: string): Contact {
  const contact = mailbox.contacts.find(id);
  if (typeof contact !== 'object') throw new ControlError(404, `no contact ${id}`);
  return contact;
}

/** By id, or `contacts` for the default one. Throws ControlError 404. */
export function contactFolderFrom(mailbox: Mailbox, idOrName: string): ContactFolder {
  if (idOrName.toLowerCase() === 'contacts') return mailbox.contacts.folders.main;
  const folder = mailbox.contacts.folder(idOrName);
  if (typeof folder !== 'object') throw new ControlError(404, `no contact folder ${idOrName}`);
  return folder;
}

function placeOf(mailbox: Mailbox, contact: Contact): { id: string; folderId: string } {
  const { contacts } = mailbox;
  return { id: contacts.idOf(contact, 'immutable'), folderId: contacts.folderId(contact.stay.folder) };
}

/** `{count, seed?, folder?}` for made-up ones, or one contact with the members that Graph takes, and `folder`. */
function add(mailbox: Mailbox, req: Req, nextSeed: () => number): Reply {
  const input = readJson(req, z.union([many, one]));
  const folder = contactFolderFrom(mailbox, input.folder ?? 'contacts');
  if (typeof input.count === 'number') {
    const given = many.parse(input);
    const seed = seedContacts({ count: given.count, seed: given.seed ?? nextSeed(), into: 'contacts' });
    const made = seed.contacts.map(({ fields }) => mailbox.contacts.create(folder, fields, ORIGIN));
    return { status: 201, body: made.map((contact) => placeOf(mailbox, contact)) };
  }
  const members = Object.fromEntries(Object.entries(input).filter(([name]) => name !== 'folder'));
  const contact = mailbox.contacts.create(folder, membersOf(members, emptyContact()), ORIGIN);
  return { status: 201, body: [placeOf(mailbox, contact)] };
}

/** Read as Graph reads them; what it would refuse is 400 here too. */
function membersOf(json: Record<string, unknown>, present: ContactFields): ContactPatch {
  try {
    return readContact(json, { present, addressPatch: 'merge' }).patch;
  } catch (error) {
    if (error instanceof GraphError) throw new ControlError(400, error.message);
    throw error;
  }
}

/** A user's first address book. */
export function giveContacts(mailbox: Mailbox, options: { count: number; seed: number }): void {
  applyContacts(mailbox.contacts, seedContacts(options), { by: 'seed' });
}
