import { z } from '@hono/zod-openapi';
import { readDate } from '../../domains/calendar/civil-date.ts';
import { readInstant } from '../../domains/calendar/instants.ts';
import { isRefusal } from '../../domains/calendar/refusal.ts';
import { parseRule } from '../../domains/calendar/rrule-parse.ts';
import { categories } from '../contacts/field-schemas.ts';
import { calendarName, zoneName } from './calendar-schemas.ts';

const LONGEST_SUBJECT = 255;
const LONGEST_BODY = 500_000;
const MOST_ATTENDEES = 500;
/** Outlook's own bound: four weeks. */
const MOST_REMINDER_MINUTES = 40_320;

const timed = z
  .strictObject({
    dateTime: z.string().max(40).meta({
      description: 'An instant (`...Z`, `...+02:00`), or without an offset what the wall clock of `timeZone` shows',
    }),
    timeZone: zoneName
      .default('UTC')
      .meta({ description: 'IANA or Windows name; a series keeps its wall clock there over summer time' }),
  })
  .refine(({ dateTime }) => readInstant({ dateTime }) !== null, { message: 'is no time', path: ['dateTime'] });

const day = z.strictObject({
  date: z.string().refine((text) => readDate(text) !== null, 'must be a date: YYYY-MM-DD'),
});

/** Begin or end: a time, or a day of an all-day event (the end is exclusive). */
const when = z.union([timed, day], { error: 'must be {dateTime, timeZone} or {date}' });
export type When = z.output<typeof when>;

/** Whether begin and end are days follows from them; whoever says it as well must say the same. */
const isAllDay = z
  .boolean()
  .optional()
  .meta({ description: 'As it is read. May be left out: an event lasts all day by a `start` and `end` of dates' });

interface Times {
  readonly start?: When | undefined;
  readonly end?: When | undefined;
  readonly isAllDay?: boolean | undefined;
}

const agrees = ({ start, end, isAllDay: said }: Times): boolean => {
  const told = start ?? end;
  return said === undefined || told === undefined || said === 'date' in told;
};
const disagreement = {
  message: 'must agree with start and end: {date} for true, {dateTime, timeZone} for false; or leave it out',
  path: ['isAllDay'],
};

const attendee = z.strictObject({
  address: z.string().trim().max(320).pipe(z.email('must be an e-mail address')),
  name: z.string().trim().max(255).nullable().default(null),
  type: z.enum(['required', 'optional', 'resource']).default('required'),
  response: z
    .string()
    .optional()
    .meta({ description: 'As it was read; what somebody has answered nobody else can write' }),
});

const rrule = z
  .string()
  .max(1_000)
  .check((context) => {
    const rule = parseRule(context.value);
    if (isRefusal(rule))
      context.issues.push({ code: 'custom', message: `${rule.part}: ${rule.reason}`, input: context.value });
  })
  .meta({
    description:
      'RFC 5545, the rule alone: it begins with `start`, and what it leaves out is deleted by occurrence. What Outlook cannot repeat is 400. UNTIL is an instant in UTC, or the date of the last day; without WKST weeks begin on Monday',
  });

/** What an application may write of an event. Null takes a value away; a list is replaced as a whole. */
const writable = {
  subject: z.string().max(LONGEST_SUBJECT).nullable().optional(),
  rrule: rrule.nullable().optional(),
  attendees: z.array(attendee).max(MOST_ATTENDEES).nullable().optional(),
  location: z.string().max(255).nullable().optional(),
  importance: z.enum(['low', 'normal', 'high']).optional(),
  sensitivity: z.enum(['normal', 'personal', 'private', 'confidential']).optional(),
  showAs: z.enum(['free', 'tentative', 'busy', 'oof', 'workingElsewhere']).optional(),
  categories,
  reminderMinutes: z
    .number()
    .int()
    .min(0)
    .max(MOST_REMINDER_MINUTES)
    .nullable()
    .optional()
    .meta({ description: "null = no reminder; a new event without it gets Outlook's own" }),
  onlineMeeting: z
    .literal(true)
    .optional()
    .meta({ description: 'Asks for a Teams link, which is in `teams` when Outlook has it. It cannot be taken back' }),
  body: z
    .strictObject({ contentType: z.enum(['text', 'html']), content: z.string().max(LONGEST_BODY) })
    .optional()
    .meta({
      description:
        'Sent, not kept here: after a write that Outlook refused (`pushed` is `failed`) send it again. The block of an online meeting in it stays as it is',
    }),
};

const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' });

export const eventRequest = z
  .strictObject({
    calendarId: calendarName.optional().meta({ description: "Graph's id; without it the default calendar" }),
    start: when,
    end: when,
    isAllDay,
    ...writable,
    onlineMeeting: z
      .boolean()
      .optional()
      .meta({ description: 'true asks for a Teams link, which is in `teams` when Outlook has it' }),
  })
  .refine(agrees, disagreement)
  .openapi('EventRequest', {
    example: {
      subject: 'Review',
      start: berlin('2026-01-05T10:00:00'),
      end: berlin('2026-01-05T11:00:00'),
      rrule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=10',
      attendees: [{ address: 'grace@navy.example', name: 'Grace Hopper', type: 'required' }],
      reminderMinutes: 15,
      onlineMeeting: true,
    },
  });
export type EventRequest = z.output<typeof eventRequest>;

export const eventPatch = z
  .strictObject({ start: when.optional(), end: when.optional(), isAllDay, ...writable })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), 'names nothing to change')
  .refine(agrees, disagreement)
  .openapi('EventPatch', { example: { subject: 'Review, part two', location: 'Room 4' } });
export type EventPatch = z.output<typeof eventPatch>;

const comment = z.string().max(4_000).nullable().optional();

export const cancelRequest = z
  .strictObject({ comment })
  .openapi('EventCancellation', { example: { comment: 'We meet next week instead' } });

export const replyRequest = z
  .strictObject({
    comment: comment.meta({ description: 'Goes out with the response, and not without' }),
    sendResponse: z
      .boolean()
      .optional()
      .meta({ description: 'false tells the organizer nothing, and goes without a comment; usually true' }),
  })
  .refine(({ comment: said, sendResponse }) => sendResponse !== false || (said ?? '') === '', {
    message: 'goes out with a response alone: leave it out, or let sendResponse be true',
    path: ['comment'],
  })
  .openapi('EventReply', { example: { comment: 'Looking forward to it', sendResponse: true } });
export type ReplyRequest = z.output<typeof replyRequest>;
