import { readZone } from '../../../domains/calendar/zones.ts';
import type { EventView } from '../event-schemas.ts';

/** What stands in a feed as one VEVENT. */
export interface FeedEntry {
  readonly event: EventView;
  /** The series whose slot it takes, where that repeats by a rule in the feed. */
  readonly series: EventView | null;
}

/**
 * The entries of a feed: single events; series that readers can repeat, with what was changed of them; and, one by one, the
 * occurrences of all others. A series in a zone that nobody knows the rules of is such another: its rule would be read on
 * the clock of UTC, and be an hour wrong for half of the year.
 */
export function entriesOf(events: readonly EventView[]): readonly FeedEntry[] {
  const ruled = new Map(events.filter(isRuled).map((event) => [event.id, event]));
  return events.flatMap((event): FeedEntry[] => {
    if (event.start === null || event.end === null) return [];
    if (event.type === 'master') return ruled.has(event.id) ? [{ event, series: null }] : [];
    const series = ruled.get(event.seriesMasterId ?? '') ?? null;
    if (series === null) return [{ event, series }];
    // In its slot the rule brings it.
    if (event.type === 'occurrence') return [];
    return [{ event, series: event.recurrenceId === null ? null : series }];
  });
}

function isRuled({ type, rrule, start, originalTimeZone }: EventView): boolean {
  if (type !== 'master' || rrule === null || start === null) return false;
  return 'date' in start || originalTimeZone === null || readZone(originalTimeZone).iana !== null;
}
