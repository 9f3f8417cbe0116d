import { z } from 'zod';
import { invalidRequest, badRequest } from '../errors.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../http.ts';
import { messageOf, originOf } from '../lookup.ts';
import type { Message, NewMessage, Recipient } from '../model.ts';
import { jsonBody, readMessage } from './message-input.ts';
import { needs } from './needs.ts';

/** `sendMail` and `messages/{id}/send`. Mail to somebody of this tenant arrives in that inbox. */
export function mountSending(graph: GraphRoutes): void {
  graph.onMailbox('POST', '/sendMail', needs.mail.send, sendMail);
  graph.onMailbox('POST', '/messages/{message}/send', needs.mail.send, sendDraft);
}

const sendBody = z.object({ message: z.record(z.string(), z.unknown()), saveToSentItems: z.boolean().default(true) });

function sendMail(context: MailboxContext): Reply {
  const json = jsonBody(context.req);
  const body = Object.entries(json).map(([name, value]) => [name.slice(0, 1).toLowerCase() + name.slice(1), value]);
  const parsed = sendBody.safeParse(Object.fromEntries(body));
  if (!parsed.success) throw badRequest('The parameter Message is missing.');
  const { mailbox, user } = context;
  const own = { emailAddress: { name: user.displayName, address: user.userPrincipalName } };
  const input = { from: own, sender: own, ...readMessage(parsed.data.message), isDraft: false };
  if (recipientsOf(input).length === 0) throw noRecipients();
  if (parsed.data.saveToSentItems) {
    const sent = mailbox.create(mailbox.folders.builtIn('sentitems'), { ...input, isRead: true }, originOf(context));
    deliver(context, { ...input, internetMessageId: sent.internetMessageId });
  } else {
    deliver(context, input);
  }
  return { status: 202 };
}

function sendDraft(context: MailboxContext): Reply {
  const { mailbox, tenant } = context;
  const draft = messageOf(context);
  if (!draft.isDraft) throw invalidRequest('The message is not a draft.');
  if (recipientsOf(draft).length === 0) throw noRecipients();
  const now = Math.floor(tenant.clock.ms() / 1000) * 1000;
  mailbox.update(draft, { isDraft: false, isRead: true, sentMs: now, receivedMs: now }, originOf(context));
  mailbox.move(draft, mailbox.folders.builtIn('sentitems'), originOf(context));
  deliver(context, contentOf(draft));
  return { status: 202 };
}

function noRecipients(): Error {
  return invalidRequest('At least one recipient is not valid., Recipient is not resolved.');
}

function recipientsOf(message: NewMessage): Recipient[] {
  return [message.toRecipients, message.ccRecipients, message.bccRecipients].flatMap((list) => list ?? []);
}

function contentOf(message: Message): NewMessage {
  const { subject, body, bodyPreview, from, sender, toRecipients, ccRecipients, replyTo, importance } = message;
  const { hasAttachments, internetMessageId, internetMessageHeaders, bccRecipients } = message;
  const head = { subject, body, bodyPreview, from, sender, toRecipients, ccRecipients, bccRecipients, replyTo };
  return { ...head, importance, hasAttachments, internetMessageId, internetMessageHeaders };
}

function deliver(context: MailboxContext, input: NewMessage): void {
  const reached = new Set(recipientsOf(input).map((recipient) => recipient.emailAddress.address.toLowerCase()));
  for (const address of reached) {
    const user = context.tenant.user(address);
    if (user === undefined) continue;
    const mailbox = context.tenant.mailbox(user);
    const arrived = { ...input, bccRecipients: [], isDraft: false, isRead: false, categories: [], extended: [] };
    mailbox.create(mailbox.folders.builtIn('inbox'), arrived, originOf(context));
  }
}
