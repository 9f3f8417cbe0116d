import { z } from 'zod';
import type { Json } from '../../lib/json.ts';

const notesSchema = z.object({
  /** The folder that no list names, once an item of it was seen. */
  defaultFolderId: z.string().optional(),
  /** The folders that hold folders, as their own delta names them, each as a hash: a deleted one lies in another. */
  places: z.array(z.string()).optional(),
  /** The country that numbers without `+` are read by, as the settings say. */
  region: z.string().optional(),
});

/** What the domain noted in the head. */
export type ContactNotes = z.output<typeof notesSchema>;

/** The notes as they stand; empty ones before there are any. */
export const readNotes = (notes: Json): ContactNotes => notesSchema.safeParse(notes).data ?? {};

/** A head's notes. */
export function toNotes({ defaultFolderId, places, region }: ContactNotes): Json {
  return {
    ...(defaultFolderId === undefined ? {} : { defaultFolderId }),
    ...(places === undefined ? {} : { places }),
    ...(region === undefined ? {} : { region }),
  };
}
