import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FolderPath, FoundFile, Refused } from './item.ts';

/** All files of what is given, in order of name; a folder with everything below it. What cannot be read is told by name. */
export async function* findFiles(path: string): AsyncIterable<FoundFile | Refused> {
  const kind = await kindOf(path);
  if (kind === 'file') yield { path, name: basename(path), folders: [] };
  else if (kind === 'folder') yield* below(path, basename(path), []);
  else yield { name: path, reason: kind };
}

async function* below(path: string, name: string, folders: FolderPath): AsyncIterable<FoundFile | Refused> {
  const entries = await readdir(path).catch((error: unknown) => reasonOf(error));
  if (typeof entries === 'string') {
    yield { name, reason: entries };
    return;
  }
  for (const entry of entries.toSorted()) {
    const [child, childName] = [join(path, entry), `${name}/${entry}`];
    const kind = await kindOf(child);
    if (kind === 'file') yield { path: child, name: childName, folders };
    // `Name.mbox` and `Name.sbd` are how Apple Mail and Thunderbird call the folders of a mailbox.
    else if (kind === 'folder') yield* below(child, childName, [...folders, entry.replace(/\.(mbox|sbd)$/i, '')]);
    else yield { name: childName, reason: kind };
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
