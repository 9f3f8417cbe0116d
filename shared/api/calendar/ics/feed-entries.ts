import { textOf } from '../../../domains/calendar/series-clock.ts';
import { readZone } from '../../../domains/calendar/zones.ts';
import type { EventView } from '../event-schemas.ts';
import { heldSeries, type HeldSeries } from './held-series.ts';

/** What stands in a feed as one VEVENT. */
export interface FeedEntry {
  readonly event: EventView;
  /** The series whose slot it takes, where that repeats by a rule in the feed. */
  readonly series: EventView | null;
}

/**
 * The entries of a feed: single events; series that readers can repeat, with what was changed of them; and, one by one, the
 * occurrences of all others. A series in a zone that nobody knows the rules of is such another: its rule would be read on
 * the clock of UTC, and be an hour wrong for half of the year. And so is a monthly one on the 29th or 30th.
 */
export function entriesOf(events: readonly EventView[]): readonly FeedEntry[] {
  const parts = Map.groupBy(events, ({ seriesMasterId }) => seriesMasterId);
  const ruled = new Map(
    events.flatMap((master): [string, HeldSeries][] => {
      const held = isRuled(master) ? heldSeries(master, parts.get(master.id) ?? []) : null;
      return held === null ? [] : [[master.id, held]];
    }),
  );
  return events.flatMap((event): FeedEntry[] => {
    if (event.start === null || event.end === null) return [];
    if (event.type === 'master') {
      const held = ruled.get(event.id);
      return held === undefined ? [] : [{ event: held.series, series: null }];
    }
    const held = ruled.get(event.seriesMasterId ?? '');
    const slot = held?.slots.get(event.recurrenceId ?? '');
    if (held === undefined || slot === undefined) return [{ event, series: null }];
    // In its slot the rule brings it, as long as the first one.
    const isBrought =
      event.type === 'occurrence' && textOf(event.start) === slot && lengthOf(event) === lengthOf(held.series);
    return isBrought ? [] : [{ event, series: held.series }];
  });
}

/** How long it lasts, in milliseconds: an hour longer than the clock says where that is set back meanwhile. */
const lengthOf = ({ start, end }: EventView): number =>
  start === null || end === null ? 0 : Date.parse(textOf(end)) - Date.parse(textOf(start));

function isRuled({ type, rrule, start, end, originalTimeZone }: EventView): boolean {
  if (type !== 'master' || rrule === null || start === null || end === null) return false;
  // The 29th or 30th, or the last day of a shorter month: well-spread readers do not choose among days of the month.
  if (rrule.includes('BYMONTHDAY') && rrule.includes('BYSETPOS')) return false;
  return 'date' in start || originalTimeZone === null || readZone(originalTimeZone).iana !== null;
}
