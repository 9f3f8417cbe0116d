import { createHash } from 'node:crypto';
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime';
import { inUtf8 } from './in-utf8.ts';
import { graphTime, type SeedAttachment, type SeedMessage, type SeedRecipient } from './types.ts';

export interface EmlFile {
  readonly name: string;
  /** One raw message (RFC 5322), or an mbox of several. Text is taken as UTF-8. */
  readonly content: string | Uint8Array;
}

export interface EmlResult {
  readonly messages: readonly { readonly name: string; readonly message: SeedMessage }[];
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

export interface EmlOptions {
  readonly now: Date;
  /** When it was delivered, where somebody knows; used where the message itself does not say. */
  readonly arrivedAt?: Date;
  /** Where they go; default `inbox`. */
  readonly folder?: string;
}

const MAX_BYTES = 150 * 1024 * 1024;
/** As far as a sender's clock is taken to be ahead. */
const AHEAD_MS = 86_400_000;
const HEADER_LINE = /^[!-9;-~]+[ \t]*:/m;
const MBOX_START = /^From [^\r\n]*\d{4}[^\r\n]*\r?\n/;
const MBOX_BREAK = /(?:^|\r?\n)(?=From [^\r\n]*\d{4}[^\r\n]*\r?\n[!-9;-~]+[ \t]*:)/;

/**
 * Reads `.eml` and mbox files as a mail server would: a missing sender, date or subject is no reason to refuse, a
 * file that is no mail at all is. A time that cannot be read, or is yet to come, becomes that of the delivery, else `now`. Inline parts do not count as attachments.
 */
export async function readEmlFiles(files: readonly EmlFile[], options: EmlOptions): Promise<EmlResult> {
  const messages: { name: string; message: SeedMessage }[] = [];
  const refused: { name: string; reason: string }[] = [];
  for (const file of files) {
    for (const part of splitMbox(file)) {
      const result = await readOne(part, options);
      if (typeof result === 'string') refused.push({ name: part.name, reason: result });
      else messages.push({ name: part.name, message: result });
    }
  }
  return { messages, refused };
}

/** An mbox of several messages gives one part for each, named `file#1` and so on; anything else is one part. */
export function splitMbox(file: EmlFile): readonly EmlFile[] {
  const head = typeof file.content === 'string' ? file.content : latin1(file.content);
  if (!MBOX_START.test(head)) return [file];
  const bytes = typeof file.content !== 'string';
  return head
    .split(MBOX_BREAK)
    .filter((part) => part !== '')
    .map((part, index, parts) => {
      const text = part.replace(MBOX_START, '').replaceAll(/^>(>*From )/gm, '$1');
      const name = parts.length === 1 ? file.name : `${file.name}#${index + 1}`;
      return { name, content: bytes ? Buffer.from(text, 'latin1') : text };
    });
}

async function readOne(file: EmlFile, options: EmlOptions): Promise<SeedMessage | string> {
  const size = typeof file.content === 'string' ? Buffer.byteLength(file.content) : file.content.byteLength;
  if (size === 0) return 'The file is empty.';
  if (size > MAX_BYTES) return `The message is larger than ${MAX_BYTES} bytes.`;
  const head =
    typeof file.content === 'string' ? file.content.slice(0, 65_536) : latin1(file.content.subarray(0, 65_536));
  if (head.includes('\0')) return 'The file is binary, not a message.';
  if (!HEADER_LINE.test(head.split(/\r?\n\r?\n/, 1)[0] ?? '')) return 'The file has no header fields.';
  try {
    const { content } = file;
    const email = await PostalMime.parse(typeof content === 'string' ? content : inUtf8(content));
    return toMessage(email, options);
  } catch (cause) {
    return `The message cannot be parsed: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

function toMessage(email: Email, options: EmlOptions): SeedMessage {
  const received = receivedAt(email, options);
  const from = recipients(email.from)[0] ?? null;
  const attachments = email.attachments.map(toAttachment);
  const html = email.html ?? '';
  return {
    folder: options.folder ?? 'inbox',
    subject: (email.subject ?? '').slice(0, 255),
    from,
    sender: recipients(email.sender)[0] ?? from,
    to: recipients(...(email.to ?? [])),
    cc: recipients(...(email.cc ?? [])),
    bcc: recipients(...(email.bcc ?? [])),
    replyTo: recipients(...(email.replyTo ?? [])),
    body: html === '' ? { contentType: 'text', content: email.text ?? '' } : { contentType: 'html', content: html },
    receivedDateTime: graphTime(received),
    sentDateTime: graphTime(readTime(email.date) ?? received),
    isRead: false,
    isDraft: false,
    importance: importance(email),
    flag: { flagStatus: 'notFlagged' },
    categories: [],
    hasAttachments: attachments.some((attachment) => !attachment.isInline),
    attachments,
    conversationId: conversationOf(email),
    internetMessageId: email.messageId ?? null,
  };
}

/** The thread is named by its first message, where the headers still say which that was. */
function conversationOf(email: Email): string {
  const first = /<[^>]+>/.exec(email.references ?? email.inReplyTo ?? '')?.[0];
  const root = first ?? email.messageId ?? `${email.subject ?? ''}|${email.date ?? ''}`;
  // By its digest: message ids of one sender begin alike for longer than a name may be.
  return `AAQk${createHash('sha256').update(root).digest('base64url')}`;
}

function recipients(...addresses: readonly (Address | undefined)[]): readonly SeedRecipient[] {
  return addresses.flatMap((entry) => {
    if (entry === undefined) return [];
    if (entry.group !== undefined) return entry.group.map(({ name, address }) => ({ name, address }));
    return entry.address === '' && entry.name === '' ? [] : [{ name: entry.name, address: entry.address }];
  });
}

function toAttachment(attachment: Attachment): SeedAttachment {
  const { content } = attachment;
  const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
  return {
    name: attachment.filename ?? 'attachment',
    contentType: attachment.mimeType,
    isInline: attachment.disposition === 'inline' || attachment.related === true,
    contentId: attachment.contentId ?? null,
    bytes,
  };
}

function importance(email: Email): SeedMessage['importance'] {
  const value = email.headers.find((header) => /^(importance|x-priority)$/i.test(header.key))?.value ?? '';
  if (/^\s*(high|[12]\b)/i.test(value)) return 'high';
  return /^\s*(low|[45]\b)/i.test(value) ? 'low' : 'normal';
}

function readTime(text: string | undefined): Date | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  // Exchange's own range begins in 1601; a year beyond 9999 cannot be written in Graph's form.
  return Number.isNaN(at) || at < -11_644_473_600_000 || at > 253_402_300_799_000 ? undefined : new Date(at);
}

/**
 * Its own time, or when the last server on the way took it in: what follows the last semicolon of the topmost `Received`. A
 * time that has not come yet is nobody's: clocks of senders may be centuries ahead, and such mail would stay on top for ever.
 */
function receivedAt(email: Email, { now, arrivedAt = now }: EmlOptions): Date {
  const trace = email.headers.find(({ key }) => key === 'received')?.value ?? '';
  const told = [email.date, trace.slice(trace.lastIndexOf(';') + 1).replace(/\(.*\)/, '')];
  const has = (time: Date | undefined): time is Date =>
    time !== undefined && time.getTime() <= now.getTime() + AHEAD_MS;
  return told.map(readTime).find(has) ?? arrivedAt;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
