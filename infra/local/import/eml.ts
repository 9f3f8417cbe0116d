import { readFile } from 'node:fs/promises';
import { placeOf } from './folders.ts';
import type { FoundFile, ImportItem } from './item.ts';

/** One message a file. Its folders are those that it lies in, below what was given. */
export async function* readEml(file: FoundFile): AsyncIterable<ImportItem> {
  yield { name: file.name, content: asLines(await readFile(file.path)), folder: placeOf(file.folders) };
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The message as mail is written: without the mark that editors put before a text, and with line ends where a file has none but CR. */
function asLines(bytes: Buffer): Buffer {
  const content = bytes.subarray(0, BOM.length).equals(BOM) ? bytes.subarray(BOM.length) : bytes;
  if (content.includes('\n') || !content.includes('\r')) return content;
  return Buffer.from(content.toString('latin1').replaceAll('\r', '\r\n'), 'latin1');
}
