import { decodeEntities } from './html-text.ts';
import { joinLinksIn, readJoinUrl } from './teams-links.ts';

/** How to join: by link, and by telephone with the conference id (digits alone) where the meeting has one. */
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
 * then the body: events from other mail systems and from personal accounts have it in the text alone. [graph-facts 7.1]
 */
export function teamsOf(event: TeamsSources): TeamsMeeting | null {
  const joinUrl = ownLink(event) ?? linkInText(event);
  if (joinUrl === null) return null;
  const stated = event.onlineMeeting?.conferenceId?.replace(/\D/g, '') ?? '';
  return { joinUrl, conferenceId: stated === '' ? conferenceIdIn(event.body ?? '') : stated };
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

function linkInText({ location, locations, body }: TeamsSources): string | null {
  const places = [location, ...(locations ?? [])].flatMap((place) => [place?.locationUri, place?.displayName]);
  for (const text of [...places, body]) {
    const [first] = joinLinksIn(text ?? '');
    if (first !== undefined) return first.joinUrl;
  }
  return null;
}

/**
 * The conference id in the invitation's text, whatever its language: what is dialled after the telephone number
 * (`tel:+1 323 555 0100,,291633251#`), or a number in groups of three that ends in `#` (`291 633 251#`).
 */
function conferenceIdIn(body: string): string | null {
  const text = decodeEntities(body).replaceAll('\u00a0', ' ');
  const dialled = /tel:[^"<>]{0,60}?,,\s?(\d{5,12})\b/i.exec(text)?.[1];
  if (dialled !== undefined) return dialled;
  const shown = /(?<!\d|\d )\d{3}(?: ?\d{3}){1,3} ?#/.exec(text)?.[0];
  return shown?.replace(/\D/g, '') ?? null;
}
