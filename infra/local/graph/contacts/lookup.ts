import { itemNotFound, malformedId } from '../errors.ts';
import type { MailboxContext } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { ContactFolder } from './folders.ts';
import type { Contact } from './model.ts';

/** The contact of the path, below a folder only if it stands there; or the 400 or 404 that Exchange answers. */
export function contactOf(context: MailboxContext): Contact {
  const { mailbox, tenant, req } = context;
  const { contacts } = mailbox;
  const folder = req.params['contactFolder'] === undefined ? undefined : contactFolderOf(context);
  const found = contacts.find(req.params['contact'] ?? '');
  if (found === 'malformed') throw malformedId();
  if (found === 'foreign' || found === undefined) throw itemNotFound();
  if (folder !== undefined && found.stay.folder !== folder.num) throw itemNotFound();
  if (contacts.isDeleted(found) && !tenant.settings.contacts.deletedResolve) throw itemNotFound();
  return found;
}

/** The contact folder of the path, or the 400 or 404 that Exchange answers. */
export function contactFolderOf(
  context: MailboxContext,
  id = context.req.params['contactFolder'] ?? '',
): ContactFolder {
  const folder = contactFolderIn(context.mailbox, id);
  const { folders } = context.mailbox.contacts;
  if (folders.isDeleted(folder) && !context.tenant.settings.contacts.deletedResolve) throw itemNotFound();
  return folder;
}

/** As `contactFolderOf`, of any mailbox. */
export function contactFolderIn(mailbox: Mailbox, id: string): ContactFolder {
  const found = mailbox.contacts.folder(id);
  if (found === 'malformed') throw malformedId();
  if (found === 'foreign' || found === undefined) throw itemNotFound();
  return found;
}
