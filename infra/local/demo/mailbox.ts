import { z } from 'zod';
import { call } from './client.ts';

const user = z.object({ userPrincipalName: z.string(), password: z.string() });

/** A mailbox with lifelike mail and contacts in the local tenant. */
export const createMailbox = (
  control: string,
  options: { readonly name: string; readonly messages: number; readonly contacts?: number },
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
