import { textOf } from '../text.ts';
import type { ByteString } from '../text.ts';

/** One calendar of a file, or an event that stands outside of any, as lines that are no longer folded. */
export interface Block {
  readonly text: string;
  /** It ends where the file does, without saying so. */
  readonly cut: boolean;
}

/** Takes a file apart, so that what is broken in one calendar takes no other with it. */
export function blocksOf(lines: readonly ByteString[]): Block[] {
  const blocks: Block[] = [];
  let open: { name: string; lines: string[] } | undefined;
  const close = (cut: boolean): void => {
    if (open !== undefined) blocks.push({ text: open.lines.join('\n'), cut });
    open = undefined;
  };
  for (const line of unfolded(lines)) {
    const { begins, ends } = markOf(line);
    // A calendar within a calendar is one whose end was lost.
    if (begins === 'VCALENDAR' && open?.name === 'VCALENDAR') close(true);
    if (begins !== undefined) open ??= { name: begins, lines: [] };
    if (line.trim() !== '') open?.lines.push(line);
    if (ends !== undefined && ends === open?.name) close(false);
  }
  close(true);
  return blocks;
}

/** Whole lines of text. Folding may have parted the bytes of one letter, so nothing is read before they are together again. */
const unfolded = (lines: readonly ByteString[]): string[] =>
  lines
    .join('\n')
    .replaceAll(/\n[ \t]/g, '')
    .split('\n')
    .map((line) => textOf(line, undefined));

function markOf(line: string): { begins?: string; ends?: string } {
  const [, word, kind] = /^(BEGIN|END):\s*(\S+)\s*$/i.exec(line) ?? [];
  if (word === undefined || kind === undefined) return {};
  return word.toUpperCase() === 'BEGIN' ? { begins: kind.toUpperCase() } : { ends: kind.toUpperCase() };
}
