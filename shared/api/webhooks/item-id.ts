import { z } from 'zod';

/** A Graph id that a request names. It ends up in an address, which takes whole letters alone. */
export const itemId = z
  .string()
  .min(1)
  .max(1_000)
  .refine((id) => id.isWellFormed(), 'has half a letter (a lone surrogate)');
