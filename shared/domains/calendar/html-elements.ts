const voids = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
/** What is between their tags is no HTML. */
const raw = new Set(['script', 'style', 'title', 'textarea']);

/** An element, by where it stands in the text: its tag begins at `start`, its content lies from `from` to `to`. */
export interface Element {
  readonly name: string;
  readonly parent: Element | null;
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

interface Open extends Element {
  readonly parent: Open | null;
  to: number;
  end: number;
}

/**
 * The elements of an HTML text, parents before their children; the first is the text itself. Forgiving: an element that is
 * never closed ends with its parent, an end tag of nothing is skipped. Takes time in proportion to the text, whatever it is.
 */
export function elementsOf(html: string): readonly Element[] {
  const root: Open = { name: '', parent: null, start: 0, from: 0, to: html.length, end: html.length };
  const found = [root];
  const stack = [root];
  const open = new Map<string, number>();
  const count = (name: string, by: number): void => void open.set(name, (open.get(name) ?? 0) + by);
  for (const tag of tagsOf(html)) {
    if (!tag.closes) {
      const parent = stack.at(-1) ?? root;
      const element: Open = { name: tag.name, parent, start: tag.start, from: tag.end, to: tag.end, end: tag.end };
      found.push(element);
      if (tag.empty) continue;
      element.to = element.end = html.length;
      stack.push(element);
      count(tag.name, 1);
      continue;
    }
    while ((open.get(tag.name) ?? 0) > 0) {
      const element = stack.pop();
      if (element === undefined) break;
      count(element.name, -1);
      element.to = tag.start;
      element.end = element.name === tag.name ? tag.end : tag.start;
      if (element.name === tag.name) break;
    }
  }
  return found;
}

interface Tag {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly closes: boolean;
  readonly empty: boolean;
}

function* tagsOf(html: string): Generator<Tag> {
  for (let at = html.indexOf('<'); at !== -1;) {
    const tag = tagAt(html, at);
    if (tag.name !== '') yield tag;
    // The rest of such an element is skipped to its end tag.
    const next = raw.has(tag.name) && !tag.closes ? endOfRaw(html, tag) : tag.end;
    at = html.indexOf('<', next);
  }
}

/** The tag that begins here; without a name where it is a comment, a declaration or a mere `<`. */
function tagAt(html: string, start: number): Tag {
  const nothing = { name: '', start, closes: false, empty: true };
  if (html.startsWith('<!--', start)) return { ...nothing, end: after(html, '-->', start + 4) };
  if (html[start + 1] === '!' || html[start + 1] === '?') return { ...nothing, end: after(html, '>', start) };
  const [, slash = '', name = ''] = /^<(\/?)([a-zA-Z][^\s/<>]{0,40})/.exec(html.slice(start, start + 44)) ?? [];
  if (name === '') return { ...nothing, end: start + 1 };
  const end = endOfTag(html, start + 1 + slash.length + name.length);
  const lower = name.toLowerCase();
  return { name: lower, start, end, closes: slash !== '', empty: voids.has(lower) || html[end - 2] === '/' };
}

/** Where the tag ends, past quoted values of its attributes. */
function endOfTag(html: string, from: number): number {
  let quote = '';
  for (let at = from; at < html.length; at += 1) {
    const character = html.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '>') return at + 1;
    else if (character === '"' || character === "'") quote = html[at - 1] === '=' ? character : '';
  }
  return html.length;
}

function endOfRaw(html: string, tag: Tag): number {
  const end = new RegExp(`</${tag.name}`, 'gi');
  end.lastIndex = tag.end;
  return end.exec(html)?.index ?? html.length;
}

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at === -1 ? html.length : at + mark.length;
}
