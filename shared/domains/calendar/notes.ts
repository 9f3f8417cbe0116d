import { z } from 'zod';
import type { Json } from '../../lib/json.ts';
import { streamOfCalendar } from './calendar-stream.ts';

const notesSchema = z.object({
  /** The calendars that have a stream, by Graph id. */
  calendars: z.array(z.string()),
});

/** What the domain noted in the head: which calendars are synced. */
export type CalendarNotes = z.output<typeof notesSchema>;

/** The notes as they stand; none before there are any. */
export const readNotes = (notes: Json): CalendarNotes => notesSchema.safeParse(notes).data ?? { calendars: [] };

/** A head's notes. */
export const toNotes = ({ calendars }: CalendarNotes): Json => ({ calendars: [...calendars].toSorted() });

/** The calendar that a stream reads; undefined where none of the synced ones has it. */
export const calendarOfStream = ({ calendars }: CalendarNotes, stream: string): string | undefined =>
  calendars.find((id) => streamOfCalendar(id) === stream);
