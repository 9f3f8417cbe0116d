import { readWallClock, wallAt, wallMs, type WallClock } from './wall-clock.ts';
import { readZone, UTC } from './zones.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** One formatter for a zone: making one costs a thousand times what using it does. There are some hundred zones. */
function formatOf(iana: string): Intl.DateTimeFormat {
  const known = formats.get(iana);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: iana,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(iana, format);
  return format;
}

/** What the wall clock of an IANA zone shows at an instant. Throws RangeError for a zone that the runtime does not know. */
export function wallIn(iana: string, epochMs: number): WallClock {
  return wallAt(epochMs + offsetMs(iana, epochMs));
}

/** How far the zone's wall clock is ahead of UTC at an instant. */
export function offsetMs(iana: string, epochMs: number): number {
  if (iana === UTC) return 0;
  const parts = new Map(
    formatOf(iana)
      .formatToParts(epochMs)
      .map(({ type, value }) => [type, value]),
  );
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year');
  const seconds = number('hour') * 3600 + number('minute') * 60 + number('second');
  const day = new Date(0).setUTCFullYear(year, number('month') - 1, number('day'));
  return day + seconds * 1000 - Math.floor(epochMs / 1000) * 1000;
}

const DAY_MS = 86_400_000;

/**
 * The instant at which the wall clock of an IANA zone shows this. A time that comes twice (clocks went back) is the first of
 * the two; one that never comes (clocks went forward) is as many minutes later as the clocks were moved, as RFC 5545 3.3.5 says.
 */
export function instantOf(iana: string, wall: WallClock): number {
  const local = wallMs(wall);
  const [before, after] = [offsetMs(iana, local - DAY_MS), offsetMs(iana, local + DAY_MS)];
  if (before === after) return local - before;
  const fitting = [before, after].map((offset) => local - offset).filter((at) => at + offsetMs(iana, at) === local);
  return fitting.length === 0 ? local - before : Math.min(...fitting);
}

/** Whether an instant is meant by what the wall clock of an IANA zone shows then: not, where it shows that for the second time. */
export const readsBack = (iana: string, epochMs: number): boolean => instantOf(iana, wallIn(iana, epochMs)) === epochMs;

/** ISO-8601 in UTC; milliseconds only where there are any. */
export const instantText = (epochMs: number): string => new Date(epochMs).toISOString().replace('.000Z', 'Z');

/**
 * Reads Graph's `dateTimeTimeZone`, or the time of an application: an offset in the text wins, else the wall clock of
 * `timeZone` is meant, else UTC. Null where the text is no time, or the zone is not known and the text has no offset: then
 * nobody can say when it is.
 */
export function readInstant(time: { readonly dateTime: string; readonly timeZone?: string | null }): number | null {
  const wall = readWallClock(time.dateTime);
  if (wall === null) return null;
  if (wall.offset !== null) return wallMs(wall) - wall.offset * 60_000;
  const { iana } = readZone(time.timeZone ?? UTC);
  return iana === null ? null : instantOf(iana, wall);
}
