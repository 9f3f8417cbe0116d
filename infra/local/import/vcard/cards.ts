import type { ByteString } from '../text.ts';

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

const BEGIN = /^(?:[\w-]+\.)?BEGIN[ \t]*:[ \t]*VCARD[ \t]*$/i;
const END = /^(?:[\w-]+\.)?END[ \t]*:[ \t]*VCARD[ \t]*$/i;
const AGENT = /^(?:[\w-]+\.)?AGENT[^:]*:[ \t]*$/i;

/** Takes a file apart into its cards. A card within a card (2.1 has such agents) is left out. */
export function cardsOf(lines: readonly ByteString[]): CardFile {
  const cards: RawCard[] = [];
  let open: ByteString[] | undefined;
  let depth = 0;
  let strays = 0;
  let before = '';
  const close = (ended: boolean): void => {
    if (open !== undefined) cards.push({ lines: open, ended });
    open = undefined;
    depth = 0;
  };
  for (const line of unfolded(lines).filter((one) => one.trim() !== '')) {
    if (BEGIN.test(line)) {
      // Only an agent holds a card: any other that begins within one shows that the end of that was lost.
      if (!AGENT.test(before)) close(false);
      depth += 1;
      open ??= [];
    } else if (open === undefined) strays += 1;
    else if (END.test(line)) {
      if (depth === 1) close(true);
      else depth -= 1;
    } else if (depth === 1) open.push(line);
    before = line;
  }
  close(false);
  return { cards, strays };
}

const QUOTED = /^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE\b/i;
const BASE64 = /^[^:]*;(?:ENCODING=)?(?:BASE64|B)\b/i;
/** What is before the colon says how a value is written; so much of a line without one is looked at. */
const LONGEST_HEAD = 2_000;

/** A logical line, as it grows: of a photo in thousands of pieces each is looked at once. */
class LogicalLine {
  #head: ByteString;
  readonly #pieces: ByteString[];

  constructor(line: ByteString) {
    this.#head = line;
    this.#pieces = [line];
  }

  get text(): ByteString {
    return this.#pieces.join('');
  }

  /**
   * Takes a line that goes on this one: what begins with a blank does; so does what follows a soft break of quoted-printable,
   * and base64 that some programs write without the blank. False for any other.
   */
  takes(line: ByteString): boolean {
    const last = this.#pieces.at(-1) ?? '';
    const soft = last.endsWith('=') && QUOTED.test(this.#head);
    const bare = /^[A-Za-z0-9+/]+={0,2}$/.test(line) && BASE64.test(this.#head);
    if (!soft && !bare && !/^[ \t]/.test(line)) return false;
    if (soft) this.#pieces[this.#pieces.length - 1] = last.slice(0, -1);
    const piece = soft ? line : line.replace(/^[ \t]/, '');
    if (!this.#head.includes(':') && this.#head.length < LONGEST_HEAD) this.#head += piece;
    this.#pieces.push(piece);
    return true;
  }
}

function unfolded(lines: readonly ByteString[]): ByteString[] {
  const out: LogicalLine[] = [];
  for (const line of lines) if (out.at(-1)?.takes(line) !== true) out.push(new LogicalLine(line));
  return out.map(({ text }) => text);
}
