/** One calendar of a file, or an event that stands outside of any, as lines that are no longer folded. */
export interface Block {
  readonly text: string;
  /** It ends where the file does, without saying so. */
  readonly cut: boolean;
}

/** Takes a file apart, so that what is broken in one calendar takes no other with it. */
export function blocksOf(text: string): Block[] {
  const unfolded = text.replaceAll(/\r\n?/g, '\n').replaceAll(/\n[ \t]/g, '');
  const blocks: Block[] = [];
  let open: { name: string; lines: string[] } | undefined;
  const close = (cut: boolean): void => {
    if (open !== undefined) blocks.push({ text: open.lines.join('\n'), cut });
    open = undefined;
  };
  for (const line of unfolded.split('\n')) {
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

function markOf(line: string): { begins?: string; ends?: string } {
  const [, word, kind] = /^(BEGIN|END):\s*(\S+)\s*$/i.exec(line) ?? [];
  if (word === undefined || kind === undefined) return {};
  return word.toUpperCase() === 'BEGIN' ? { begins: kind.toUpperCase() } : { ends: kind.toUpperCase() };
}
