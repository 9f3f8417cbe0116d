import { randomUUID } from 'node:crypto';
import { folderSource } from '../delta/folders.ts';
import { messageSource } from '../delta/messages.ts';
import { DeltaTokens } from '../delta/token.ts';
import { deltaPage } from '../delta/walk.ts';
import { badRequest } from '../errors.ts';
import type { GraphRoutes, MailboxContext } from '../http.ts';
import { folderOf } from '../lookup.ts';
import { needs } from './needs.ts';

/** The delta functions of mail, under all their spellings (see `graphSegments`). */
export function mountDelta(graph: GraphRoutes): void {
  const tokens = new DeltaTokens(randomUUID());
  const { read } = needs.mail;
  const hidden = (context: MailboxContext): boolean =>
    /^true$/i.test(context.req.query.get('includeHiddenFolders') ?? '');
  graph.onMailbox('GET', '/mailFolders/delta', read, (context) => {
    const root = context.mailbox.folders.builtIn('msgfolderroot');
    return deltaPage(context, folderSource(context, root, hidden(context)), tokens);
  });
  graph.onMailbox('GET', '/mailFolders/{folder}/childFolders/delta', read, (context) =>
    deltaPage(context, folderSource(context, folderOf(context), hidden(context)), tokens),
  );
  graph.onMailbox('GET', '/mailFolders/{folder}/messages/delta', read, (context) =>
    deltaPage(context, messageSource(context, folderOf(context)), tokens),
  );
  graph.onMailbox('GET', '/messages/delta', read, () => {
    throw badRequest("Unsupported request: Change tracking is not supported against 'microsoft.graph.message'.");
  });
}
