import type { Folder } from '../folders.ts';
import type { Mailbox } from '../mailbox.ts';
import { previewOf } from '../message-defaults.ts';
import type { Message, Recipient } from '../model.ts';

/** The order in which Outlook shows the folders that every mailbox has. */
const FIRST = ['inbox', 'drafts', 'sentitems', 'archive', 'deleteditems', 'junkemail'];
/** Left out while they are empty, as Outlook leaves them out. */
const SHY = new Set(['outbox', 'conversationhistory', 'syncissues', 'conflicts', 'localfailures', 'serverfailures']);
const PREVIEW = 140;

export interface FolderLine {
  readonly id: string;
  readonly displayName: string;
  readonly wellKnownName: string | null;
  readonly depth: number;
  readonly total: number;
  readonly unread: number;
}

/** The folder tree as lines, each after its parent. */
export function folderLines(mailbox: Mailbox): FolderLine[] {
  const walk = (parent: number, depth: number): FolderLine[] =>
    mailbox.folders
      .children(parent)
      .filter((folder) => !folder.hidden && !(SHY.has(folder.wellKnown ?? '') && folder.total === 0))
      .sort((a, b) => rank(a) - rank(b) || a.displayName.localeCompare(b.displayName))
      .flatMap((folder) => [lineOf(mailbox, folder, depth), ...walk(folder.num, depth + 1)]);
  return walk(mailbox.folders.builtIn('msgfolderroot').num, 0);
}

function lineOf(mailbox: Mailbox, folder: Folder, depth: number): FolderLine {
  return {
    id: mailbox.ids.folder(folder.num),
    displayName: folder.displayName,
    wellKnownName: folder.wellKnown ?? null,
    depth,
    total: folder.total,
    unread: folder.unread,
  };
}

function rank(folder: Folder): number {
  const place = FIRST.indexOf(folder.wellKnown ?? '');
  return place < 0 ? FIRST.length : place;
}

/** The newest messages of a folder; with a search those whose subject, sender or preview holds it. */
export function messageLines(mailbox: Mailbox, folder: Folder, { top, search }: { top: number; search: string }) {
  const all = folder.index.items();
  const found = search === '' ? all : all.filter((message) => matches(message, search));
  return { total: found.length, messages: found.slice(0, top).map((message) => messageLine(mailbox, message)) };
}

function matches(message: Message, search: string): boolean {
  const { from, subject } = message;
  const text = [subject, from?.emailAddress.name ?? '', from?.emailAddress.address ?? '', preview(message)].join('\n');
  return text.toLowerCase().includes(search);
}

function messageLine(mailbox: Mailbox, message: Message) {
  return {
    id: mailbox.ids.immutable(message.num),
    changeKey: mailbox.changeKeyOf(message),
    subject: message.subject,
    from: message.from?.emailAddress ?? null,
    to: addresses(message.toRecipients),
    receivedDateTime: new Date(message.receivedMs).toISOString(),
    isRead: message.isRead,
    isDraft: message.isDraft,
    flagStatus: message.flag.flagStatus,
    importance: message.importance,
    categories: message.categories,
    hasAttachments: message.hasAttachments,
    preview: preview(message).slice(0, PREVIEW),
  };
}

/** One message whole, for the reading pane. */
export function mailView(mailbox: Mailbox, message: Message) {
  return {
    ...messageLine(mailbox, message),
    cc: addresses(message.ccRecipients),
    folder: mailbox.ids.folder(message.stay.folder),
    conversationId: message.conversationId,
    internetMessageId: message.internetMessageId,
    body: typeof message.body === 'function' ? message.body() : message.body,
  };
}

function preview(message: Message): string {
  return typeof message.body === 'function' ? previewOf(message.body()) : message.bodyPreview;
}

function addresses(recipients: readonly Recipient[]) {
  return recipients.map((one) => one.emailAddress);
}
