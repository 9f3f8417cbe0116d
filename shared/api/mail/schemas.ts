import { z } from '@hono/zod-openapi';
import { time } from '../router/common-schemas.ts';

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
  .openapi('Message');

export const messageWithBodyView = messageView
  .extend({
    body: z
      .object({ contentType: z.string(), content: z.string() })
      .optional()
      .meta({ description: 'With include=body: read from Microsoft 365 for this answer, stored nowhere' }),
  })
  .openapi('MessageWithBody');

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
  .openapi('Folder');

export const labelView = z
  .looseObject({
    id: z.string(),
    name: z.string(),
    kind: z.string().meta({ description: 'system or category' }),
    color: z.string().nullable(),
  })
  .openapi('Label');

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
