import { z } from 'zod';
import { badRequest, invalidQuery, invalidRequest } from '../errors.ts';
import { GraphError } from '../http.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../http.ts';
import { listLink, readListToken } from '../links.ts';
import { originOf } from '../lookup.ts';
import { maxPageSize } from '../prefer.ts';
import { wholeNumber } from '../query.ts';
import { contextUrl } from '../routes/list-messages.ts';
import { jsonBody } from '../routes/message-input.ts';
import { needs } from '../routes/needs.ts';
import type { ContactFolder } from './folders.ts';
import { contactFolderOf } from './lookup.ts';
import { parseContactFolderSelect, renderContactFolder } from './render.ts';

const DEFAULT_PAGE = 10;

/** `/contactFolders`, one level at a time. The default folder is in no list, and answers by its id. */
export function mountContactFolders(graph: GraphRoutes): void {
  const { read, write } = needs.contacts;
  const main = (context: MailboxContext): ContactFolder => context.mailbox.contacts.folders.main;
  const one = '/contactFolders/{contactFolder}';
  graph.onMailbox('GET', '/contactFolders', read, (context) => list(context, main(context), 'contactFolders'));
  graph.onMailbox('POST', '/contactFolders', write, (context) => create(context, main(context)));
  graph.onMailbox('GET', one, read, (context) => single(context, 200, contactFolderOf(context)));
  graph.onMailbox('PATCH', one, write, rename);
  graph.onMailbox('DELETE', one, write, (context) => remove(context, false));
  graph.onMailbox('POST', `${one}/permanentDelete`, write, (context) => remove(context, true));
  graph.onMailbox('GET', `${one}/childFolders`, read, (context) => {
    const folder = contactFolderOf(context);
    const id = encodeURIComponent(context.mailbox.contacts.folderId(folder.num));
    return list(context, folder, `contactFolders('${id}')/childFolders`);
  });
  graph.onMailbox('POST', `${one}/childFolders`, write, (context) => create(context, contactFolderOf(context)));
  graph.onMailbox('GET', `${one}/childFolders/delta`, read, () => {
    throw badRequest("Unsupported request: Change tracking is not supported against 'microsoft.graph.contactFolder'.");
  });
}

function single(context: MailboxContext, status: number, folder: ContactFolder): Reply {
  const select = parseContactFolderSelect(context.req.query.get('$select'));
  const item = renderContactFolder(folder, context.mailbox.contacts, select);
  return { status, body: { '@odata.context': contextUrl(context, 'contactFolders/$entity'), ...item } };
}

function list(context: MailboxContext, parent: ContactFolder, what: string): Reply {
  const { req, mailbox } = context;
  const select = parseContactFolderSelect(req.query.get('$select'));
  const token = req.query.get('$skiptoken');
  const skip = token === null ? (wholeNumber(req.query, '$skip') ?? 0) : readListToken(token);
  if (skip === undefined) throw invalidQuery('The skip token is malformed.');
  const all = mailbox.contacts.folders.children(parent.num);
  const size = wholeNumber(req.query, '$top') ?? maxPageSize(req) ?? DEFAULT_PAGE;
  const page = all.slice(skip, skip + size);
  const body: Record<string, unknown> = { '@odata.context': contextUrl(context, what) };
  if (/^true$/i.test(req.query.get('$count') ?? '')) body['@odata.count'] = all.length;
  body['value'] = page.map((folder) => renderContactFolder(folder, mailbox.contacts, select));
  if (skip + size < all.length) body['@odata.nextLink'] = listLink(req, skip + size);
  return { status: 200, body };
}

const folderBody = z.object({ displayName: z.string().min(1), parentFolderId: z.string().optional() });

function bodyOf(context: MailboxContext): z.infer<typeof folderBody> {
  const parsed = folderBody.safeParse(jsonBody(context.req));
  if (!parsed.success) throw invalidRequest('The displayName of the folder is missing.');
  return parsed.data;
}

function refuseTaken(context: MailboxContext, parent: number, displayName: string): void {
  if (context.mailbox.contacts.folders.childNamed(parent, displayName) === undefined) return;
  throw new GraphError(409, 'ErrorFolderExists', 'A folder with the specified name already exists.');
}

function create(context: MailboxContext, parent: ContactFolder): Reply {
  const { contacts } = context.mailbox;
  const { displayName } = bodyOf(context);
  refuseTaken(context, parent.num, displayName);
  const folder = contacts.folders.add(parent, displayName);
  contacts.noteFolder('create', folder, { origin: originOf(context), fields: ['displayName'] });
  return single(context, 201, folder);
}

/** A `parentFolderId` in the body is taken and without effect: whether it moves a folder is not confirmed. */
function rename(context: MailboxContext): Reply {
  const { contacts } = context.mailbox;
  const folder = own(contactFolderOf(context));
  const { displayName } = bodyOf(context);
  const same = displayName.toLowerCase() === folder.displayName.toLowerCase();
  if (!same) refuseTaken(context, folder.parent, displayName);
  contacts.folders.rename(folder, displayName);
  contacts.noteFolder('update', folder, { origin: originOf(context), fields: ['displayName'] });
  return single(context, 200, folder);
}

function remove(context: MailboxContext, permanent: boolean): Reply {
  context.mailbox.contacts.deleteFolder(own(contactFolderOf(context)), originOf(context), permanent);
  return { status: 204 };
}

/** The default folder stays as it is. */
function own(folder: ContactFolder): ContactFolder {
  if (folder.wellKnown === undefined) return folder;
  throw new GraphError(403, 'ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be changed or deleted.');
}
