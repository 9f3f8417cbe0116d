import { previewOf } from '../message-defaults.ts';
import type { ItemBody, Recipient } from '../model.ts';
import { instanceOf } from './instances.ts';
import type { EventRef } from './model.ts';
import type { Actor } from './actor.ts';
import type { CalendarStore } from './store.ts';

export type MeetingMail = 'request' | 'cancellation' | 'accepted' | 'tentativelyAccepted' | 'declined';

interface Form {
  prefix: string;
  odataType: string;
  meetingMessageType: string;
}

const RESPONSE = '#microsoft.graph.eventMessageResponse';
const FORMS: Readonly<Record<MeetingMail, Form>> = {
  request: { prefix: '', odataType: '#microsoft.graph.eventMessageRequest', meetingMessageType: 'meetingRequest' },
  cancellation: {
    prefix: 'Canceled: ',
    odataType: '#microsoft.graph.eventMessage',
    meetingMessageType: 'meetingCancelled',
  },
  accepted: { prefix: 'Accepted: ', odataType: RESPONSE, meetingMessageType: 'meetingAccepted' },
  // The metadata spell it so.
  tentativelyAccepted: { prefix: 'Tentative: ', odataType: RESPONSE, meetingMessageType: 'meetingTenativelyAccepted' },
  declined: { prefix: 'Declined: ', odataType: RESPONSE, meetingMessageType: 'meetingDeclined' },
};

/** Puts the mail that goes with a meeting into an inbox. A seed sends none. */
export function sendMeetingMail(
  { origin }: Actor,
  to: CalendarStore,
  about: { kind: MeetingMail; ref: EventRef; from: Recipient | undefined; comment: string },
): void {
  if (origin.by === 'seed') return;
  const { mailbox } = to;
  const { ref, from = null, comment } = about;
  const parts = (instanceOf(ref) ?? instanceOf({ event: ref.event, day: undefined }))?.parts ?? ref.event.parts;
  const { prefix, odataType, meetingMessageType } = FORMS[about.kind];
  const body: ItemBody = about.kind === 'request' ? parts.body : { contentType: 'text', content: comment };
  const { displayName: name, userPrincipalName: address } = mailbox.owner;
  mailbox.create(
    mailbox.folders.builtIn('inbox'),
    {
      subject: `${prefix}${parts.subject.replace(/^Canceled: /, '')}`,
      body,
      bodyPreview: previewOf(body),
      from,
      sender: from,
      toRecipients: [{ emailAddress: { name, address } }],
      odataType,
      meetingMessageType,
    },
    origin,
  );
}
