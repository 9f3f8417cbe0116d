import { z } from 'zod';

/** What `PATCH /control/settings` takes under `calendar`. */
export const calendarSettingsPatch = z.strictObject({
  allDayTimes: z.enum(['byPreference', 'dates', 'instants']).optional(),
  emptyFirstPage: z.boolean().optional(),
  mastersInDelta: z.boolean().optional(),
  deltaDelayMs: z.number().min(0).optional(),
  exceptionIds: z.enum(['stay', 'change']).optional(),
  teamsDelayMs: z.number().min(0).optional(),
  duplicateTransaction: z.enum(['same', 'conflict']).optional(),
  deletedReadable: z.boolean().optional(),
  cancelledOccurrences: z.boolean().optional(),
});

/** How the calendar behaves where the live service is not the same everywhere, or not known for certain. */
export interface CalendarSettings {
  /**
   * Times of all-day events: `dates` = midnight of the date in whatever zone is asked for, `instants` = converted like
   * any other, `byPreference` = converted where the request names a zone, else dates.
   */
  allDayTimes: 'byPreference' | 'dates' | 'instants';
  /** The first page of a round of calendarView delta is empty. */
  emptyFirstPage: boolean;
  /** Whether the master of a series comes along in delta; else it is to be read by itself. */
  mastersInDelta: boolean;
  /** How long a change is to be read, and told to subscribers, before delta shows it. */
  deltaDelayMs: number;
  /** Whether an occurrence that becomes an exception keeps its id. */
  exceptionIds: 'stay' | 'change';
  /** How long after its creation a meeting gets its Teams link; 0 = with the answer to the POST. */
  teamsDelayMs: number;
  /** A repeated POST with a known transactionId: the event that is there (unless it differs), or always a conflict. */
  duplicateTransaction: 'same' | 'conflict';
  /** Whether an event in Deleted Items is still answered under its immutable id. */
  deletedReadable: boolean;
  /** Whether `cancelledOccurrences` is filled; not known for all mailboxes. */
  cancelledOccurrences: boolean;
}

export function defaultCalendarSettings(): CalendarSettings {
  return {
    allDayTimes: 'byPreference',
    emptyFirstPage: true,
    mastersInDelta: true,
    deltaDelayMs: 0,
    exceptionIds: 'stay',
    teamsDelayMs: 0,
    duplicateTransaction: 'same',
    deletedReadable: false,
    cancelledOccurrences: true,
  };
}
