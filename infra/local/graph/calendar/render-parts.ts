import { previewOf, textOf } from '../message-defaults.ts';
import type { ItemBody } from '../model.ts';
import type { Instance } from './instances.ts';
import type { Answer, Attendee } from './model.ts';
import type { EventView } from './render.ts';

/** Seven digits, as events have them. */
export const stampText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}0000Z`;

export function shownBody({ parts }: Instance, view: EventView): ItemBody | undefined {
  if (view.basic) return undefined;
  const { body } = parts;
  if (body.contentType === view.bodyAs) return body;
  if (view.bodyAs === 'text') return { contentType: 'text', content: textOf(body) };
  if (body.content === '') return { contentType: 'html', content: '' };
  const escaped = body.content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = escaped.replaceAll(/\r?\n/g, '<br>\r\n');
  const head = '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>';
  return { contentType: 'html', content: `${head}<body>\r\n<div class="PlainText">${lines}</div>\r\n</body></html>` };
}

/** All occurrences of a series have one body: its preview is made once. */
const previews = new WeakMap<ItemBody, string>();

export function previewIn(body: ItemBody): string {
  const known = previews.get(body) ?? previewOf(body);
  previews.set(body, known);
  return known;
}

export function answerView({ response, at }: Answer): { response: string; time: string } {
  return { response, time: at === undefined ? '0001-01-01T00:00:00Z' : stampText(at) };
}

function attendeeView({ type, status, emailAddress, proposed }: Attendee): Record<string, unknown> {
  const view = { type, status: answerView(status), emailAddress };
  return proposed === undefined ? view : { ...view, proposedNewTime: proposed };
}

export function attendeesOf({ event, parts }: Instance, view: EventView): readonly Record<string, unknown>[] {
  const hide = parts.hideAttendees && !event.isOrganizer;
  const own = view.home.mailbox.owner.userPrincipalName.toLowerCase();
  const shown = hide
    ? parts.attendees.filter((one) => one.emailAddress.address.toLowerCase() === own)
    : parts.attendees;
  return shown.map(attendeeView);
}
