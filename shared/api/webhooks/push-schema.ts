import { z } from 'zod';
import { itemId } from './item-id.ts';

const address = z.string().trim().min(3).max(320);

/** Most items that a push trigger names; a wake-up remembers no more. */
const MOST_IDS = 20;

const members = z.looseObject({
  connectionId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is no id of this service')
    .optional(),
  emailAddress: address.optional(),
  userPrincipalName: address.optional(),
  domain: z.string().min(1).max(40).default('mail'),
  maxMessages: z.number().int().optional(),
  messageIds: z.array(itemId).min(1).max(MOST_IDS).optional(),
});
const known = new Set(Object.keys(members.shape));

/** The body of `POST /webhooks/push`. Members that are not known are let through and named in the answer, as a misspelt hint is. */
export const pushBody = members.superRefine(({ connectionId, emailAddress, userPrincipalName }, context) => {
  const addressed = emailAddress !== undefined || userPrincipalName !== undefined;
  if ((connectionId !== undefined) !== addressed) return;
  context.addIssue({ code: 'custom', message: 'needs connectionId, or emailAddress, userPrincipalName or both' });
});
export type PushBody = z.output<typeof pushBody>;

/** Names of members that mean nothing here. */
export const passedOver = (body: PushBody): string[] => Object.keys(body).filter((name) => !known.has(name));

/** The answer: whose rounds are promised. */
export const pushAnswer = z.object({
  domain: z.string(),
  connections: z.array(z.object({ connectionId: z.string(), status: z.string() })),
  /** Members of the body that mean nothing here, and were passed over. */
  ignored: z.array(z.string()),
});
