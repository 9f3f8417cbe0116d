import type { ByteString } from './text.ts';

/** One card of a file, its lines unfolded. `ended` false: the file ends before the card does. */
export interface RawCard {
  readonly lines: readonly ByteString[];
  readonly ended: boolean;
}

export interface CardFile {
  readonly cards: readonly RawCard[];
  /** Lines that belong to no card, empty ones not counted. */
  readonly strays: number;
}

/** Takes a file apart into its cards. A card within a card (2.1 has such agents) is left out. */
export function cardsOf(lines: readonly ByteString[]): CardFile {
  const cards: RawCard[] = [];
  let open: ByteString[] | undefined;
  let depth = 0;
  let strays = 0;
  for (const line of unfolded(lines)) {
    if (/^(?:[\w-]+\.)?BEGIN[ \t]*:[ \t]*VCARD[ \t]*$/i.test(line)) {
      depth += 1;
      open ??= [];
    } else if (open === undefined) {
      if (line.trim() !== '') strays += 1;
    } else if (/^(?:[\w-]+\.)?END[ \t]*:[ \t]*VCARD[ \t]*$/i.test(line)) {
      depth -= 1;
      if (depth > 0) continue;
      cards.push({ lines: open, ended: true });
      open = undefined;
    } else if (depth === 1 && line.trim() !== '') open.push(line);
  }
  if (open !== undefined) cards.push({ lines: open, ended: false });
  return { cards, strays };
}

const QUOTED = /^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE\b/i;
const BASE64 = /^[^:]*;(?:ENCODING=)?(?:BASE64|B)\b/i;

/**
 * Logical lines: what begins with a blank goes on the line before; so does what follows a soft break of quoted-printable,
 * and base64 that some programs write without the blank.
 */
function unfolded(lines: readonly ByteString[]): ByteString[] {
  const out: ByteString[] = [];
  for (const line of lines) {
    const last = out.at(-1) ?? '';
    const soft = QUOTED.test(last) && last.endsWith('=');
    const bare = BASE64.test(last) && line !== '' && /^[A-Za-z0-9+/]+={0,2}$/.test(line);
    if (out.length === 0 || !(soft || bare || /^[ \t]/.test(line))) out.push(line);
    else out[out.length - 1] = (soft ? last.slice(0, -1) : last) + (soft ? line : line.replace(/^[ \t]/, ''));
  }
  return out;
}
