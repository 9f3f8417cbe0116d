import { z } from '@hono/zod-openapi';
import { time } from '../router/common-schemas.ts';

const example = {
  ...{ id: 'LgXmFoQl9uUtklmk4dXtMR', graphId: 'AAkALgAAAAAAHYQDEapmEc2byACqAC', folderId: 'AAMkAGI2TGuLAAA=' },
  subject: 'Lunch?',
  from: { address: 'grace@navy.example', name: 'Grace Hopper' },
  to: [{ address: 'ada@contoso.example', name: 'Ada Lovelace' }],
  preview: 'At noon, as always?',
  ...{ receivedAt: '2026-01-05T09:30:00Z', sentAt: '2026-01-05T09:29:58Z' },
  ...{ isRead: false, isDraft: false, flag: 'flagged', importance: 'normal', categories: ['Follow up'] },
  labels: ['INBOX', 'UNREAD', 'FLAGGED', 'Follow up'],
  ...{ hasAttachments: false, conversationId: 'AAQkAGI2TGuLAAA=' },
  internetMessageId: '<4711.20260105@navy.example>',
  webLink: null,
  source: 'graph',
};

const recipient = z.object({ address: z.string().nullable(), name: z.string().nullable() });

/** A message in lists and alone. Words of Graph's (`importance`, `flag`) may be ones that are not known yet. */
export const messageView = z
  .object({
    id: z.string().meta({ description: 'Ours; stays the same when the message is moved' }),
    graphId: z.string().nullable().meta({ description: "Graph's immutable id" }),
    folderId: z.string().nullable().meta({ description: "Graph's id of the folder; see the list of folders" }),
    subject: z.string().nullable(),
    from: recipient.nullable(),
    to: z.array(recipient),
    preview: z.string().nullable(),
    receivedAt: time.nullable(),
    sentAt: time.nullable(),
    isRead: z.boolean(),
    isDraft: z.boolean(),
    flag: z.string().meta({ description: 'notFlagged, flagged, complete' }),
    importance: z.string().meta({ description: 'low, normal, high' }),
    categories: z.array(z.string()),
    labels: z.array(z.string()).meta({ description: 'Derived: INBOX, UNREAD, FLAGGED ..., and the categories' }),
    hasAttachments: z.boolean(),
    conversationId: z.string().nullable(),
    internetMessageId: z.string().nullable(),
    webLink: z.string().nullable(),
    source: z.string(),
  })
  .openapi('Message', { example });

export const messageWithBodyView = messageView
  .extend({
    body: z
      .object({ contentType: z.string(), content: z.string() })
      .optional()
      .meta({ description: 'With include=body: read from Microsoft 365 for this answer, stored nowhere' }),
  })
  .openapi('MessageWithBody', {
    example: { ...example, body: { contentType: 'html', content: '<p>At noon, as always?</p>' } },
  });

export const folderView = z
  .object({
    id: z.string().meta({ description: "Graph's id of the folder" }),
    name: z.string(),
    wellKnownName: z.string().nullable(),
    parentId: z.string().nullable(),
    totalCount: z.number().int().nullable(),
    unreadCount: z.number().int().nullable(),
    synced: z.boolean().meta({ description: 'Whether its messages are synced; see settings.mail.folders' }),
  })
  .openapi('Folder', {
    example: {
      ...{ id: 'AAMkAGI2TGuLAAA=', name: 'Inbox', wellKnownName: 'inbox', parentId: 'AAMkAGI2TGuKAAA=' },
      ...{ totalCount: 240, unreadCount: 12, synced: true },
    },
  });

export const labelView = z
  .looseObject({
    id: z.string(),
    name: z.string(),
    kind: z.string().meta({ description: 'system or category' }),
    color: z.string().nullable(),
  })
  .openapi('Label', { example: { id: 'Follow up', name: 'Follow up', kind: 'category', color: 'preset0' } });

/** What may be changed of a message. */
export const messagePatch = z
  .strictObject({
    isRead: z.boolean().optional(),
    flag: z.enum(['notFlagged', 'flagged', 'complete']).optional(),
    categories: z.array(z.string().min(1).max(255)).max(100).optional(),
    folder: z.string().min(1).max(500).optional().meta({ description: "Graph's id or a well-known name" }),
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), 'names nothing to change')
  .openapi('MessagePatch', {
    example: { isRead: true, flag: 'flagged', categories: ['Follow up'], folder: 'archive' },
  });
export type MessagePatch = z.output<typeof messagePatch>;
