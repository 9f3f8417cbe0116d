import { z } from '@hono/zod-openapi';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem', {
    example: {
      ...{ type: 'urn:outlook-sync:problem:request_invalid', title: 'Bad Request', status: 400 },
      ...{ code: 'request_invalid', detail: 'The request has 1 fault' },
      requestId: '0f5e9c0e-7f0a-4b0e-9f59-0a4a6ad2d1de',
      errors: [{ path: 'query.limit', message: 'Too big: expected number to be <=200' }],
    },
  });

/** A refusal that tells more than others, by further members. */
export const problemWith = <T extends z.ZodRawShape>(description: string, members: T) =>
  ({ description, content: { 'application/problem+json': { schema: problemSchema.extend(members) } } }) as const;

/** A refusal, in words of its own. */
export const refusal = (description: string) =>
  ({ description, content: { 'application/problem+json': { schema: problemSchema } } }) as const;

/** What any request may be answered, and should not. */
export const unforeseen = {
  500: refusal('`internal`: nobody foresaw it; the logs have it by its `requestId`'),
} as const;

/** Refusals that any route may answer with. */
export const refusals = {
  400: refusal('The request has faults; all of them are listed in `errors`'),
  401: refusal('No API key, or one that is not known'),
  403: refusal('The key may not do this'),
  ...unforeseen,
  503: refusal('A part that this service stands on did not answer; see Retry-After'),
} as const;

export const missing = { 404: refusal('There is no such thing, or the key may not see it') } as const;
export const gone = {
  410: refusal('The cursor is older than the retention of the feed, or than the feed itself (`cursor_too_old`)'),
} as const;
export const conflict = { 409: refusal('It cannot be done in the state that things are in; `code` says why') } as const;
/** Of what is read from Microsoft 365 for the answer. */
export const rejected = { 502: refusal('`remote.rejected`: Microsoft 365 refused it') } as const;
export const badBody = {
  413: refusal('The body is over 1 MiB'),
  415: refusal('The body is not application/json'),
} as const;

/** A JSON answer. */
export const answer = <T extends z.ZodType>(description: string, schema: T) =>
  ({ description, content: { 'application/json': { schema } } }) as const;

/** A JSON body. */
export const jsonBody = <T extends z.ZodType>(schema: T) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;
