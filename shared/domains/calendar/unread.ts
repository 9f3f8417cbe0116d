import { z } from 'zod';
import type { Quarantined } from '../../engine/model.ts';
import { parseJson, type Fields } from '../../lib/json.ts';
import { instantText, readInstant } from './instants.ts';
import { overlaps, type Span } from './spans.ts';

const zoned = z.object({ dateTime: z.string(), timeZone: z.string().nullish() });
const told = z.object({ start: zoned, end: zoned, isAllDay: z.unknown() });

/** As far as an all-day event may be from where its times are in UTC. */
const DAY_MS = 86_400_000;

/** When an event is that could not be read; null where not even that can be told. */
function spanOfUnread(raw: string): Span | null {
  const times = told.safeParse(parseJson(raw)).data;
  if (times === undefined) return null;
  const at = ({ dateTime, timeZone = null }: z.output<typeof zoned>): number | null =>
    readInstant({ dateTime, timeZone: timeZone ?? 'UTC' });
  const [from, to] = [at(times.start), at(times.end)];
  if (from === null || to === null || to < from) return null;
  return times.isAllDay === false ? { from, to } : { from: from - DAY_MS, to: to + DAY_MS };
}

/**
 * Events of a calendar that could not be read, as far as they may be within a range: somebody may be busy then (P7). Null where
 * one of them does not even say when it is.
 */
export function unreadEvents(bad: readonly Pick<Quarantined, 'raw'>[], range: Span): readonly Fields[] | null {
  const spans = bad.flatMap(({ raw }) => spanOfUnread(raw) ?? []);
  return spans.length < bad.length ? null : spans.filter((span) => overlaps(span, range)).map(eventOf);
}

const eventOf = ({ from, to }: Span): Fields => ({
  type: 'single',
  isAllDay: false,
  isCancelled: false,
  showAs: 'unknown',
  start: { dateTime: instantText(from), timeZone: 'UTC' },
  end: { dateTime: instantText(to), timeZone: 'UTC' },
});
