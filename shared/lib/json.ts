import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** An object of plain JSON values. */
export type Fields = Readonly<Record<string, Json>>;

export const jsonSchema: z.ZodType<Json> = z.json();
export const fieldsSchema: z.ZodType<Fields> = z.record(z.string(), jsonSchema);

/** Equal as JSON values, whatever the order of members. */
export const sameJson = (left: Json | undefined, right: Json | undefined): boolean => isDeepStrictEqual(left, right);

/** The text parsed, or undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
