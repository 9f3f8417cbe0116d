import { createReadStream } from 'node:fs';
import { basename, extname } from 'node:path';
import { Readable } from 'node:stream';
import { mboxReader, type MboxMessage } from 'mbox-reader';
import { placeByLabels, placeOf } from './folders.ts';
import type { FoundFile, ImportItem, Refused } from './item.ts';
import { guardMbox } from './mbox-guard.ts';

/**
 * An mbox, message by message. Where Gmail's labels stand they tell the folder; else it is named by the file, below the folders
 * that the file lies in.
 */
export async function* readMbox(file: FoundFile): AsyncIterable<ImportItem | Refused> {
  const preamble = { lines: 0 };
  const bytes = createReadStream(file.path);
  let count = 0;
  try {
    for await (const message of mboxReader(Readable.from(guardMbox(bytes, preamble), { objectMode: false }))) {
      count += 1;
      yield itemOf(file, message, `${file.name}#${count}`);
    }
  } finally {
    bytes.destroy();
  }
  if (preamble.lines > 0)
    yield { name: file.name, reason: `${preamble.lines} lines before the first message belong to none.` };
  if (count === 0 && preamble.lines === 0) yield { name: file.name, reason: 'The mailbox is empty.' };
}

/** Thunderbird's own state, as bits. */
const READ = 0x1;
const MARKED = 0x4;
const EXPUNGED = 0x8;

function itemOf(file: FoundFile, message: MboxMessage, name: string): ImportItem | Refused {
  const { content, flags, headers, labels, time } = message;
  const state = Number.parseInt(headers.get('x-mozilla-status')?.[0] ?? '0', 16);
  if ((state & EXPUNGED) !== 0 || flags.includes('\\Deleted'))
    return { name, reason: 'It was deleted in its mailbox, which was not compacted since.' };
  const arrivedAt = time !== false && isKept(time) ? { arrivedAt: time } : {};
  const common = { name, content, isDraft: flags.includes('\\Draft'), ...arrivedAt };
  if (labels.length > 0) {
    const placed = placeByLabels(labels);
    return { ...common, ...placed, isDraft: common.isDraft || placed.folder[0] === 'drafts' };
  }
  return {
    ...common,
    folder: placeOf([...file.folders, basename(file.path, extname(file.path))]),
    isRead: flags.includes('\\Seen') || (state & READ) !== 0,
    isFlagged: flags.includes('\\Flagged') || (state & MARKED) !== 0,
  };
}

/** The line before a message may say anything, and a mailbox keeps years of four digits. */
function isKept(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 0 && year <= 9999;
}
