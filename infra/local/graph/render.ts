import { parseUri } from './errors.ts';
import type { Folder } from './folders.ts';
import type { MailboxContext } from './http.ts';
import type { IdKind } from './ids.ts';
import type { Mailbox } from './mailbox.ts';
import { textOf } from './message-defaults.ts';
import type { ItemBody, Message } from './model.ts';

/** Whose eyes an item is shown to. */
export interface View {
  mailbox: Mailbox;
  idKind: IdKind;
  bodyAs: 'html' | 'text';
}

export function viewOf(context: MailboxContext, bodyAs: 'html' | 'text'): View {
  return { mailbox: context.mailbox, idKind: context.idKind, bodyAs };
}

type Getter = (message: Message, view: View) => unknown;

/** Exchange's item times: UTC, no fraction. */
export function wireTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function shownBody(message: Message, view: View): ItemBody {
  const body = typeof message.body === 'function' ? message.body() : message.body;
  if (body.contentType === view.bodyAs) return body;
  if (view.bodyAs === 'text') return { contentType: 'text', content: textOf(body) };
  const escaped = body.content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = escaped.replaceAll(/\r?\n/g, '<br>\r\n');
  const head = '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>';
  return { contentType: 'html', content: `${head}<body>\r\n<div class="PlainText">${lines}</div>\r\n</body></html>` };
}

function webLink(message: Message, view: View): string {
  const id = encodeURIComponent(view.mailbox.idOf(message, 'default'));
  return `https://outlook.office365.com/owa/?ItemID=${id}&exvsurl=1&viewmodel=ReadMessageItem`;
}

const GETTERS: Readonly<Record<string, Getter>> = {
  id: (message, view) => view.mailbox.idOf(message, view.idKind),
  createdDateTime: (message) => wireTime(message.createdMs),
  lastModifiedDateTime: (message) => wireTime(message.modifiedMs),
  changeKey: (message, view) => view.mailbox.changeKeyOf(message),
  categories: (message) => message.categories,
  receivedDateTime: (message) => wireTime(message.receivedMs),
  sentDateTime: (message) => wireTime(message.sentMs),
  hasAttachments: (message) => message.hasAttachments,
  internetMessageId: (message) => (message.internetMessageId === '' ? undefined : message.internetMessageId),
  subject: (message) => message.subject,
  bodyPreview: (message) => message.bodyPreview,
  importance: (message) => message.importance,
  parentFolderId: (message, view) => view.mailbox.ids.folder(message.stay.folder),
  conversationId: (message) => message.conversationId,
  conversationIndex: (message) => Buffer.from(`01${message.conversationId.slice(-22)}`).toString('base64'),
  isDeliveryReceiptRequested: (message) => message.isDeliveryReceiptRequested,
  isReadReceiptRequested: (message) => message.isReadReceiptRequested,
  isRead: (message) => message.isRead,
  isDraft: (message) => message.isDraft,
  webLink,
  inferenceClassification: (message) => message.inferenceClassification,
  body: shownBody,
  sender: (message) => message.sender ?? undefined,
  from: (message) => message.from ?? undefined,
  toRecipients: (message) => message.toRecipients,
  ccRecipients: (message) => message.ccRecipients,
  bccRecipients: (message) => message.bccRecipients,
  replyTo: (message) => message.replyTo,
  flag: (message) => message.flag,
  meetingMessageType: (message) => message.meetingMessageType,
  uniqueBody: shownBody,
  internetMessageHeaders: (message) => message.internetMessageHeaders,
};

const BY_LOWER = new Map(Object.keys(GETTERS).map((name) => [name.toLowerCase(), name]));
/** Sent only when `$select` names them. */
const ON_REQUEST = new Set(['uniqueBody', 'internetMessageHeaders']);
const DEFAULT_MEMBERS = Object.keys(GETTERS).filter((name) => !ON_REQUEST.has(name));

/** A member's value by its wire name; undefined where there is no such member. */
export function memberOf(message: Message, name: string, view: View): unknown {
  return GETTERS[BY_LOWER.get(name.toLowerCase()) ?? '']?.(message, view);
}

export function isMember(name: string): boolean {
  return BY_LOWER.has(name.toLowerCase());
}

/** The names of a `$select`, as the wire spells them; undefined = all. 400 on a name that messages do not have. */
export function parseSelect(text: string | null | undefined): string[] | undefined {
  if (text === null || text === undefined || text.trim() === '') return undefined;
  return text.split(',').map((part) => {
    const name = BY_LOWER.get(part.trim().toLowerCase());
    if (name !== undefined) return name;
    const message = `Could not find a property named '${part.trim()}' on type 'Microsoft.OutlookServices.Message'.`;
    throw parseUri(`Parsing OData Select and Expand failed: ${message}`);
  });
}

export interface Shape {
  /** undefined = the default members. */
  select: readonly string[] | undefined;
  /** Ids of extended properties to show, in lower case. */
  expand: readonly string[];
}

/** A message on the wire. Members that it has no value for are left out, `id` and the etag are always there. */
export function renderMessage(message: Message, view: View, shape: Shape): Record<string, unknown> {
  const item: Record<string, unknown> = { '@odata.etag': `W/"${view.mailbox.changeKeyOf(message)}"` };
  if (message.odataType !== undefined) item['@odata.type'] = message.odataType;
  item['id'] = view.mailbox.idOf(message, view.idKind);
  for (const name of shape.select ?? DEFAULT_MEMBERS) {
    const value = GETTERS[name]?.(message, view);
    if (value !== undefined) item[name] = value;
  }
  const shown = message.extended.filter((property) => shape.expand.includes(property.id.toLowerCase()));
  if (shown.length > 0) item['singleValueExtendedProperties'] = shown;
  return item;
}

const FOLDER_MEMBERS = [
  'displayName',
  'parentFolderId',
  'childFolderCount',
  'unreadItemCount',
  'totalItemCount',
  'sizeInBytes',
  'isHidden',
] as const;

export function parseFolderSelect(text: string | null): string[] | undefined {
  if (text === null || text.trim() === '') return undefined;
  return text.split(',').map((part) => {
    const wanted = part.trim().toLowerCase();
    const name = ['id', ...FOLDER_MEMBERS].find((member) => member.toLowerCase() === wanted);
    if (name !== undefined) return name;
    const message = `Could not find a property named '${part.trim()}' on type 'Microsoft.OutlookServices.MailFolder'.`;
    throw parseUri(`Parsing OData Select and Expand failed: ${message}`);
  });
}

/** A folder on the wire (v1.0: no `wellKnownName`). */
export function renderFolder(folder: Folder, mailbox: Mailbox, select?: readonly string[]): Record<string, unknown> {
  const all: Record<(typeof FOLDER_MEMBERS)[number], unknown> = {
    displayName: folder.displayName,
    parentFolderId: mailbox.ids.folder(folder.parent ?? 0),
    childFolderCount: mailbox.folders.children(folder.num).filter((child) => !child.hidden).length,
    unreadItemCount: folder.unread,
    totalItemCount: folder.total,
    sizeInBytes: folder.total * 20_480,
    isHidden: folder.hidden,
  };
  const item: Record<string, unknown> = { id: mailbox.ids.folder(folder.num) };
  for (const name of FOLDER_MEMBERS) if (select === undefined || select.includes(name)) item[name] = all[name];
  return item;
}
