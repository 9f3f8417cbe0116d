import { elementsOf, type Element } from './html-elements.ts';
import { textToHtml, wordsOf } from './html-text.ts';
import { joinLinksIn, readJoinUrl, type FoundLink } from './teams-links.ts';

/** The body of an event as Graph takes it. */
export interface EventBody {
  readonly contentType: 'text' | 'html';
  readonly content: string;
}

/** What Graph says of the online meeting of an event. */
export interface OnlineMeeting {
  readonly isOnline: boolean;
  /** The link by which it is joined; null where it is not known. */
  readonly joinUrl: string | null;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface PlacedLink extends FoundLink {
  /** The join block that it stands in, from ruler to ruler; null where no rulers tell one. */
  readonly ruled: Span | null;
}

/**
 * The body to send when an application writes a new one: with the join block of the body that Graph holds, for without it an
 * online meeting loses its link, and people the numbers to dial. A body that has this block already goes as it is: the very link
 * and the words around it, for Exchange writes markup anew. Where no rulers tell the block the link alone is kept, and that of an
 * online meeting only: other events may name meetings in their text. Doing it twice changes nothing. [graph-facts 7.4, peers 18]
 */
export function keepTeamsBlock(held: EventBody, wanted: EventBody, meeting: OnlineMeeting): EventBody {
  const link = ownLinkIn(held.content, meeting);
  if (link === undefined || holdsBlock(wanted.content, held.content, link)) return wanted;
  const { from, to } = held.contentType === 'html' ? htmlBlock(held.content, link) : textBlock(held.content, link);
  const kept = held.content.slice(from, to);
  const isText = held.contentType === 'text' && wanted.contentType === 'text';
  const block = isText || held.contentType === 'html' ? kept : `<div>${linked(kept)}</div>`;
  // Added before, be it to markup that is not closed, whose words cannot be told.
  if (`${wanted.content}\r\n`.includes(`\r\n${block}\r\n`)) return wanted;
  if (isText) return { ...wanted, content: `${wanted.content}\r\n\r\n${block}` };
  // A join block of HTML stays what Outlook made it, and text becomes HTML.
  const content = wanted.contentType === 'html' ? wanted.content : `<div>${textToHtml(wanted.content)}</div>`;
  return { contentType: 'html', content: appended(content, block) };
}

/** The link of the meeting itself, or else any: best in a block, and the last, for Outlook puts its block below the text. */
function ownLinkIn(content: string, { isOnline, joinUrl }: OnlineMeeting): PlacedLink | undefined {
  const links = placedLinksIn(content);
  const own = readJoinUrl(joinUrl ?? '')?.toLowerCase();
  const same = links.filter((link) => link.joinUrl.toLowerCase() === own);
  const found = same.length > 0 ? same : links;
  return found.findLast(({ ruled }) => ruled !== null) ?? (isOnline ? found.at(-1) : undefined);
}

/** Lines of underscores begin and end a join block in every language. */
function placedLinksIn(content: string): readonly PlacedLink[] {
  const rulers = [...content.matchAll(/_{20,}/g)];
  let next = 0;
  return joinLinksIn(content).map((link) => {
    while ((rulers[next]?.index ?? Infinity) < link.from) next += 1;
    const [before, after] = [rulers[next - 1], rulers[next]];
    const isRuled = before !== undefined && after !== undefined;
    return { ...link, ruled: isRuled ? { from: before.index, to: after.index + after[0].length } : null };
  });
}

function holdsBlock(wanted: string, held: string, { link, ruled }: PlacedLink): boolean {
  if (!joinLinksIn(wanted).some((each) => each.link === link)) return false;
  return ruled === null || wordsOf(wanted).includes(wordsOf(held.slice(ruled.from, ruled.to)));
}

/** Before the end of the body, where the text has one. */
function appended(html: string, block: string): string {
  const end = [...html.matchAll(/<\/body\b/gi)].at(-1)?.index ?? [...html.matchAll(/<\/html\b/gi)].at(-1)?.index;
  const at = end ?? html.length;
  return `${html.slice(0, at)}\r\n${block}\r\n${html.slice(at)}`;
}

/** Text as HTML, its links to be followed. */
const linked = (text: string): string =>
  text
    .split(/(https:\/\/[^\s"'<>]*[^\s"'<>).,;])/i)
    .map(textToHtml)
    .map((part, index) => (index % 2 === 0 ? part : `<a href="${part}">${part}</a>`))
    .join('');

/** Of a text: from ruler to ruler; without rulers the line of the link. */
function textBlock(content: string, { from, to, ruled }: PlacedLink): Span {
  const left = content.slice(to).search(/[\r\n]/);
  return ruled ?? { from: content.lastIndexOf('\n', from) + 1, to: left === -1 ? content.length : to + left };
}

/** Of HTML: the elements from ruler to ruler, whole; without rulers what holds the link and nothing else. */
function htmlBlock(content: string, { from, to, ruled }: PlacedLink): Span {
  const elements = elementsOf(content);
  if (ruled === null) return loneLink(content, elements, { from, to });
  const holder = elements.findLast((each) => each.from <= ruled.from && each.to >= ruled.to) ?? null;
  const children = elements.filter(({ parent }) => parent === holder);
  const edge = (position: number): Element | undefined =>
    children.find(({ start, end }) => start <= position && end > position);
  const start = edge(ruled.from)?.start ?? ruled.from;
  const end = edge(ruled.to - 1)?.end ?? ruled.to;
  return widened(content, holder, { from: start, to: end });
}

function loneLink(content: string, elements: readonly Element[], link: Span): Span {
  const holder = elements.findLast(({ start, end }) => start <= link.from && end >= link.to) ?? null;
  const isInTag = holder !== null && !outside(holder) && link.from < holder.from;
  return isInTag
    ? widened(content, holder.parent, { from: holder.start, to: holder.end })
    : widened(content, holder, link);
}

const outside = (element: Element): boolean => ['', 'html', 'body'].includes(element.name);

/** With the elements around it that hold nothing else, for their looks; at most a few, as Outlook nests them. */
function widened(content: string, holder: Element | null, span: Span): Span {
  let [around, wide]: [Element | null, Span] = [holder, span];
  for (let layer = 0; layer < 5 && around !== null && !outside(around); layer += 1) {
    const rest = content.slice(around.from, wide.from) + content.slice(wide.to, around.to);
    if (wordsOf(rest) !== '') break;
    wide = { from: around.start, to: around.end };
    around = around.parent;
  }
  return wide;
}
