import { itemNotFound, malformedId, irresolvableConflict } from './errors.ts';
import type { Folder } from './folders.ts';
import type { MailboxContext } from './http.ts';
import type { Message, Origin } from './model.ts';

/** The message of the path, or the 400 or 404 that Exchange answers. */
export function messageOf(context: MailboxContext, id = context.req.params['message'] ?? ''): Message {
  const found = context.mailbox.message(id);
  if (found === 'malformed') throw malformedId();
  if (found === 'foreign' || found === undefined) throw itemNotFound();
  return found;
}

/** The folder of an id or well-known name, or the 400 or 404 that Exchange answers. */
export function folderOf(context: MailboxContext, id = context.req.params['folder'] ?? ''): Folder {
  const found = context.mailbox.folder(id);
  if (found === 'malformed') throw malformedId();
  if (found === 'foreign' || found === undefined) throw itemNotFound();
  return found;
}

/** 412 where `If-Match` names another state than the present one. */
export function checkIfMatch(context: MailboxContext, changeKey: string): void {
  const wanted = context.req.headers['if-match'];
  if (wanted === undefined || wanted === '*') return;
  const etags = wanted.split(',').map((part) => part.trim().replace(/^W\//, '').replaceAll('"', ''));
  if (!etags.includes(changeKey)) throw irresolvableConflict(412);
}

export function originOf(context: MailboxContext): Origin {
  return { by: 'app', requestId: context.req.requestId };
}
