import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { TruthMessage } from './mailbox.ts';

const person = z.object({ name: z.string().nullable(), address: z.string().nullable() });

/** A message as the API shows it. */
export const apiMessage = z.object({
  id: z.string(),
  graphId: z.string(),
  folderId: z.string(),
  subject: z.string(),
  from: person.nullable(),
  to: z.array(person),
  preview: z.string(),
  receivedAt: z.string().nullable(),
  isRead: z.boolean(),
  isDraft: z.boolean(),
  flag: z.string(),
  importance: z.string(),
  categories: z.array(z.string()),
  labels: z.array(z.string()),
  hasAttachments: z.boolean(),
  conversationId: z.string().nullable(),
  internetMessageId: z.string().nullable(),
});
export type ApiMessage = z.output<typeof apiMessage>;

const toPerson = (of: TruthMessage['from']): z.output<typeof person> | null =>
  of === null || of === undefined
    ? null
    : { name: of.emailAddress.name ?? null, address: of.emailAddress.address ?? null };

/** What both sides can be compared by. */
const expected = (truth: TruthMessage): Record<string, unknown> => ({
  folderId: truth.parentFolderId,
  subject: truth.subject ?? '',
  from: toPerson(truth.from),
  to: truth.toRecipients.map(toPerson),
  preview: truth.bodyPreview,
  receivedAt: Date.parse(truth.receivedDateTime),
  isRead: truth.isRead,
  isDraft: truth.isDraft,
  flag: truth.flag.flagStatus,
  importance: truth.importance,
  categories: truth.categories,
  hasAttachments: truth.hasAttachments,
  conversationId: truth.conversationId,
  internetMessageId: truth.internetMessageId ?? null,
});

/** Differences between what the tenant holds in these folders and what the API shows; none = in step. */
export function differences(truth: readonly TruthMessage[], ours: readonly ApiMessage[]): string[] {
  const byGraphId = new Map(ours.map((message) => [message.graphId, message]));
  const found: string[] = ours.length === byGraphId.size ? [] : ['a message is listed twice'];
  for (const message of truth) {
    const mine = byGraphId.get(message.id);
    byGraphId.delete(message.id);
    if (mine === undefined) {
      found.push(`missing: ${message.subject ?? ''}`);
      continue;
    }
    for (const [field, value] of Object.entries(expected(message))) {
      const shown: unknown = field === 'receivedAt' ? Date.parse(mine.receivedAt ?? '') : Reflect.get(mine, field);
      if (!isDeepStrictEqual(shown, value))
        found.push(`${field} of "${message.subject ?? ''}": ${JSON.stringify(shown)} is not ${JSON.stringify(value)}`);
    }
  }
  for (const message of byGraphId.values()) found.push(`not in the tenant: ${message.subject}`);
  return found;
}
