import { decodeEntities } from './html-text.ts';

/** Where Teams meetings are joined: the public cloud old and new, personal accounts, GCC High, DoD, China. */
const hosts = new Set([
  'teams.microsoft.com',
  'teams.cloud.microsoft',
  'teams.live.com',
  'gov.teams.microsoft.us',
  'dod.teams.microsoft.us',
  'teams.microsoftonline.cn',
]);

/** Links that scanners of mail put in the place of others. */
const wrappers = /(^|\.)safelinks\.protection\.(outlook\.com|office365\.us|partner\.outlook\.cn)$/;

/** A link as it stands in a text, and the Teams link that it is or holds. */
export interface FoundLink {
  readonly from: number;
  readonly to: number;
  /** The link itself, with its characters resolved. */
  readonly link: string;
  readonly joinUrl: string;
}

/** All links of a text or HTML that join a Teams meeting, also those that Safe Links wrapped, in their order. */
export function joinLinksIn(text: string): readonly FoundLink[] {
  const found: FoundLink[] = [];
  for (const match of text.matchAll(/https:\/\/[^\s"'<>\\]{4,4000}/gi)) {
    const link = trimmed(decodeEntities(match[0]));
    const joinUrl = readJoinUrl(link);
    if (joinUrl !== null) found.push({ from: match.index, to: match.index + match[0].length, link, joinUrl });
  }
  return found;
}

/** The Teams join link that this one is or wraps, as Teams wrote it; null where it is another link or none. */
export function readJoinUrl(link: string): string | null {
  let text = trimmed(link);
  for (let layer = 0; layer < 4; layer += 1) {
    if (!URL.canParse(text)) return null;
    const url = new URL(text);
    if (!wrappers.test(url.hostname)) return url.protocol === 'https:' && joins(url) ? text : null;
    text = trimmed(url.searchParams.get('url') ?? '');
  }
  return null;
}

/** Without what follows a link in a sentence. */
const trimmed = (text: string): string => (/^[^\s"'<>]*/.exec(text.trim())?.[0] ?? '').replace(/[).,;:\]!]+$/, '');

function joins(url: URL): boolean {
  if (!hosts.has(url.hostname)) return false;
  const path = /^\/(l\/meetup-join|meet)\/./i;
  return path.test(url.pathname) || path.test(url.hash.slice(1));
}
