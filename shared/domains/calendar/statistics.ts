import { z } from 'zod';
import type { Fields } from '../../lib/json.ts';
import { spanOf } from './spans.ts';

/** What the events of a calendar come to. */
export interface CalendarStatistics {
  /** Single events, occurrences and exceptions that are not cancelled. */
  readonly events: number;
  readonly recurring: number;
  readonly allDay: number;
  readonly cancelled: number;
  /** With a Teams link. */
  readonly online: number;
  /** With others. */
  readonly meetings: number;
  /** Minutes of events with a time that are shown as busy or away; two at once count twice. */
  readonly busyMinutes: number;
  readonly byImportance: Readonly<Record<string, number>>;
  readonly byResponse: Readonly<Record<string, number>>;
  readonly byCategory: Readonly<Record<string, number>>;
}

const shown = z.object({
  type: z.string().nullish(),
  isCancelled: z.boolean().nullish(),
  isAllDay: z.boolean().nullish(),
  teams: z.unknown().optional(),
  attendees: z.array(z.unknown()).nullish(),
  showAs: z.string().nullish(),
  importance: z.string().nullish(),
  responseStatus: z.string().nullish(),
  categories: z.array(z.string()).nullish(),
});
type Shown = z.output<typeof shown>;

/** Counts events, each joined with its master; masters themselves take place never, and are left out. */
export function statisticsOf(events: readonly Fields[]): CalendarStatistics {
  const all = events.map((event) => ({ event, is: shown.parse(event) })).filter(({ is }) => is.type !== 'master');
  const standing = all.filter(({ is }) => is.isCancelled !== true);
  const count = (test: (is: Shown) => boolean): number => standing.filter(({ is }) => test(is)).length;
  return {
    events: standing.length,
    recurring: count(({ type }) => type === 'occurrence' || type === 'exception'),
    allDay: count(({ isAllDay }) => isAllDay === true),
    cancelled: all.length - standing.length,
    online: count(({ teams }) => teams !== null && teams !== undefined),
    meetings: count(({ attendees }) => (attendees ?? []).length > 0),
    busyMinutes: standing.reduce((sum, { event, is }) => sum + busyMinutes(event, is), 0),
    byImportance: tally(standing.map(({ is }) => is.importance ?? 'normal')),
    byResponse: tally(standing.map(({ is }) => is.responseStatus ?? 'none')),
    byCategory: tally(standing.flatMap(({ is }) => is.categories ?? [])),
  };
}

function busyMinutes(event: Fields, { isAllDay, showAs }: Shown): number {
  const span = spanOf(event);
  const taken = isAllDay !== true && (showAs === 'busy' || showAs === 'oof');
  return span === null || !taken ? 0 : Math.round((span.to - span.from) / 60_000);
}

function tally(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, of]) => [word, of.length]));
}
