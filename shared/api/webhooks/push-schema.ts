import { z } from 'zod';

const address = z.string().trim().min(3).max(320);

/** Most items that a push trigger names; a wake-up remembers no more. */
const MOST_IDS = 20;

const members = z.strictObject({
  connectionId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is no id of this service')
    .optional(),
  emailAddress: address.optional(),
  userPrincipalName: address.optional(),
  domain: z.string().min(1).max(40).default('mail'),
  maxMessages: z.number().int().min(1).optional(),
  messageIds: z.array(z.string().min(1).max(1_000)).min(1).max(MOST_IDS).optional(),
});

/** The body of `POST /webhooks/push`; strict, so that a misspelt member is told and not passed over. */
export const pushBody = members.superRefine((body, context) => {
  const named = [body.connectionId, body.emailAddress, body.userPrincipalName].filter((one) => one !== undefined);
  if (named.length === 1) return;
  context.addIssue({ code: 'custom', message: 'needs exactly one of connectionId, emailAddress, userPrincipalName' });
});
export type PushBody = z.output<typeof pushBody>;

/** The answer: whose rounds are promised. */
export const pushAnswer = z.object({
  domain: z.string(),
  connections: z.array(z.object({ connectionId: z.string(), status: z.string() })),
});
