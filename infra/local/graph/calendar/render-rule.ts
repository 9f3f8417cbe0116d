import type { CalendarEvent } from './model.ts';
import { dateText } from './time/civil.ts';
import { WEEKDAYS } from './time/pattern.ts';

/** `recurrence` of a master; null for a single event. Members that a type does not use show what the service fills in. */
export function ruleView({ series }: Pick<CalendarEvent, 'series'>): Record<string, unknown> | null {
  if (series === undefined) return null;
  const { pattern, range } = series.rule;
  const daysOfWeek = pattern.daysOfWeek.map((day) => WEEKDAYS[day]);
  return {
    pattern: {
      type: pattern.type,
      interval: pattern.interval,
      month: pattern.month,
      dayOfMonth: pattern.dayOfMonth,
      ...(daysOfWeek.length === 0 ? {} : { daysOfWeek }),
      firstDayOfWeek: WEEKDAYS[pattern.firstDayOfWeek] ?? 'sunday',
      index: pattern.index,
    },
    range: {
      type: range.type,
      startDate: dateText(range.startDay),
      endDate: range.endDay === undefined ? '0001-01-01' : dateText(range.endDay),
      recurrenceTimeZone: series.zone.name,
      numberOfOccurrences: range.type === 'numbered' ? range.count : 0,
    },
  };
}
