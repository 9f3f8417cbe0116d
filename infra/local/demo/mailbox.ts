import { z } from 'zod';
import { call } from './client.ts';

const user = z.object({ userPrincipalName: z.string(), password: z.string() });

/** What a mailbox is filled with; nothing of what is left out. */
export interface MailboxContents {
  readonly messages: number;
  readonly contacts?: number;
  readonly events?: number;
  /** Whose calendar is shared with it: somebody who is made with it. */
  readonly colleague?: string;
}

/** A mailbox with lifelike mail, contacts and half a year of events in the local tenant. */
export const createMailbox = (
  control: string,
  options: MailboxContents & { readonly name: string },
): Promise<z.output<typeof user>> =>
  call(user, `${control}/users`, {
    method: 'POST',
    body: {
      userPrincipalName: options.name,
      displayName: 'Ada Lovelace',
      password: 'demo',
      messages: options.messages,
      folders: 8,
      contacts: options.contacts ?? 0,
      events: options.events ?? 0,
      ...(options.colleague === undefined ? {} : { delegated: options.colleague }),
      seed: 7,
    },
  });

/** A message of the tenant, as it is compared with ours. */
export const truthMessage = z.object({
  id: z.string(),
  parentFolderId: z.string(),
  subject: z.string().nullish(),
  bodyPreview: z.string(),
  receivedDateTime: z.string(),
  isRead: z.boolean(),
  isDraft: z.boolean(),
  importance: z.string(),
  categories: z.array(z.string()),
  hasAttachments: z.boolean(),
  conversationId: z.string(),
  internetMessageId: z.string().nullish(),
  flag: z.object({ flagStatus: z.string() }),
  from: z.object({ emailAddress: z.object({ name: z.string().nullish(), address: z.string().nullish() }) }).nullish(),
  toRecipients: z.array(
    z.object({ emailAddress: z.object({ name: z.string().nullish(), address: z.string().nullish() }) }),
  ),
});
export type TruthMessage = z.output<typeof truthMessage>;

const snapshot = z.object({
  folders: z.array(z.object({ id: z.string(), displayName: z.string(), wellKnownName: z.string().nullable() })),
  messages: z.array(truthMessage),
});

/** What the tenant holds. */
export const readTruth = (control: string, upn: string): Promise<z.output<typeof snapshot>> =>
  call(snapshot, `${control}/users/${encodeURIComponent(upn)}/snapshot`);
