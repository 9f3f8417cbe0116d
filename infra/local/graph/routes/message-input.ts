import { z } from 'zod';
import { GraphError } from '../http.ts';
import { invalidRequest } from '../errors.ts';
import type { Req } from '../http.ts';
import type { ExtendedProperty, Message, MessagePatch } from '../model.ts';
import { previewOf } from '../message-defaults.ts';

const recipient = z
  .object({ emailAddress: z.object({ name: z.string().optional(), address: z.string() }) })
  .transform(({ emailAddress }) => ({
    emailAddress: { name: emailAddress.name ?? emailAddress.address, address: emailAddress.address },
  }));
const recipients = z.array(recipient);
const when = z.object({ dateTime: z.string(), timeZone: z.string() });
const orNothing = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const flag = z.object({
  flagStatus: z.enum(['notFlagged', 'flagged', 'complete']),
  startDateTime: orNothing(when),
  dueDateTime: orNothing(when),
  completedDateTime: orNothing(when),
});

/** The writable members of a message, as Graph takes them. Members that it does not know are refused by `checkMembers`. */
const messageBody = z.object({
  subject: z.string().nullish(),
  body: z
    .object({
      contentType: z
        .string()
        .toLowerCase()
        .pipe(z.enum(['html', 'text']))
        .default('text'),
      content: z.string(),
    })
    .nullish(),
  from: recipient.optional(),
  sender: recipient.optional(),
  toRecipients: recipients.optional(),
  ccRecipients: recipients.optional(),
  bccRecipients: recipients.optional(),
  replyTo: recipients.optional(),
  isRead: z.boolean().optional(),
  importance: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['low', 'normal', 'high']))
    .optional(),
  inferenceClassification: z.enum(['focused', 'other']).optional(),
  flag: flag.optional(),
  categories: z.array(z.string()).optional(),
  internetMessageId: z.string().optional(),
  internetMessageHeaders: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  isReadReceiptRequested: z.boolean().optional(),
  isDeliveryReceiptRequested: z.boolean().nullish(),
  singleValueExtendedProperties: z.array(z.object({ id: z.string(), value: z.string() })).optional(),
});
type MessageBody = z.infer<typeof messageBody>;

/** Writable on any message; the rest on drafts alone. */
const ALWAYS = new Set([
  'isRead',
  'categories',
  'flag',
  'importance',
  'inferenceClassification',
  'singleValueExtendedProperties',
  'multiValueExtendedProperties',
]);
const WRITABLE = new Set(Object.keys(messageBody.shape));
const IGNORED = new Set(['multiValueExtendedProperties', 'attachments']);

/** The JSON object of a request, or the 400 and 415 that Graph answers. */
export function jsonBody(req: Req): Record<string, unknown> {
  const type = req.headers['content-type'] ?? '';
  if (req.body.length === 0) throw new GraphError(400, 'BadRequest', 'Empty Payload. JSON content expected.');
  if (!/\bjson\b/i.test(type)) {
    throw new GraphError(
      415,
      'RequestBroker--UnsupportedMediaType',
      'The Content-Type header must be application/json.',
    );
  }
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(req.body.toString('utf8')));
    if (parsed.success) return parsed.data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new GraphError(
    400,
    'BadRequest',
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
  );
}

/** Reads a new draft or a patch into the store's terms. `message`: the one to be patched. */
export function readMessage(json: Record<string, unknown>, message?: Message): MessagePatch {
  for (const name of Object.keys(json)) checkMember(name, message);
  const parsed = messageBody.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.join('/') ?? '';
    throw new GraphError(400, 'ErrorPropertyValidationFailure', `At least one property failed validation: ${path}.`);
  }
  return toPatch(parsed.data, message);
}

function checkMember(name: string, message: Message | undefined): void {
  if (name.startsWith('@') || IGNORED.has(name)) return;
  if (!WRITABLE.has(name)) {
    if (message === undefined && ['id', 'isDraft', 'changeKey'].includes(name)) return;
    throw invalidRequest(`The property '${name}' cannot be set or does not exist on type 'microsoft.graph.message'.`);
  }
  if (message !== undefined && !message.isDraft && !ALWAYS.has(name)) {
    throw invalidRequest(`The property '${name}' can only be changed while the message is a draft.`);
  }
}

function toPatch(body: MessageBody, message: Message | undefined): MessagePatch {
  const { subject, body: content, flag: given, singleValueExtendedProperties: added, ...plain } = body;
  const patch: Record<string, unknown> = Object.fromEntries(
    Object.entries(plain).filter(([, value]) => value !== undefined),
  );
  if (subject !== undefined) patch['subject'] = subject ?? '';
  if (content !== undefined && content !== null)
    Object.assign(patch, { body: content, bodyPreview: previewOf(content) });
  if (given !== undefined) {
    patch['flag'] = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  }
  if (added !== undefined) patch['extended'] = merged(message?.extended ?? [], added);
  return patch;
}

function merged(present: readonly ExtendedProperty[], added: readonly ExtendedProperty[]): ExtendedProperty[] {
  const names = new Set(added.map((property) => property.id.toLowerCase()));
  return [...present.filter((property) => !names.has(property.id.toLowerCase())), ...added];
}
