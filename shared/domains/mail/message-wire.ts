import { z } from 'zod';
import type { Fields, Json } from '../../lib/json.ts';

const mailbox = z.object({
  emailAddress: z.object({ name: z.string().nullish(), address: z.string().nullish() }).nullish(),
});

/** A message as Graph sends it, whole or in part. Unknown members and unknown enum values are data. [graph-facts 10] */
const wire = z.object({
  id: z.string().min(1),
  '@odata.etag': z.string().optional(),
  '@removed': z.unknown().optional(),
  parentFolderId: z.string().nullish(),
  subject: z.string().nullish(),
  from: mailbox.nullish(),
  toRecipients: z.array(mailbox).nullish(),
  bodyPreview: z.string().nullish(),
  receivedDateTime: z.string().nullish(),
  sentDateTime: z.string().nullish(),
  lastModifiedDateTime: z.string().nullish(),
  // A page of the documentation shows it as text; the service sends a boolean. [graph-facts 2.1]
  isRead: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).nullish(),
  isDraft: z.boolean().nullish(),
  flag: z.object({ flagStatus: z.string().nullish() }).nullish(),
  importance: z.string().nullish(),
  categories: z.array(z.string()).nullish(),
  hasAttachments: z.boolean().nullish(),
  conversationId: z.string().nullish(),
  internetMessageId: z.string().nullish(),
  webLink: z.string().nullish(),
});
type Wire = z.output<typeof wire>;

/** Properties asked for that each whole entry has. */
const telling = [
  ...(['parentFolderId', 'subject', 'toRecipients', 'bodyPreview', 'receivedDateTime', 'sentDateTime'] as const),
  ...(['isRead', 'isDraft', 'flag', 'importance', 'categories', 'hasAttachments', 'conversationId'] as const),
  ...(['webLink'] as const),
];
/** Properties asked for: all that a message shows, and when it changed. Drafts need no sender and no message id. [graph-facts 10] */
export const messageSelect = [...telling, 'from', 'internetMessageId', 'lastModifiedDateTime'].join(',');

/** What a new message holds where Graph says nothing. */
export const messageDefaults: Fields = {
  folderId: '',
  subject: '',
  from: null,
  to: [],
  preview: '',
  receivedAt: null,
  sentAt: null,
  isRead: false,
  isDraft: false,
  flag: 'notFlagged',
  importance: 'normal',
  categories: [],
  hasAttachments: false,
  conversationId: null,
  internetMessageId: null,
  webLink: null,
};

type Mailbox = z.output<typeof mailbox>;

function person(from: Mailbox | null): Json {
  const address = from?.emailAddress ?? null;
  return address === null ? null : { name: address.name ?? null, address: address.address ?? null };
}

/** UTC in ISO-8601, or null where the text is no time. */
function instant(text: string | null): string | null {
  if (text === null) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at.toISOString().replace('.000Z', 'Z');
}

const readers: Readonly<Record<string, (item: Wire) => Json | undefined>> = {
  folderId: (item) => item.parentFolderId ?? undefined,
  subject: (item) => (item.subject === undefined ? undefined : (item.subject ?? '')),
  from: (item) => (item.from === undefined ? undefined : person(item.from)),
  to: (item) =>
    item.toRecipients === undefined ? undefined : (item.toRecipients ?? []).map(person).filter((to) => to !== null),
  preview: (item) => (item.bodyPreview === undefined ? undefined : (item.bodyPreview ?? '')),
  receivedAt: (item) => (item.receivedDateTime === undefined ? undefined : instant(item.receivedDateTime)),
  sentAt: (item) => (item.sentDateTime === undefined ? undefined : instant(item.sentDateTime)),
  isRead: (item) => (item.isRead === undefined ? undefined : (item.isRead ?? false)),
  isDraft: (item) => (item.isDraft === undefined ? undefined : (item.isDraft ?? false)),
  flag: (item) => (item.flag === undefined ? undefined : (item.flag?.flagStatus ?? 'notFlagged')),
  importance: (item) => (item.importance === undefined ? undefined : (item.importance ?? 'normal')),
  categories: (item) => (item.categories === undefined ? undefined : (item.categories ?? [])),
  hasAttachments: (item) => (item.hasAttachments === undefined ? undefined : (item.hasAttachments ?? false)),
  conversationId: (item) => item.conversationId,
  internetMessageId: (item) => item.internetMessageId,
  webLink: (item) => item.webLink,
};

/** A message read from the wire: its own fields that were present. */
export interface WireMessage {
  readonly graphId: string;
  readonly removed: boolean;
  readonly etag: string | null;
  readonly modifiedAt: string | null;
  readonly fields: Fields;
  /** It does not say all that was asked for: what it leaves out is unchanged. [graph-facts 1] */
  readonly thin: boolean;
}

/** Reads a message; throws ZodError where it cannot. */
export function readMessage(raw: unknown): WireMessage {
  const item = wire.parse(raw);
  const fields: Record<string, Json> = {};
  for (const [field, read] of Object.entries(readers)) {
    const value = read(item);
    if (value !== undefined) fields[field] = value;
  }
  return {
    graphId: item.id,
    removed: item['@removed'] !== undefined,
    etag: item['@odata.etag'] ?? null,
    modifiedAt: item.lastModifiedDateTime ?? null,
    fields,
    thin: telling.some((property) => item[property] === undefined),
  };
}
