import { elementsOf, type Element } from './html-elements.ts';
import { decodeEntities, textToHtml } from './html-text.ts';
import { joinLinksIn, readJoinUrl, type FoundLink } from './teams-links.ts';

/** The body of an event as Graph takes it. */
export interface EventBody {
  readonly contentType: 'text' | 'html';
  readonly content: string;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The body to send when an application writes a new one to an online meeting: with the join block of the body that Graph
 * holds, for without it the meeting loses its link. A body that has that very link already goes as it is, and nothing is added
 * where there is no link to keep. Doing it twice changes nothing. `own` = the link by which the meeting itself is joined, as
 * Graph says it: text may name other meetings, too. [graph-facts 7.4, peers 18]
 */
export function keepTeamsBlock(held: EventBody, wanted: EventBody, own: string | null = null): EventBody {
  const link = ownLinkIn(joinLinksIn(held.content), own);
  if (link === undefined) return wanted;
  if (joinLinksIn(wanted.content).some((each) => each.link === link.link)) return wanted;
  const span = held.contentType === 'html' ? htmlBlock(held.content, link) : textBlock(held.content, link);
  const block = held.content.slice(span.from, span.to);
  if (held.contentType === 'text') {
    return wanted.contentType === 'text'
      ? { ...wanted, content: `${wanted.content}\r\n\r\n${block}` }
      : { ...wanted, content: appended(wanted.content, `<div>${linked(block)}</div>`) };
  }
  // A join block of HTML stays what Outlook made it, and text becomes HTML.
  const content = wanted.contentType === 'html' ? wanted.content : `<div>${textToHtml(wanted.content)}</div>`;
  return { contentType: 'html', content: appended(content, block) };
}

/** The link of the meeting itself; where none is that, the last: Outlook puts its block below the text. */
function ownLinkIn(links: readonly FoundLink[], own: string | null): FoundLink | undefined {
  const joinUrl = readJoinUrl(own ?? '')?.toLowerCase();
  return links.find((link) => link.joinUrl.toLowerCase() === joinUrl) ?? links.at(-1);
}

/** Before the end of the body, where the text has one. */
function appended(html: string, block: string): string {
  const end = [...html.matchAll(/<\/body\b/gi)].at(-1)?.index ?? [...html.matchAll(/<\/html\b/gi)].at(-1)?.index;
  const at = end ?? html.length;
  return `${html.slice(0, at)}\r\n${block}\r\n${html.slice(at)}`;
}

const linked = (text: string): string =>
  textToHtml(text).replace(/https:\/\/[^\s"'<>]+/gi, (url) => {
    const rest = /(?:&gt;|[).,;])+$/.exec(url)?.[0] ?? '';
    const link = url.slice(0, url.length - rest.length);
    return `<a href="${link}">${link}</a>${rest}`;
  });

/** Lines of underscores begin and end the block in every language. */
function rulers(content: string, at: number): { readonly before: Span | null; readonly after: Span | null } {
  let before: Span | null = null;
  for (const match of content.matchAll(/_{20,}/g)) {
    const span = { from: match.index, to: match.index + match[0].length };
    if (span.from > at) return { before, after: span };
    before = span;
  }
  return { before, after: null };
}

/** Of a text: from ruler to ruler; where one is missing, from the line of the link, or to the end. */
function textBlock(content: string, link: FoundLink): Span {
  const { before, after } = rulers(content, link.from);
  return { from: before?.from ?? content.lastIndexOf('\n', link.from) + 1, to: after?.to ?? content.length };
}

/** Of HTML: the elements from ruler to ruler, whole; without rulers the outermost element that holds the link. */
function htmlBlock(content: string, link: FoundLink): Span {
  const elements = elementsOf(content);
  const { before, after } = rulers(content, link.from);
  const ruled = { from: before?.from ?? link.from, to: after?.to ?? link.to };
  const holder = elements.findLast((each) => each.from <= ruled.from && each.to >= ruled.to) ?? elements[0];
  if (holder === undefined) return ruled;
  if (before === null && after === null) return outermost(holder) ?? ruled;
  const children = elements.filter(({ parent }) => parent === holder);
  const edge = (position: number): Element | undefined =>
    children.find(({ start, end }) => start <= position && end > position);
  const from = edge(ruled.from)?.start ?? ruled.from;
  const to = edge(ruled.to - 1)?.end ?? ruled.to;
  return widened(content, holder, { from, to });
}

const outside = (element: Element): boolean => ['', 'html', 'body'].includes(element.name);

function outermost(element: Element): Span | null {
  let top = element;
  while (top.parent !== null && !outside(top.parent)) top = top.parent;
  return outside(top) ? null : { from: top.start, to: top.end };
}

/** With the elements around it that hold nothing else, for their looks; at most a few, as Outlook nests them. */
function widened(content: string, holder: Element, span: Span): Span {
  let [around, wide]: [Element | null, Span] = [holder, span];
  for (let layer = 0; layer < 5 && around !== null && !outside(around); layer += 1) {
    const rest = content.slice(around.from, wide.from) + content.slice(wide.to, around.to);
    if (decodeEntities(rest.replace(/<[^<>]*>/g, '')).trim() !== '') break;
    wide = { from: around.start, to: around.end };
    around = around.parent;
  }
  return wide;
}
