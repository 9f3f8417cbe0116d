import type { IdCodec } from './ids.ts';
import type { Flag, ItemBody, MessageFields, NewMessage } from './model.ts';

/** Shared by all messages that have nothing there: a big mailbox has many. */
const NONE: readonly never[] = [];
const NOT_FLAGGED: Flag = { flagStatus: 'notFlagged' };

const PREVIEW_LENGTH = 255;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', '#39': "'" };

/** The text of a body, as far as a preview needs it. */
export function textOf(body: ItemBody): string {
  if (body.contentType === 'text') return body.content;
  return body.content
    .replaceAll(/<(style|script|head)[\s\S]*?<\/\1>/gi, '')
    .replaceAll(/<br\s*\/?>|<\/(p|div|tr|li|h\d)>/gi, '\r\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole)
    .trim();
}

/** The first 255 characters of the body as text. */
export function previewOf(body: ItemBody): string {
  const cut = textOf(body)
    .slice(0, PREVIEW_LENGTH)
    .replace(/[\ud800-\udbff]$/, '');
  // A copy: a slice would keep the whole text in memory.
  return Buffer.from(cut).toString();
}

/** Fills in what a writer left out. Times are cut to whole seconds, as Exchange has them. */
export function completeMessage(input: NewMessage, about: { num: number; now: number; ids: IdCodec }): MessageFields {
  const body = input.body ?? { contentType: 'text', content: '' };
  const receivedMs = wholeSeconds(input.receivedMs ?? about.now);
  const filled: MessageFields = {
    subject: '',
    bodyPreview: typeof body === 'function' ? '' : previewOf(body),
    from: null,
    sender: input.from ?? null,
    toRecipients: NONE,
    ccRecipients: NONE,
    bccRecipients: NONE,
    replyTo: NONE,
    isRead: false,
    isDraft: false,
    importance: 'normal',
    inferenceClassification: 'focused',
    flag: NOT_FLAGGED,
    categories: NONE,
    hasAttachments: false,
    conversationId: about.ids.conversation(`message ${about.num}`),
    internetMessageId: `<${about.ids.immutable(about.num).slice(-24, -1)}@mail.local.example>`,
    internetMessageHeaders: NONE,
    isReadReceiptRequested: false,
    isDeliveryReceiptRequested: null,
    extended: NONE,
    mime: undefined,
    odataType: undefined,
    meetingMessageType: undefined,
    ...input,
    body,
    receivedMs,
    sentMs: wholeSeconds(input.sentMs ?? receivedMs),
  };
  return filled;
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
