import type { z } from 'zod';

/** Words for what is not there, for a schema's `error` parameter: zod's own say that `undefined` was received. */
export const sayMissing: z.core.$ZodErrorMap = (issue) =>
  issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')
    ? 'is missing'
    : undefined;
