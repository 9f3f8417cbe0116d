import { z } from 'zod';
import { wellKnownNames } from './well-known.ts';

/** Ids are as they are, to the letter; well-known names are known in any case, and kept in small letters. */
const folderName = z
  .string()
  .min(1)
  .max(500)
  .transform((name) => (wellKnownNames.includes(name.toLowerCase()) ? name.toLowerCase() : name));

/** What a connection may set for mail. */
export const mailSettingsSchema = z.strictObject({
  /** Where mail is read: Microsoft Graph, or Outlook on the web. */
  source: z.enum(['graph', 'owa']).default('graph'),
  /** Folders that are synced, by Graph id or well-known name; `all` = everything below the root but what no person reads. */
  folders: z.union([z.literal('all'), z.array(folderName).min(1).max(500)]).default(['inbox', 'sentitems']),
});
export type MailSettings = z.output<typeof mailSettingsSchema>;

/** What a request may set: a source that is not offered is refused, and not passed over. */
export const mailSettingsRequest = mailSettingsSchema.refine(({ source }) => source === 'graph', {
  path: ['source'],
  error: 'is not offered here: mail is read by "graph"',
});
