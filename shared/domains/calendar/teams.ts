import { decodeEntities } from './html-text.ts';
import { joinLinksIn, readJoinUrl } from './teams-links.ts';

/** How to join: by link, and by telephone with the conference id where the meeting has one: as Graph gives it, else its digits. */
export interface TeamsMeeting {
  readonly joinUrl: string;
  readonly conferenceId: string | null;
}

interface Place {
  readonly displayName?: string | null | undefined;
  readonly locationUri?: string | null | undefined;
}

/** The members of an event that may hold its Teams link. */
export interface TeamsSources {
  readonly onlineMeeting?:
    | { readonly joinUrl?: string | null | undefined; readonly conferenceId?: string | null | undefined }
    | null
    | undefined;
  readonly onlineMeetingUrl?: string | null | undefined;
  readonly onlineMeetingProvider?: string | null | undefined;
  readonly location?: Place | null | undefined;
  readonly locations?: readonly Place[] | null | undefined;
  /** Text or HTML; where the body was not read, its preview. */
  readonly body?: string | null | undefined;
}

/**
 * The Teams meeting of an event, or null. The link is taken from `onlineMeeting`, then `onlineMeetingUrl`, then the locations,
 * then the body: events from other mail systems and from personal accounts have it in the text alone. So is the conference id,
 * wherever the link stands. [graph-facts 7.1]
 */
export function teamsOf(event: TeamsSources): TeamsMeeting | null {
  const joinUrl = ownLink(event) ?? linkInText(event);
  if (joinUrl === null) return null;
  const stated = event.onlineMeeting?.conferenceId?.trim().replace(/\s*#$/, '') ?? '';
  return { joinUrl, conferenceId: stated === '' ? idInTexts(event) : stated };
}

function ownLink({ onlineMeeting, onlineMeetingUrl, onlineMeetingProvider }: TeamsSources): string | null {
  const links = [onlineMeeting?.joinUrl, onlineMeetingUrl].filter((link) => link !== null && link !== undefined);
  for (const link of links) {
    const joinUrl = readJoinUrl(link);
    if (joinUrl !== null) return joinUrl;
  }
  // A host that Teams gets later: the event says itself that it is Teams.
  const isTeams = onlineMeetingProvider?.toLowerCase() === 'teamsforbusiness';
  return isTeams ? (links.find((link) => /^https:\/\/\S+$/i.test(link)) ?? null) : null;
}

const placesIn = ({ location, locations }: TeamsSources): readonly (string | null | undefined)[] =>
  [location, ...(locations ?? [])].flatMap((place) => [place?.locationUri, place?.displayName]);

function linkInText(event: TeamsSources): string | null {
  for (const text of [...placesIn(event), event.body]) {
    const [first] = joinLinksIn(text ?? '');
    if (first !== undefined) return first.joinUrl;
  }
  return null;
}

function idInTexts(event: TeamsSources): string | null {
  for (const text of [event.onlineMeetingUrl, ...placesIn(event), event.body]) {
    const id = conferenceIdIn(text ?? '');
    if (id !== null) return id;
  }
  return null;
}

/** What is dialled after the telephone number: `tel:+1 323 555 0100,,291633251#`. */
const dialled = /tel:[^"<>]{0,60}?,,\s?(\d{5,12})\b/i;
/** Where telephone numbers are looked up, for this conference: `https://dialin.teams.microsoft.com/...?id=291633251`. */
const lookedUp = /\bdialin\.teams\.microsoft\.(?:com|us)\/[^\s"'<>]{0,200}[?&]id=(\d{5,12})\b/i;
/** Behind its name, with a `#` or without: `Conference ID: 291 633 251`. A meeting id, or that of a video bridge, is another. */
const named =
  /(?<!\w|\b(?:video|vtc|cvi)[\s-])(?:conference|(?:telefon)?konferenz)[\s-]{1,4}id\s?:\s{0,9}(\d{5,12}|\d{3}(?: \d{3}){1,3}(?: \d{1,2}(?= ?#))?)(?!\w| \d{3})/i;
/** Whatever the language: a number in groups of three that ends in `#`, and stands alone. */
const shown = /(?<![\w/=&?.,-]|\d )(\d{3}(?: ?\d{3}){1,3}) ?#(?!\w)/;

/** The conference id in the text or HTML of an invitation, as its digits. */
function conferenceIdIn(body: string): string | null {
  const text = plain(body);
  // A number ends with its line or element; its name may stand in the one before.
  const words = plain(body.replace(/<[^<>]*>/g, '\n')).replace(/[^\S\n]+/g, ' ');
  const found = dialled.exec(text) ?? lookedUp.exec(text) ?? named.exec(words) ?? shown.exec(words);
  return found?.[1]?.replace(/\D/g, '') ?? null;
}

const plain = (text: string): string => decodeEntities(text).replaceAll('\u00a0', ' ');
