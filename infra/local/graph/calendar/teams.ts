import { createHash } from 'node:crypto';
import type { ItemBody } from '../model.ts';
import type { EventParts, OnlineMeeting } from './model.ts';

const RULE = '_'.repeat(80);

/** A Teams meeting: the same for the same seed. */
export function teamsMeeting(seed: string, about: { tenantId: string; organizerId: string }): OnlineMeeting {
  const digest = createHash('sha256').update(seed).digest();
  const thread = digest.toString('base64url').slice(0, 32);
  const context = encodeURIComponent(JSON.stringify({ Tid: about.tenantId, Oid: about.organizerId }));
  const conference = String(100_000_000 + (digest.readUInt32BE(0) % 900_000_000));
  return {
    joinUrl: `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${thread}%40thread.v2/0?context=${context}`,
    conferenceId: conference,
    tollNumber: '+49 69 5050 0000',
  };
}

/** The block that the service puts at the end of the body. */
function joinBlock({ joinUrl, conferenceId }: OnlineMeeting): string {
  return [
    '<div class="me-email-text" style="color:#252424;font-family:\'Segoe UI\',Helvetica,Arial,sans-serif">',
    `<div>${RULE}</div>`,
    '<div><span style="font-size:24px">Microsoft Teams meeting</span></div>',
    '<div>Join on your computer, mobile app or room device</div>',
    `<div><a href="${joinUrl.replaceAll('&', '&amp;')}" class="me-email-headline">Click here to join the meeting</a></div>`,
    `<div>Phone Conference ID: <span>${conferenceId ?? ''}#</span></div>`,
    `<div>${RULE}</div>`,
    '</div>',
  ].join('\r\n');
}

/** Whether the body still has the way to join. */
export function holdsJoinLink(body: ItemBody, online: OnlineMeeting): boolean {
  const { content } = body;
  return content.includes(online.joinUrl) || content.includes(online.joinUrl.replaceAll('&', '&amp;'));
}

/** The parts of an event that has become a Teams meeting. */
export function withTeams(parts: EventParts, online: OnlineMeeting): EventParts {
  const { body } = parts;
  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(/\r?\n/g, '<br>\r\n');
  const before = body.contentType === 'html' ? body.content : `<div>${escaped(body.content)}</div>`;
  const block = joinBlock(online);
  const content = /<\/body>/i.test(before)
    ? before.replace(/<\/body>/i, `<br>\r\n${block}\r\n</body>`)
    : `<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>\r\n${before}<br>\r\n${block}\r\n</body></html>`;
  return {
    ...parts,
    body: { contentType: 'html', content },
    isOnlineMeeting: true,
    onlineMeetingProvider: 'teamsForBusiness',
    online,
  };
}

/** A body without the join block takes the meeting with it. */
export function withoutLostTeams(parts: EventParts): EventParts {
  if (parts.online === undefined || holdsJoinLink(parts.body, parts.online)) return parts;
  return { ...parts, online: undefined, isOnlineMeeting: false, onlineMeetingProvider: 'unknown' };
}
