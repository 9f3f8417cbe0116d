import { z } from 'zod';
import { invalidRequest } from '../errors.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../http.ts';
import { checkIfMatch, folderOf, messageOf, originOf } from '../lookup.ts';
import type { Message } from '../model.ts';
import { bodyKind, shapeOf } from '../query.ts';
import { renderMessage, viewOf } from '../render.ts';
import { mimeOf } from '../mime.ts';
import { contextUrl, countMessages, listMessages } from './list-messages.ts';
import { jsonBody, readMessage } from './message-input.ts';
import { needs } from './needs.ts';

/** `/messages` and `/mailFolders/{folder}/messages`: list, read, draft, change, move, copy, delete. */
export function mountMessages(graph: GraphRoutes): void {
  const { read, write } = needs.mail;
  graph.onMailbox('GET', '/messages', read, (context) =>
    listMessages(context, context.mailbox.index.items(), 'messages'),
  );
  graph.onMailbox('GET', '/messages/$count', read, (context) => countMessages(context, context.mailbox.index.items()));
  graph.onMailbox('GET', '/mailFolders/{folder}/messages', read, (context) => {
    const name = `mailFolders('${encodeURIComponent(context.req.params['folder'] ?? '')}')/messages`;
    return listMessages(context, folderOf(context).index.items(), name);
  });
  graph.onMailbox('GET', '/mailFolders/{folder}/messages/$count', read, (context) =>
    countMessages(context, folderOf(context).index.items()),
  );
  graph.onMailbox('POST', '/messages', write, createDraft);
  graph.onMailbox('POST', '/mailFolders/{folder}/messages', write, createDraft);
  for (const prefix of ['/messages/{message}', '/mailFolders/{folder}/messages/{message}']) {
    graph.onMailbox('GET', prefix, read, (context) => single(context, 200, inFolder(context)));
    graph.onMailbox('GET', `${prefix}/$value`, read, (context) => {
      const body = mimeOf(inFolder(context), context.user);
      return { status: 200, headers: { 'content-type': 'text/plain' }, body };
    });
    graph.onMailbox('PATCH', prefix, write, patchMessage);
    graph.onMailbox('DELETE', prefix, write, (context) => remove(context, false));
    graph.onMailbox('POST', `${prefix}/permanentDelete`, write, (context) => remove(context, true));
    graph.onMailbox('POST', `${prefix}/move`, write, (context) => relocate(context, 'move'));
    graph.onMailbox('POST', `${prefix}/copy`, write, (context) => relocate(context, 'copy'));
  }
}

/** The message of the path; below a folder only if it stands there. */
function inFolder(context: MailboxContext): Message {
  if (context.req.params['folder'] === undefined) return messageOf(context);
  const folder = folderOf(context);
  const message = messageOf(context);
  return message.stay.folder === folder.num ? message : messageOf(context, context.mailbox.ids.immutable(0));
}

/** A message as the whole answer. */
export function single(context: MailboxContext, status: number, message: Message): Reply {
  const view = viewOf(context, bodyKind(context.req));
  const item = renderMessage(message, view, shapeOf(context.req.query));
  return { status, body: { '@odata.context': contextUrl(context, 'messages/$entity'), ...item } };
}

function createDraft(context: MailboxContext): Reply {
  const { mailbox, user } = context;
  const folder = context.req.params['folder'] === undefined ? mailbox.folders.builtIn('drafts') : folderOf(context);
  const own = { emailAddress: { name: user.displayName, address: user.userPrincipalName } };
  const input = readMessage(jsonBody(context.req));
  const draft = mailbox.create(
    folder,
    { from: own, sender: own, ...input, isDraft: true, isRead: true },
    originOf(context),
  );
  return single(context, 201, draft);
}

function patchMessage(context: MailboxContext): Reply {
  const message = inFolder(context);
  const patch = readMessage(jsonBody(context.req), message);
  checkIfMatch(context, context.mailbox.changeKeyOf(message));
  context.mailbox.update(message, patch, originOf(context));
  return single(context, 200, message);
}

function remove(context: MailboxContext, permanent: boolean): Reply {
  const message = inFolder(context);
  checkIfMatch(context, context.mailbox.changeKeyOf(message));
  context.mailbox.delete(message, originOf(context), permanent);
  return { status: 204 };
}

export const destination = z.object({ destinationId: z.string() });

function relocate(context: MailboxContext, how: 'move' | 'copy'): Reply {
  const message = inFolder(context);
  const body = Object.entries(jsonBody(context.req)).map(([name, value]) => [name.replace(/^D/, 'd'), value]);
  const parsed = destination.safeParse(Object.fromEntries(body));
  if (!parsed.success) throw invalidRequest('The destinationId is missing.');
  const target = folderOf(context, parsed.data.destinationId);
  if (how === 'copy') return single(context, 201, context.mailbox.copy(message, target, originOf(context)));
  checkIfMatch(context, context.mailbox.changeKeyOf(message));
  context.mailbox.move(message, target, originOf(context));
  return single(context, 201, message);
}
