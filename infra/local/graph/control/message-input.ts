import { z } from 'zod';
import { previewOf } from '../message-defaults.ts';
import type { NewMessage, Recipient } from '../model.ts';

/** `a@b.example`, `{address, name?}`, or Graph's `{emailAddress: {address, name?}}`. */
const person = z
  .union([
    z.string().transform((address) => ({ address, name: address })),
    z.object({ address: z.string(), name: z.string().optional() }),
    z
      .object({ emailAddress: z.object({ address: z.string(), name: z.string().optional() }) })
      .transform(({ emailAddress }) => emailAddress),
  ])
  .transform(({ address, name }): Recipient => ({ emailAddress: { address, name: name ?? address } }));
const people = z.union([z.array(person), person.transform((one) => [one])]);

const when = z.iso.datetime({ offset: true });
const stamp = z.object({ dateTime: z.string(), timeZone: z.string() });
const flag = z.union([
  z.enum(['notFlagged', 'flagged', 'complete']).transform((flagStatus) => ({ flagStatus })),
  z.object({
    flagStatus: z.enum(['notFlagged', 'flagged', 'complete']),
    startDateTime: stamp.optional(),
    dueDateTime: stamp.optional(),
    completedDateTime: stamp.optional(),
  }),
]);

/** The members of a message as control takes them, for making and for changing. Importance may be any word: readers must bear new ones. */
export const messageMembers = z.strictObject({
  subject: z.string().optional(),
  from: person.optional(),
  to: people.optional(),
  cc: people.optional(),
  bcc: people.optional(),
  toRecipients: people.optional(),
  ccRecipients: people.optional(),
  body: z.union([z.string(), z.object({ contentType: z.enum(['html', 'text']), content: z.string() })]).optional(),
  contentType: z.enum(['html', 'text']).optional(),
  receivedDateTime: when.optional(),
  sentDateTime: when.optional(),
  isRead: z.boolean().optional(),
  isDraft: z.boolean().optional(),
  importance: z.string().optional(),
  inferenceClassification: z.string().optional(),
  categories: z.array(z.string()).optional(),
  flag: flag.optional(),
  conversationId: z.string().optional(),
  hasAttachments: z.boolean().optional(),
  internetMessageId: z.string().optional(),
  /** `#microsoft.graph.eventMessageRequest` and the like. */
  odataType: z.string().optional(),
  meetingMessageType: z.string().optional(),
});
type Members = z.infer<typeof messageMembers>;

const PLAIN = [
  'subject',
  'isRead',
  'isDraft',
  'importance',
  'inferenceClassification',
  'categories',
  'flag',
  'conversationId',
  'hasAttachments',
  'internetMessageId',
  'odataType',
  'meetingMessageType',
] as const satisfies readonly (keyof Members)[];

function pick<K extends keyof Members>(members: Members, names: readonly K[]): Partial<Pick<Members, K>> {
  const picked: Partial<Pick<Members, K>> = {};
  for (const name of names) picked[name] = members[name];
  return picked;
}

/** In the store's terms; what was not given is not in it. */
export function toFields(members: Members): NewMessage {
  const { from, to, cc, bcc, toRecipients, ccRecipients, body, contentType, receivedDateTime, sentDateTime } = members;
  const content = typeof body === 'string' ? { contentType: contentType ?? 'text', content: body } : body;
  const all = {
    ...pick(members, PLAIN),
    from,
    sender: from,
    toRecipients: toRecipients ?? to,
    ccRecipients: ccRecipients ?? cc,
    bccRecipients: bcc,
    body: content,
    bodyPreview: content === undefined ? undefined : previewOf(content),
    receivedMs: receivedDateTime === undefined ? undefined : Date.parse(receivedDateTime),
    sentMs: sentDateTime === undefined ? undefined : Date.parse(sentDateTime),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
