import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { readEml } from './eml.ts';
import { readIcs } from './ics.ts';
import type { FileReader, FoundFile } from './item.ts';
import { readMbox } from './mbox.ts';
import { readVcf } from './vcf.ts';

/** Kinds of files by extension. Another kind is one more line here, and a reader that yields its items. */
const readers: Readonly<Record<string, FileReader>> = {
  '.eml': readEml,
  '.mbox': readMbox,
  '.mbx': readMbox,
  '.vcf': readVcf,
  '.vcard': readVcf,
  '.ics': readIcs,
  '.ical': readIcs,
};

export const readable = Object.keys(readers);

/** The reader of a file; null = nobody reads this kind. Mail programs leave the extension of their mailboxes away. */
export async function readerOf(file: FoundFile): Promise<FileReader | null> {
  const extension = extname(file.path).toLowerCase();
  if (extension !== '') return readers[extension] ?? null;
  return (await beginsWithFrom(file.path)) ? readMbox : null;
}

async function beginsWithFrom(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(5), 0, 5, 0);
    return bytesRead === 5 && buffer.toString('latin1') === 'From ';
  } finally {
    await handle.close();
  }
}
