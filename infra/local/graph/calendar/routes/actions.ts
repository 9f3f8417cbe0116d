import { z } from 'zod';
import type { GraphRoutes, MailboxContext, Reply } from '../../http.ts';
import { checkIfMatch } from '../../lookup.ts';
import { jsonBody } from '../../routes/message-input.ts';
import { invalidParameter, undeserializable } from '../errors.ts';
import { readTime, zonedTime } from '../input.ts';
import { instanceOf } from '../instances.ts';
import type { ProposedTime } from '../model.ts';
import { cancel, forward, respond } from '../responses.ts';
import type { Response } from '../responses.ts';
import { changeKeyIn } from '../render.ts';
import { EVENT_PATHS } from './events.ts';
import { calendarNeeds } from './needs.ts';
import { eventOf, viewOf, writerIn } from './place.ts';
import { wallText } from '../time/civil.ts';

const ANSWERS: Readonly<Record<string, Response>> = {
  accept: 'accepted',
  tentativelyAccept: 'tentativelyAccepted',
  decline: 'declined',
};

const actionBody = z.object({
  comment: z.string().nullish(),
  sendResponse: z.boolean().nullish(),
  proposedNewTime: z.object({ start: zonedTime, end: zonedTime }).nullish(),
});

/** What one does with a meeting beside reading and writing it. Names of parameters are taken in any case. */
export function mountActions(graph: GraphRoutes): void {
  for (const path of EVENT_PATHS.map((one) => `${one}/{event}`)) {
    for (const [name, response] of Object.entries(ANSWERS)) {
      graph.onMailbox('POST', `${path}/${name}`, calendarNeeds.write, (context) => answer(context, response));
    }
    graph.onMailbox('POST', `${path}/cancel`, calendarNeeds.write, (context) => {
      const { comment } = readBody(context);
      const place = eventOf(context);
      cancel(writerIn(context, place), place.ref, comment ?? '');
      return { status: 202 };
    });
    graph.onMailbox('POST', `${path}/forward`, calendarNeeds.write, forwardTo);
    // Reminders ring on the client; the service has nothing to show for it.
    for (const name of ['snoozeReminder', 'dismissReminder']) {
      graph.onMailbox('POST', `${path}/${name}`, calendarNeeds.write, (context) => {
        eventOf(context);
        return { status: 202 };
      });
    }
  }
}

function readBody(context: MailboxContext): z.infer<typeof actionBody> {
  if (context.req.body.length === 0) return {};
  const json = Object.entries(jsonBody(context.req)).map(([name, value]) => [
    name.slice(0, 1).toLowerCase() + name.slice(1),
    value,
  ]);
  const parsed = actionBody.safeParse(Object.fromEntries(json));
  if (!parsed.success) throw undeserializable(parsed.error.issues[0]?.path.join('/') ?? 'the body');
  return parsed.data;
}

function answer(context: MailboxContext, response: Response): Reply {
  const body = readBody(context);
  const [comment, proposedNewTime] = [body.comment ?? '', body.proposedNewTime ?? undefined];
  const place = eventOf(context);
  const instance = instanceOf(place.ref);
  if (instance !== undefined) checkIfMatch(context, changeKeyIn(viewOf(context, place), instance));
  const send = body.sendResponse ?? true;
  if (!send && comment !== '') {
    throw invalidParameter("'SendResponse' must be true when 'Comment' is not null.");
  }
  if (!send && proposedNewTime !== undefined)
    throw invalidParameter("'SendResponse' must be true when 'ProposedNewTime' is set.");
  respond(writerIn(context, place), place.ref, {
    response,
    comment,
    sendResponse: send,
    proposed: proposedNewTime === undefined ? undefined : proposedOf(proposedNewTime),
  });
  return { status: 202 };
}

function proposedOf(given: { start: z.infer<typeof zonedTime>; end: z.infer<typeof zonedTime> }): ProposedTime {
  const text = (time: z.infer<typeof zonedTime>): { dateTime: string; timeZone: string } => {
    const { wall, zone } = readTime(time);
    return { dateTime: wallText(wall), timeZone: zone.name };
  };
  return { start: text(given.start), end: text(given.end) };
}

const forwardBody = z.object({
  comment: z.string().nullish(),
  toRecipients: z.array(
    z.object({ emailAddress: z.object({ address: z.string().min(1), name: z.string().nullish() }) }),
  ),
});

/** The others are invited too; an organizer finds them among the attendees. */
function forwardTo(context: MailboxContext): Reply {
  const json = Object.entries(jsonBody(context.req)).map(([name, value]) => [
    name.slice(0, 1).toLowerCase() + name.slice(1),
    value,
  ]);
  const parsed = forwardBody.safeParse(Object.fromEntries(json));
  if (!parsed.success) throw undeserializable(parsed.error.issues[0]?.path.join('/') ?? 'the body');
  const place = eventOf(context);
  const people = parsed.data.toRecipients.map(({ emailAddress: { address, name } }) => ({
    address,
    name: name ?? address,
  }));
  forward(writerIn(context, place), place.ref.event, people);
  return { status: 202 };
}
