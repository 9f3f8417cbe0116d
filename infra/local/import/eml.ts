import { readFile } from 'node:fs/promises';
import { placeOf } from './folders.ts';
import type { FoundFile, ImportItem } from './item.ts';

/** One message a file. Its folders are those that it lies in, below what was given. */
export async function* readEml(file: FoundFile): AsyncIterable<ImportItem> {
  yield { name: file.name, content: await readFile(file.path), folder: placeOf(file.folders) };
}
