import { z } from 'zod';
import { hash } from '../../lib/hash.ts';
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

const notesSchema = z.object({
  wellKnown: z.partialRecord(z.enum(names), z.string()),
  /** The folders that there were when those that are missing were last asked for, as a hash of their ids. */
  among: z.string().optional(),
});

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
  const fail = (error: Error): never => {
    throw error;
  };
  return { wellKnown: await ask(source, names, fail) };
}

/**
 * Asks again for those that were missing, where other folders stand than when they were last asked for: some come to be when
 * they are first used (`archive`). Null where there is nothing to ask, or no answer: the next pass asks again.
 */
export async function askMissing(source: Source, notes: Json, folderIds: readonly string[]): Promise<Json> {
  const noted = notesSchema.safeParse(notes).data;
  if (noted === undefined) return null;
  const missing = names.filter((name) => noted.wellKnown[name] === undefined);
  const among = hash(folderIds.toSorted(), 16);
  if (missing.length === 0 || noted.among === among) return null;
  const found = await ask(source, missing, () => undefined);
  return found === undefined ? null : { wellKnown: { ...noted.wellKnown, ...found }, among };
}

/** What became of each name; where one could not be read, what `failed` answers. */
async function ask<T>(
  source: Source,
  asked: readonly WellKnownName[],
  failed: (error: Error) => T,
): Promise<Record<string, string> | T> {
  const answers = await source.getMany(asked.map((name) => `/me/mailFolders/${name}?$select=id`));
  const found: Record<string, string> = {};
  for (const [index, name] of asked.entries()) {
    const answer = answers[index];
    if (answer?.outcome === 'found') found[name] = identified.parse(answer.raw).id;
    if (answer?.outcome === 'failed') return failed(answer.error);
  }
  return found;
}

/** The well-known name of a folder, or null. */
export function wellKnownNameOf(wellKnown: WellKnown, folderId: string): string | null {
  return Object.entries(wellKnown).find(([, id]) => id === folderId)?.[0] ?? null;
}
