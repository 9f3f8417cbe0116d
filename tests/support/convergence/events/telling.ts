import { z } from 'zod';
import { shownDefaults } from '../../../../shared/domains/calendar/event-fields.ts';
import { sameJson, type Fields, type Json } from '../../../../shared/lib/json.ts';
import type { Telling } from '../reader.ts';

const timed = z.object({ dateTime: z.string() });
const momentOf = (value: Json | undefined): number | null => {
  const at = timed.safeParse(value).data?.dateTime;
  return at === undefined ? null : Date.parse(at);
};

/** One of the days of a series that says its own alone: a plain one, or one that was only written here. */
const isThin = ({ type, iCalUId, webLink, isOrganizer }: Fields): boolean =>
  type === 'occurrence' ||
  (type === 'exception' && [iCalUId, webLink, isOrganizer].every((value) => (value ?? null) === null));

/**
 * How rows of events are judged. What a day of a series does not say itself is as its series has it, which its own rows do not
 * show: its becoming an exception that says the same is no change, and its losing that is one.
 */
export function eventTelling(isQuiet: (item: Fields) => boolean = () => false): Telling {
  /** Everything that a series was ever told to have, by its Graph id and the field. */
  const had = new Map<string, Set<string>>();
  const keyOf = (series: Json | undefined, field: string): string => JSON.stringify([series, field]);
  return {
    rows: 'event.',
    isQuiet,
    hear(item) {
      const { type, graphId = null } = item;
      if (type !== 'master' || graphId === null) return;
      for (const [field, value] of Object.entries(item)) {
        const key = keyOf(graphId, field);
        had.set(key, (had.get(key) ?? new Set()).add(JSON.stringify(value)));
      }
    },
    isShared(before, after, field) {
      if (!isThin(before)) return false;
      const [old = null, now = null] = [before[field], after[field]];
      // The same moment on the clock of its series.
      if (field === 'start' || field === 'end') return momentOf(now) === null || momentOf(old) === momentOf(now);
      if (!sameJson(old, shownDefaults[field])) return false;
      const values = had.get(keyOf(after['seriesMasterId'], field));
      if (field === 'recurrenceId' || values === undefined) return true;
      return sameJson(old, now) ? values.size > 1 || !values.has(JSON.stringify(now)) : values.has(JSON.stringify(now));
    },
  };
}
