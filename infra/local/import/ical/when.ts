import { DAY_MS, parseDateTime, wallText } from '../../graph/calendar/time/civil.ts';
import { propertyOf, textOf } from './jcal.ts';
import type { Component, Property } from './jcal.ts';
import { Refusal } from './refusal.ts';
import { zoneOf } from './zone.ts';
import type { NamedZone } from './zone.ts';

/** When an event is, as wall times with the zone of each; undefined zone = the mailbox's own. */
export interface When {
  readonly isAllDay: boolean;
  readonly start: number;
  readonly end: number;
  readonly startZone: NamedZone | undefined;
  readonly endZone: NamedZone | undefined;
}

/** @throws Refusal where it cannot be said. */
export function whenOf(event: Component, calendar: Component): When {
  const start = propertyOf(event, 'dtstart');
  if (start === undefined) throw new Refusal('It has no start.');
  const isAllDay = start.type === 'date';
  const startWall = wallOf(start);
  const startZone = isAllDay ? undefined : zoneOf(start, calendar);
  const end = propertyOf(event, 'dtend');
  if (end !== undefined) {
    const endZone = isAllDay ? undefined : zoneOf(end, calendar);
    const endWall = wallOf(end);
    // A day that ends on itself is that day.
    return {
      isAllDay,
      start: startWall,
      end: isAllDay && endWall === startWall ? endWall + DAY_MS : endWall,
      startZone,
      endZone,
    };
  }
  const length = textOf(event, 'duration');
  const span = length === '' ? (isAllDay ? DAY_MS : 0) : durationMs(length);
  return { isAllDay, start: startWall, end: startWall + span, startZone, endZone: startZone };
}

/** The clock time that is written; a `Z` or a zone says which clock. */
export function wallOf(property: Property, nth = 0): number {
  const value = property.values[nth];
  const read = typeof value === 'string' ? parseDateTime(value) : undefined;
  if (read === undefined) throw new Refusal(`Its ${property.name.toUpperCase()} is no time: ${String(value)}`);
  return read.wall;
}

export function durationMs(text: string): number {
  const match = /^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(text.trim());
  if (match === null) throw new Refusal(`Its length cannot be read: ${text}`);
  const [weeks, days, hours, minutes, seconds] = match.slice(2).map((part) => Number(part || 0));
  const ms =
    ((weeks ?? 0) * 7 + (days ?? 0)) * DAY_MS + (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
  return match[1] === '-' ? -ms : ms;
}

/** A start or end as control takes it. */
export function zoned(wall: number, zone: NamedZone | undefined): { dateTime: string; timeZone: string | null } {
  return { dateTime: wallText(wall), timeZone: zone?.name ?? null };
}
