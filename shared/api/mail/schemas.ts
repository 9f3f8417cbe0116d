import { z } from '@hono/zod-openapi';
import { time } from '../router/common-schemas.ts';

const recipient = z.object({ address: z.string().nullable(), name: z.string().nullable() });

/** A message in lists and alone. Words of Graph's (`importance`, `flag`) may be ones that are not known yet. */
export const messageView = z
  .object({
    id: z.string(),
    graphId: z.string().nullable(),
    folderId: z.string().nullable(),
    subject: z.string().nullable(),
    from: recipient.nullable(),
    to: z.array(recipient),
    preview: z.string().nullable(),
    receivedAt: time.nullable(),
    sentAt: time.nullable(),
    isRead: z.boolean(),
    isDraft: z.boolean(),
    flag: z.string(),
    importance: z.string(),
    categories: z.array(z.string()),
    labels: z.array(z.string()),
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
    synced: z.boolean(),
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
  .openapi('MessagePatch');
export type MessagePatch = z.output<typeof messagePatch>;
