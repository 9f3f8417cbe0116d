import { z } from 'zod';

/** Limits of the service, from its documentation. */
const MAX_VALUE_BYTES = 25 * 1024;
const MAX_CONTENT_TYPE = 255;
const MAX_TAGS = 15;
const MAX_TAG_LENGTH = 512;

const attributes = z.object({
  enabled: z.boolean().nullish(),
  nbf: z.number().nullish(),
  exp: z.number().nullish(),
});

const contentType = z
  .string()
  .max(MAX_CONTENT_TYPE, `The content type is longer than ${MAX_CONTENT_TYPE} characters.`)
  .nullish();

const tags = z
  .record(z.string().max(MAX_TAG_LENGTH), z.string().max(MAX_TAG_LENGTH))
  .refine((value) => Object.keys(value).length <= MAX_TAGS, `There are more than ${MAX_TAGS} tags.`)
  .nullish();

export const setBody = z.object({
  value: z
    .string({ error: 'The secret value is required.' })
    .refine(
      (value) => Buffer.byteLength(value) <= MAX_VALUE_BYTES,
      `The value is larger than ${MAX_VALUE_BYTES} bytes.`,
    ),
  contentType,
  tags,
  attributes: attributes.nullish(),
});

export const updateBody = z.object({ contentType, tags, attributes: attributes.nullish() });

export const restoreBody = z.object({ value: z.string() });

export const secretName = z.string().regex(/^[0-9a-zA-Z-]{1,127}$/);

export type SetBody = z.infer<typeof setBody>;
export type UpdateBody = z.infer<typeof updateBody>;

const version = z.object({
  version: z.string(),
  value: z.string(),
  contentType: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  enabled: z.boolean(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
  created: z.number(),
  updated: z.number(),
});

/** A secret with its versions, oldest first. Times are epoch seconds. */
const secret = z.object({ name: z.string(), versions: z.array(version).min(1) });

const deletedSecret = secret.extend({ deletedDate: z.number(), scheduledPurgeDate: z.number() });

/** What stands in the file and in a backup. */
export const vaultFile = z.object({ secrets: z.array(secret), deleted: z.array(deletedSecret) });
export const backupContent = secret;

export type Version = z.infer<typeof version>;
export type Secret = z.infer<typeof secret>;
export type DeletedSecret = z.infer<typeof deletedSecret>;
export type VaultFile = z.infer<typeof vaultFile>;
