import { invalidRequest } from '../errors.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../http.ts';
import { checkIfMatch, originOf } from '../lookup.ts';
import type { Shape } from '../render.ts';
import { contextUrl } from '../routes/list-messages.ts';
import { jsonBody } from '../routes/message-input.ts';
import { needs } from '../routes/needs.ts';
import type { ContactFolder } from './folders.ts';
import { readContact } from './input.ts';
import type { ContactInput } from './input.ts';
import { contactShape, countContacts, listContacts, viewOf } from './list.ts';
import { contactFolderOf, contactOf } from './lookup.ts';
import { emptyContact } from './model.ts';
import type { Contact } from './model.ts';
import { renderContact } from './render.ts';

/**
 * `/contacts` (the default folder alone) and `/contactFolders/{id}/contacts`: list, read, create, change, delete. A contact
 * is found below `/contacts` whatever its folder. v1.0 has no move.
 */
export function mountContactItems(graph: GraphRoutes): void {
  const { read, write } = needs.contacts;
  for (const prefix of ['/contacts', '/contactFolders/{contactFolder}/contacts']) {
    graph.onMailbox('GET', prefix, read, (context) => {
      const folder = folderOf(context);
      return listContacts(context, context.mailbox.contacts.in(folder), nameOf(context, folder));
    });
    graph.onMailbox('GET', `${prefix}/$count`, read, (context) =>
      countContacts(context, context.mailbox.contacts.in(folderOf(context))),
    );
    graph.onMailbox('POST', prefix, write, create);
    graph.onMailbox('GET', `${prefix}/{contact}`, read, (context) =>
      single(context, 200, { contact: contactOf(context), shape: contactShape(context.req.query) }),
    );
    graph.onMailbox('PATCH', `${prefix}/{contact}`, write, patch);
    graph.onMailbox('DELETE', `${prefix}/{contact}`, write, (context) => remove(context, false));
    graph.onMailbox('POST', `${prefix}/{contact}/permanentDelete`, write, (context) => remove(context, true));
  }
}

/** The folder of the path; without one the default folder. */
export function folderOf(context: MailboxContext): ContactFolder {
  const { params } = context.req;
  return params['contactFolder'] === undefined ? context.mailbox.contacts.folders.main : contactFolderOf(context);
}

function nameOf(context: MailboxContext, folder: ContactFolder): string {
  if (context.req.params['contactFolder'] === undefined) return 'contacts';
  return `contactFolders('${encodeURIComponent(context.mailbox.contacts.folderId(folder.num))}')/contacts`;
}

function single(context: MailboxContext, status: number, shown: { contact: Contact; shape: Shape }): Reply {
  const item = renderContact(shown.contact, viewOf(context), shown.shape);
  return { status, body: { '@odata.context': contextUrl(context, 'contacts/$entity'), ...item } };
}

/** The answer to a write: the whole contact, and never the extended properties that were written. */
const WRITTEN: Shape = { select: undefined, expand: [] };

function create(context: MailboxContext): Reply {
  const folder = folderOf(context);
  const { patch: fields } = readBody(context);
  const contact = context.mailbox.contacts.create(folder, fields, originOf(context));
  return single(context, 201, { contact, shape: WRITTEN });
}

function patch(context: MailboxContext): Reply {
  const { contacts } = context.mailbox;
  const { recomputeNames } = context.tenant.settings.contacts;
  const contact = contactOf(context);
  const { patch: fields, parentFolderId } = readBody(context, contact);
  const target = parentFolderId === undefined ? undefined : targetOf(context, parentFolderId);
  checkIfMatch(context, contacts.changeKeyOf(contact));
  contacts.update(contact, fields, { origin: originOf(context), recomputeNames });
  if (target !== undefined && target.num !== contact.stay.folder) contacts.move(contact, target, originOf(context));
  return single(context, 200, { contact, shape: WRITTEN });
}

/** Where a patch of `parentFolderId` moves the contact to; undefined = nowhere. */
function targetOf(context: MailboxContext, id: string): ContactFolder | undefined {
  const { moveByPatch } = context.tenant.settings.contacts;
  if (moveByPatch === 'ignored') return undefined;
  if (moveByPatch === 'moves') return contactFolderOf(context, id);
  throw invalidRequest("The property 'parentFolderId' is read-only and cannot be set.");
}

function readBody(context: MailboxContext, contact?: Contact): ContactInput {
  const { addressPatch } = context.tenant.settings.contacts;
  return readContact(jsonBody(context.req), { present: contact?.fields ?? emptyContact(), addressPatch });
}

function remove(context: MailboxContext, permanent: boolean): Reply {
  const { contacts } = context.mailbox;
  const contact = contactOf(context);
  checkIfMatch(context, contacts.changeKeyOf(contact));
  contacts.delete(contact, originOf(context), permanent);
  return { status: 204 };
}
