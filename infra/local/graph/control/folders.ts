import { z } from 'zod';
import type { Folder } from '../folders.ts';
import { ControlError } from '../http.ts';
import type { Req, Site } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Origin } from '../model.ts';
import { folderFrom, readJson, userFrom } from './input.ts';
import { folderView } from './snapshot.ts';

const ORIGIN: Origin = { by: 'control' };
const newFolder = z.strictObject({
  displayName: z.string().min(1),
  parent: z.string().default('msgfolderroot'),
  isHidden: z.boolean().default(false),
});
const folderPatch = z.strictObject({ displayName: z.string().min(1).optional(), parent: z.string().optional() });

export function mountControlFolders({ control, tenant }: Site): void {
  const path = '/control/users/{upn}/folders';
  const mailboxOf = (req: Req): Mailbox => tenant.mailbox(userFrom(tenant, req.params['upn'] ?? ''));
  const found = (req: Req): [Mailbox, Folder] => {
    const mailbox = mailboxOf(req);
    const folder = folderFrom(mailbox, req.params['folder'] ?? '');
    if (folder.wellKnown !== undefined) throw new ControlError(409, 'a built-in folder stays as it is');
    return [mailbox, folder];
  };
  control.on('POST', path, (req) => {
    const mailbox = mailboxOf(req);
    const { displayName, parent, isHidden } = readJson(req, newFolder);
    const above = folderFrom(mailbox, parent);
    const taken = mailbox.folders.childNamed(above.num, displayName) !== undefined;
    if (taken) throw new ControlError(409, `there is a folder ${displayName} already`);
    const folder = mailbox.folders.add({ parent: above, displayName, hidden: isHidden });
    mailbox.noteFolder('create', folder, { origin: ORIGIN, fields: ['displayName'] });
    return { status: 201, body: folderView(mailbox, folder) };
  });
  control.on('PATCH', `${path}/{folder}`, (req) => {
    const [mailbox, folder] = found(req);
    const { displayName, parent } = readJson(req, folderPatch);
    if (displayName !== undefined) mailbox.folders.rename(folder, displayName);
    if (parent !== undefined) mailbox.folders.move(folder, folderFrom(mailbox, parent));
    const fields = [
      ...(displayName === undefined ? [] : ['displayName']),
      ...(parent === undefined ? [] : ['parentFolderId']),
    ];
    mailbox.noteFolder(parent === undefined ? 'update' : 'move', folder, { origin: ORIGIN, fields });
    return { status: 200, body: folderView(mailbox, folder) };
  });
  control.on('DELETE', `${path}/{folder}`, (req) => {
    const [mailbox, folder] = found(req);
    mailbox.deleteFolder(folder, ORIGIN, req.query.get('permanent') === 'true');
    return { status: 204 };
  });
}
