import { z } from 'zod';
import { readJson, userFrom } from '../control/input.ts';
import { ControlError } from '../http.ts';
import type { Req, Site } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Origin } from '../model.ts';
import { contactFolderFrom } from './control.ts';
import type { ContactFolder } from './folders.ts';
import { folderNamed } from './seed-apply.ts';
import { contactFolderView } from './snapshot.ts';

const ORIGIN: Origin = { by: 'control' };
const newFolder = z.strictObject({ displayName: z.string().min(1), parent: z.string().default('contacts') });
const folderPatch = z.strictObject({ displayName: z.string().min(1).optional(), parent: z.string().optional() });

/** Contact folders in a person's name. A parent is an id, or `contacts` for the default folder. */
export function mountControlContactFolders({ control, tenant }: Site): void {
  const path = '/control/users/{upn}/contactFolders';
  const mailboxOf = (req: Req): Mailbox => tenant.mailbox(userFrom(tenant, req.params['upn'] ?? ''));
  const found = (req: Req): [Mailbox, ContactFolder] => {
    const mailbox = mailboxOf(req);
    const folder = contactFolderFrom(mailbox, req.params['folder'] ?? '');
    if (folder.wellKnown !== undefined) throw new ControlError(409, 'the default folder stays as it is');
    return [mailbox, folder];
  };
  control.on('POST', path, (req) => {
    const mailbox = mailboxOf(req);
    const { displayName, parent } = readJson(req, newFolder);
    const above = contactFolderFrom(mailbox, parent);
    const taken = mailbox.contacts.folders.childNamed(above.num, displayName) !== undefined;
    if (taken) throw new ControlError(409, `there is a folder ${displayName} already`);
    const folder = folderNamed(mailbox.contacts, above, { displayName, origin: ORIGIN });
    return { status: 201, body: contactFolderView(mailbox.contacts, folder) };
  });
  control.on('PATCH', `${path}/{folder}`, (req) => {
    const [mailbox, folder] = found(req);
    const { contacts } = mailbox;
    const { displayName, parent } = readJson(req, folderPatch);
    if (displayName !== undefined) contacts.folders.rename(folder, displayName);
    if (parent !== undefined) contacts.folders.move(folder, contactFolderFrom(mailbox, parent));
    const fields = [
      ...(displayName === undefined ? [] : ['displayName']),
      ...(parent === undefined ? [] : ['parentFolderId']),
    ];
    contacts.noteFolder(parent === undefined ? 'update' : 'move', folder, { origin: ORIGIN, fields });
    return { status: 200, body: contactFolderView(contacts, folder) };
  });
  control.on('DELETE', `${path}/{folder}`, (req) => {
    const [mailbox, folder] = found(req);
    mailbox.contacts.deleteFolder(folder, ORIGIN, req.query.get('permanent') === 'true');
    return { status: 204 };
  });
}
