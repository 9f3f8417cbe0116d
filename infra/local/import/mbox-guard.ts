/** What stood in a file before its first message. */
export interface Preamble {
  lines: number;
}

/** What editors put before a text, as bytes. */
const MARK = /^\u00ef\u00bb\u00bf/;
/** As ctime writes it, which is what nearly all programs write. */
const STRICT = /^From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d/i;
/** Something with a year and a time in it, after an empty line. */
const LOOSE = /^From .*(?:\d{4}.*\d\d:\d\d|\d\d:\d\d.*\d{4})/;
/** What stands under a `From ` line that begins a message. */
const HEADER = /^(?:[!-9;-~]+[ \t]*:|>From )/;

/**
 * Quotes the lines that begin with `From ` and begin no message, so that a reader which takes each of them for one does not
 * cut messages in two: many programs leave such lines as they are. Works line by line: a file may be larger than memory.
 */
export async function* guardMbox(source: AsyncIterable<Buffer>, preamble: Preamble): AsyncIterable<Buffer> {
  const lines = new LineGuard(preamble);
  let rest = '';
  for await (const chunk of source) {
    const parts = (rest + chunk.toString('latin1')).split('\n');
    rest = parts.pop() ?? '';
    const out = parts.map((line) => lines.take(line, '\n')).join('');
    if (out !== '') yield Buffer.from(out, 'latin1');
  }
  yield Buffer.from((rest === '' ? '' : lines.take(rest, '')) + lines.end(), 'latin1');
}

class LineGuard {
  readonly #preamble: Preamble;
  #first = true;
  #afterBlank = true;
  #begun = false;
  /** A `From ` line that may begin a message: the line under it decides. */
  #held: string | null = null;

  constructor(preamble: Preamble) {
    this.#preamble = preamble;
  }

  take(given: string, end: string): string {
    const line = this.#first ? given.replace(MARK, '') : given;
    this.#first = false;
    const before = this.#release(HEADER.test(line));
    const candidate = line.startsWith('From ');
    const begins = candidate && (STRICT.test(line) || (this.#afterBlank && LOOSE.test(line)));
    const blank = line.trim() === '';
    this.#afterBlank = blank;
    if (begins) {
      this.#held = line + end;
      return before;
    }
    if (!this.#begun && !blank) this.#preamble.lines += 1;
    // The reader takes one `>` away again, also of lines that were quoted by who wrote them.
    return `${before}${candidate ? '>' : ''}${line}${end}`;
  }

  end(): string {
    return this.#release(false);
  }

  #release(begins: boolean): string {
    const held = this.#held;
    this.#held = null;
    if (held === null) return '';
    if (begins) this.#begun = true;
    else if (!this.#begun) this.#preamble.lines += 1;
    return begins ? held : `>${held}`;
  }
}
