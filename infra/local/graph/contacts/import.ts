import { z } from 'zod';
import { GraphError } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Origin } from '../model.ts';
import { readContact } from './input.ts';
import { emptyContact } from './model.ts';
import { folderNamed } from './seed-apply.ts';

/** One contact out of a file, with the members that Graph takes. `folder`: names below the default folder; made if missing. */
export const contactFile = z.strictObject({
  name: z.string().min(1),
  contact: z.record(z.string(), z.unknown()),
  photo: z.base64().optional(),
  folder: z.array(z.string().min(1).max(255)).max(30).default([]),
});
export type ContactFile = z.output<typeof contactFile>;

/** Takes a contact in, or says why Graph would not. */
export function importContact(
  mailbox: Mailbox,
  { name, contact, photo, folder }: ContactFile,
  origin: Origin,
): { name: string; id: string } | { name: string; reason: string } {
  const { contacts } = mailbox;
  try {
    const { patch } = readContact(contact, { present: emptyContact(), addressPatch: 'merge' });
    let place = contacts.folders.main;
    for (const displayName of folder) place = folderNamed(contacts, place, { displayName, origin });
    const fields = photo === undefined ? patch : { ...patch, photo: Buffer.from(photo, 'base64') };
    return { name, id: contacts.idOf(contacts.create(place, fields, origin), 'immutable') };
  } catch (error) {
    if (error instanceof GraphError) return { name, reason: error.message };
    throw error;
  }
}
