import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FolderPath, FoundFile, Refused } from './item.ts';

/** Folders within folders: the tenant takes 30, and a mailbox in the lowest is one more. */
const DEEPEST = 29;

/** A folder on the way down; `lineage` = it and all above it, by their real paths. */
interface Place {
  readonly path: string;
  readonly name: string;
  readonly folders: FolderPath;
  readonly lineage: readonly string[];
}

/** All files of what is given, in order of name; a folder with everything below it. What cannot be read is told by name. */
export async function* findFiles(path: string): AsyncIterable<FoundFile | Refused> {
  const kind = await kindOf(path);
  if (kind === 'file') yield { path, name: basename(path), folders: [] };
  else if (kind === 'folder') yield* below({ path, name: basename(path), folders: [], lineage: [] });
  else yield { name: path, reason: kind };
}

async function* below(place: Place): AsyncIterable<FoundFile | Refused> {
  const { path, name, folders, lineage } = place;
  const read = await readFolder(place);
  if (typeof read === 'string') {
    yield { name, reason: read };
    return;
  }
  for (const entry of read.entries) {
    const [child, childName] = [join(path, entry), `${name}/${entry}`];
    const kind = await kindOf(child);
    if (kind === 'file') yield { path: child, name: childName, folders };
    else if (kind === 'folder') {
      // `Name.mbox` and `Name.sbd` are how Apple Mail and Thunderbird call the folders of a mailbox.
      const within = [...folders, entry.replace(/\.(mbox|sbd)$/i, '')];
      yield* below({ path: child, name: childName, folders: within, lineage: [...lineage, read.real] });
    } else yield { name: childName, reason: kind };
  }
}

/** Its real path and its entries in order of name, or why it is not gone into. */
async function readFolder({ path, folders, lineage }: Place): Promise<{ real: string; entries: string[] } | string> {
  try {
    const real = await realpath(path);
    if (lineage.includes(real)) return 'It leads back to a folder that it lies in.';
    if (folders.length > DEEPEST) return `It lies more than ${DEEPEST} folders deep.`;
    return { real, entries: (await readdir(path)).toSorted() };
  } catch (error) {
    return reasonOf(error);
  }
}

/** `file`, `folder`, or why it is neither. */
async function kindOf(path: string): Promise<string> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'It is neither a file nor a folder.';
  } catch (error) {
    return reasonOf(error);
  }
}

const reasonOf = (error: unknown): string =>
  `It cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}.`;
