import type { Kind } from '../../engine/domain.ts';
import type { Fields, Json } from '../../lib/json.ts';
import { streamOfFolder } from './folder.ts';
import { messageDefaults, messageSelect, readMessage } from './message-wire.ts';
import type { WellKnown } from './well-known.ts';

/** The last instant that a Date can hold, in milliseconds: mail can claim any year. */
const LATEST = 8_640_000_000_000_000;

/** Sorts the newest first. Messages without a time come last. */
export function orderOf(receivedAt: Json | undefined): string {
  const at = typeof receivedAt === 'string' ? Date.parse(receivedAt) : 0;
  return `m:${String(LATEST - (Number.isNaN(at) ? 0 : Math.max(0, at))).padStart(16, '0')}`;
}

const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];

/** `INBOX`, `SENT`, `UNREAD`, `FLAGGED`, and the categories by their names. */
function labelsOf(fields: Fields, wellKnown: WellKnown): string[] {
  return [
    ...(fields['folderId'] === wellKnown.inbox ? ['INBOX'] : []),
    ...(fields['folderId'] === wellKnown.sentitems ? ['SENT'] : []),
    ...(fields['isRead'] === false ? ['UNREAD'] : []),
    ...(fields['flag'] === 'flagged' ? ['FLAGGED'] : []),
    ...texts(fields['categories']),
  ];
}

const MOST_RECIPIENTS = 200;

/** Cut where a message would not fit a row: recipients beyond 200, and texts that no mail program shows whole. */
function shrink(fields: Fields): Fields {
  const to = fields['to'];
  const cut = (field: string, length: number): Json => {
    const value = fields[field];
    return typeof value === 'string' ? value.slice(0, length) : (value ?? null);
  };
  return {
    ...fields,
    to: Array.isArray(to) ? to.slice(0, MOST_RECIPIENTS) : [],
    subject: cut('subject', 10_000),
    preview: cut('preview', 1_000),
    internetMessageId: cut('internetMessageId', 2_000),
    webLink: cut('webLink', 4_000),
    categories: texts(fields['categories']).slice(0, 200),
  };
}

/** A message that was read itself and names no folder is where it was. */
const withoutPlace: Fields = Object.fromEntries(
  Object.entries(messageDefaults).filter(([field]) => field !== 'folderId'),
);

/** Mail messages. Bodies are never stored: they are read through on demand. */
export const messageKind = (wellKnown: WellKnown): Kind => ({
  name: 'message',
  feed: true,
  defaults: messageDefaults,
  placeFields: ['folderId'],
  // It holds the mutable id, which is another one after each move.
  quietFields: ['webLink'],
  placeOf: ({ folderId }) => (typeof folderId === 'string' && folderId !== '' ? streamOfFolder(folderId) : undefined),
  itemPath: (graphId) => `/me/messages/${encodeURIComponent(graphId)}?$select=${messageSelect}`,
  shrink,
  decode(raw, whole) {
    const message = readMessage(raw);
    if (message.removed) return { type: 'removed', graphId: message.graphId };
    return {
      type: 'item',
      graphId: message.graphId,
      etag: message.etag,
      modifiedAt: message.modifiedAt,
      fields: whole ? { ...withoutPlace, ...message.fields } : message.fields,
      partial: !whole && message.thin,
    };
  },
  index: (record) => [
    {
      order: orderOf(record.fields['receivedAt']),
      id: record.id,
      item: showMessage(record, wellKnown),
      columns: {
        stream: typeof record.fields['folderId'] === 'string' ? streamOfFolder(record.fields['folderId']) : '',
        unread: record.fields['isRead'] === false,
        flagged: record.fields['flag'] === 'flagged',
      },
    },
  ],
  show: (record) => showMessage(record, wellKnown),
});

function showMessage(
  record: { readonly id: string; readonly graphId: string | null; readonly fields: Fields },
  wellKnown: WellKnown,
): Fields {
  return {
    id: record.id,
    graphId: record.graphId,
    ...record.fields,
    labels: labelsOf(record.fields, wellKnown),
    source: 'graph',
  };
}
