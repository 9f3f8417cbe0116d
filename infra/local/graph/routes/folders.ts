import { z } from 'zod';
import { invalidQuery, invalidRequest } from '../errors.ts';
import type { Folder } from '../folders.ts';
import { GraphError } from '../http.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../http.ts';
import { listLink, readListToken } from '../links.ts';
import { folderOf, originOf } from '../lookup.ts';
import { maxPageSize } from '../prefer.ts';
import { wholeNumber } from '../query.ts';
import { parseFolderSelect, renderFolder } from '../render.ts';
import { contextUrl } from './list-messages.ts';
import { jsonBody } from './message-input.ts';
import { destination } from './messages.ts';
import { needs } from './needs.ts';

const DEFAULT_PAGE = 10;

/** `/mailFolders`: one level at a time, by id or well-known name. */
export function mountFolders(graph: GraphRoutes): void {
  const { read, write } = needs.mail;
  const root = (context: MailboxContext): Folder => context.mailbox.folders.builtIn('msgfolderroot');
  graph.onMailbox('GET', '/mailFolders', read, (context) => list(context, root(context), 'mailFolders'));
  graph.onMailbox('POST', '/mailFolders', write, (context) => create(context, root(context)));
  graph.onMailbox('GET', '/mailFolders/{folder}', read, (context) => single(context, 200, folderOf(context)));
  graph.onMailbox('GET', '/mailFolders/{folder}/childFolders', read, (context) => {
    const folder = folderOf(context);
    return list(context, folder, `mailFolders('${context.mailbox.ids.folder(folder.num)}')/childFolders`);
  });
  graph.onMailbox('POST', '/mailFolders/{folder}/childFolders', write, (context) => create(context, folderOf(context)));
  graph.onMailbox('PATCH', '/mailFolders/{folder}', write, rename);
  graph.onMailbox('DELETE', '/mailFolders/{folder}', write, (context) => remove(context, false));
  graph.onMailbox('POST', '/mailFolders/{folder}/permanentDelete', write, (context) => remove(context, true));
  graph.onMailbox('POST', '/mailFolders/{folder}/move', write, move);
}

function single(context: MailboxContext, status: number, folder: Folder): Reply {
  const item = renderFolder(folder, context.mailbox, parseFolderSelect(context.req.query.get('$select')));
  return { status, body: { '@odata.context': contextUrl(context, 'mailFolders/$entity'), ...item } };
}

function list(context: MailboxContext, parent: Folder, what: string): Reply {
  const { req, mailbox } = context;
  const select = parseFolderSelect(req.query.get('$select'));
  const hidden = /^true$/i.test(req.query.get('includeHiddenFolders') ?? '');
  const token = req.query.get('$skiptoken');
  const skip = token === null ? (wholeNumber(req.query, '$skip') ?? 0) : readListToken(token);
  if (skip === undefined) throw invalidQuery('The skip token is malformed.');
  const all = mailbox.folders.children(parent.num).filter((folder) => hidden || !folder.hidden);
  const folders = all.filter(nameFilter(req.query.get('$filter')));
  const size = wholeNumber(req.query, '$top') ?? maxPageSize(req) ?? DEFAULT_PAGE;
  const value = folders.slice(skip, skip + size).map((folder) => renderFolder(folder, mailbox, select));
  const body: Record<string, unknown> = { '@odata.context': contextUrl(context, what) };
  if (/^true$/i.test(req.query.get('$count') ?? '')) body['@odata.count'] = folders.length;
  body['value'] = value;
  if (skip + size < folders.length) body['@odata.nextLink'] = listLink(req, skip + size);
  return { status: 200, body };
}

/** Of `$filter` folders take `displayName eq '...'` alone. */
function nameFilter(text: string | null): (folder: Folder) => boolean {
  if (text === null) return () => true;
  const name = /^\s*displayName\s+eq\s+'((?:[^']|'')*)'\s*$/i.exec(text)?.[1]?.replaceAll("''", "'");
  if (name === undefined) throw invalidQuery('The query filter is invalid or not supported.');
  return (folder) => folder.displayName.toLowerCase() === name.toLowerCase();
}

const newFolder = z.object({ displayName: z.string().min(1), isHidden: z.boolean().optional() });

function nameFrom(context: MailboxContext): z.infer<typeof newFolder> {
  const parsed = newFolder.safeParse(jsonBody(context.req));
  if (!parsed.success) throw invalidRequest('The displayName of the folder is missing.');
  return parsed.data;
}

function refuseTaken(context: MailboxContext, parent: Folder, displayName: string): void {
  if (context.mailbox.folders.childNamed(parent.num, displayName) === undefined) return;
  throw new GraphError(409, 'ErrorFolderExists', 'A folder with the specified name already exists.');
}

function create(context: MailboxContext, parent: Folder): Reply {
  const { displayName, isHidden } = nameFrom(context);
  refuseTaken(context, parent, displayName);
  const folder = context.mailbox.folders.add({ parent, displayName, hidden: isHidden ?? false });
  context.mailbox.noteFolder('create', folder, { origin: originOf(context), fields: ['displayName'] });
  return single(context, 201, folder);
}

function rename(context: MailboxContext): Reply {
  const folder = folderOf(context);
  const { displayName } = nameFrom(context);
  if (folder.wellKnown !== undefined) refuseBuiltIn();
  const parent = context.mailbox.folders.get(folder.parent ?? 0);
  const same = displayName.toLowerCase() === folder.displayName.toLowerCase();
  if (parent !== undefined && !same) refuseTaken(context, parent, displayName);
  context.mailbox.folders.rename(folder, displayName);
  context.mailbox.noteFolder('update', folder, { origin: originOf(context), fields: ['displayName'] });
  return single(context, 200, folder);
}

function refuseBuiltIn(): never {
  throw new GraphError(403, 'ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be changed or deleted.');
}

function move(context: MailboxContext): Reply {
  const folder = folderOf(context);
  if (folder.wellKnown !== undefined) refuseBuiltIn();
  const parsed = destination.safeParse(jsonBody(context.req));
  if (!parsed.success) throw invalidRequest('The destinationId is missing.');
  const target = folderOf(context, parsed.data.destinationId);
  if (context.mailbox.folders.subtree(folder.num).includes(target)) {
    throw new GraphError(400, 'ErrorMoveCopyFailed', 'The folder cannot be moved below itself.');
  }
  refuseTaken(context, target, folder.displayName);
  context.mailbox.folders.move(folder, target);
  context.mailbox.noteFolder('move', folder, { origin: originOf(context), fields: ['parentFolderId'] });
  return single(context, 201, folder);
}

function remove(context: MailboxContext, permanent: boolean): Reply {
  const folder = folderOf(context);
  if (folder.wellKnown !== undefined) refuseBuiltIn();
  context.mailbox.deleteFolder(folder, originOf(context), permanent);
  return { status: 204 };
}
