import type { EngineRecord, OutboxOperation } from '../../engine/model.ts';
import { answerOf } from './push-respond.ts';

/** Outlook takes a declined meeting away. [graph-facts 7.4] */
export const takesAway = ({ action }: OutboxOperation): boolean => answerOf(action) === 'decline';

/** Fields that Outlook changes when these are written: who was asked to come has not answered to another time or place yet. */
const following: Readonly<Record<string, readonly string[]>> = {
  start: ['attendees', 'originalTimeZone'],
  end: ['attendees'],
  isAllDay: ['attendees'],
  location: ['attendees'],
  body: ['preview', 'teams'],
  isOnlineMeeting: ['teams', 'location', 'preview'],
};

/** An occurrence that is written by itself becomes an exception, with an id of its own for other calendars. [graph-facts 7.1] */
const ofException = ['type', 'iCalUId'];

/** What Outlook makes of a write beside what is written: answering a meeting changes how its time is shown, too. */
export function follows({ action, fields }: OutboxOperation, record: EngineRecord): readonly string[] {
  if (answerOf(action) !== undefined) return ['showAs'];
  const isPart = (record.base ?? record.fields)['type'] === 'occurrence';
  return [...Object.keys(fields).flatMap((field) => following[field] ?? []), ...(isPart ? ofException : [])];
}
