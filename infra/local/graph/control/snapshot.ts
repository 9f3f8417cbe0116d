import { contactPart } from '../contacts/snapshot.ts';
import type { Folder } from '../folders.ts';
import type { Req, Reply, Site } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Message } from '../model.ts';
import { renderMessage } from '../render.ts';
import { userFrom } from './input.ts';

const MEMBERS = [
  'parentFolderId',
  'subject',
  'from',
  'toRecipients',
  'ccRecipients',
  'bodyPreview',
  'body',
  'receivedDateTime',
  'sentDateTime',
  'isRead',
  'isDraft',
  'flag',
  'importance',
  'categories',
  'hasAttachments',
  'conversationId',
  'internetMessageId',
  'webLink',
  'changeKey',
];

/** A folder as control shows it: with its well-known name, which Graph v1.0 keeps to itself. */
export function folderView(mailbox: Mailbox, folder: Folder): Record<string, unknown> {
  return {
    id: mailbox.ids.folder(folder.num),
    displayName: folder.displayName,
    wellKnownName: folder.wellKnown ?? null,
    parentFolderId: folder.parent === undefined ? null : mailbox.ids.folder(folder.parent),
    totalItemCount: folder.total,
    unreadItemCount: folder.unread,
    isHidden: folder.hidden,
  };
}

/** The ground truth of a mailbox and its write log. Ids of messages are the immutable ones. */
export function mountSnapshot({ control, tenant }: Site): void {
  const mailboxOf = (req: Req): Mailbox => tenant.mailbox(userFrom(tenant, req.params['upn'] ?? ''));
  control.on('GET', '/control/users/{upn}/snapshot', (req) =>
    snapshot(mailboxOf(req), req.query.get('fields') === 'ids'),
  );
  control.on('GET', '/control/users/{upn}/effects', (req) => ({ status: 200, body: mailboxOf(req).notes.effects }));
}

/** What one kind of items adds to the snapshot; with `idsAlone` no more of an item than id, place and changeKey. */
type Part = (mailbox: Mailbox, idsAlone: boolean) => Record<string, unknown>;

/** A new kind of items adds its part here. */
const PARTS: readonly Part[] = [mailPart, contactPart];

function snapshot(mailbox: Mailbox, idsAlone: boolean): Reply {
  const parts = PARTS.map((part) => Object.entries(part(mailbox, idsAlone)));
  return { status: 200, body: Object.fromEntries(parts.flat()) };
}

function mailPart(mailbox: Mailbox, idsAlone: boolean): Record<string, unknown> {
  const folders = mailbox.folders.all().map((folder) => folderView(mailbox, folder));
  const messages = [...mailbox.all()].map((message) =>
    idsAlone ? idsOf(mailbox, message) : contentOf(mailbox, message),
  );
  return { folders, messages };
}

function idsOf(mailbox: Mailbox, message: Message): Record<string, unknown> {
  return {
    id: mailbox.idOf(message, 'immutable'),
    parentFolderId: mailbox.ids.folder(message.stay.folder),
    changeKey: mailbox.changeKeyOf(message),
  };
}

function contentOf(mailbox: Mailbox, message: Message): Record<string, unknown> {
  const item = renderMessage(
    message,
    { mailbox, idKind: 'immutable', bodyAs: 'html' },
    { select: MEMBERS, expand: [] },
  );
  return Object.fromEntries(Object.entries(item).filter(([name]) => !name.startsWith('@')));
}
