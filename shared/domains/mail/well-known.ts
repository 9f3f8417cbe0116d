import { z } from 'zod';
import type { Json } from '../../lib/json.ts';
import type { Source } from '../../engine/ports.ts';

/** Well-known folders that matter here; v1.0 answers carry no such name, so each is asked for by it. [graph-facts 10] */
const names = [
  'msgfolderroot',
  'inbox',
  'sentitems',
  'drafts',
  'deleteditems',
  'junkemail',
  'archive',
  'outbox',
  'conversationhistory',
  'syncissues',
  'searchfolders',
] as const;
export type WellKnownName = (typeof names)[number];

const notesSchema = z.object({ wellKnown: z.partialRecord(z.enum(names), z.string()) });

/** Folder ids by well-known name, as noted in the head. */
export type WellKnown = Partial<Record<WellKnownName, string>>;

/** What the domain noted about folders; null = nothing yet. */
export function readNotes(notes: Json): WellKnown | null {
  const parsed = notesSchema.safeParse(notes);
  return parsed.success ? (parsed.data.wellKnown satisfies WellKnown) : null;
}

export const wellKnownNames: readonly string[] = names;

const identified = z.object({ id: z.string() });

/** Asks the mailbox for its well-known folders. A folder that it does not have is left out; any other failure is thrown. */
export async function askWellKnown(source: Source): Promise<Json> {
  const answers = await source.getMany(names.map((name) => `/me/mailFolders/${name}?$select=id`));
  const found: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const answer = answers[index];
    if (answer?.outcome === 'found') found[name] = identified.parse(answer.raw).id;
    if (answer?.outcome === 'failed') throw answer.error;
  }
  return { wellKnown: found };
}

/** The well-known name of a folder, or null. */
export function wellKnownNameOf(wellKnown: WellKnown, folderId: string): string | null {
  return Object.entries(wellKnown).find(([, id]) => id === folderId)?.[0] ?? null;
}
