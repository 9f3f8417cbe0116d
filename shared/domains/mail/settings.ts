import { z } from 'zod';

/** What a connection may set for mail. */
export const mailSettingsSchema = z.strictObject({
  /** Where mail is read: Microsoft Graph, or Outlook on the web. */
  source: z.enum(['graph', 'owa']).default('graph'),
  /** Folders that are synced, by Graph id or well-known name; `all` = everything below the root but what no person reads. */
  folders: z
    .union([z.literal('all'), z.array(z.string().min(1).max(500)).min(1).max(500)])
    .default(['inbox', 'sentitems']),
});
export type MailSettings = z.output<typeof mailSettingsSchema>;
