import { offsetMs, wallIn } from '../../../domains/calendar/instants.ts';
import { graphText } from '../../../domains/calendar/wall-clock.ts';

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
/** No zone changes its clocks twice within a week; asking what they show is what costs. */
const STEP_MS = 7 * 24 * HOUR_MS;

/**
 * The VTIMEZONE of an IANA zone for a range of years: every change of its clocks, each by itself, as this runtime knows them.
 * Readers that know the zone by its name use what they know.
 */
export function timeZoneText(iana: string, years: { readonly from: number; readonly to: number }): string {
  const [from, to] = [Date.UTC(years.from, 0, 1), Date.UTC(years.to + 1, 0, 1)];
  const first = offsetMs(iana, from);
  const lines = ['BEGIN:VTIMEZONE', `TZID:${iana}`, ...observance(first, first, localText(iana, from))];
  for (let at = from, offset = first; at < to; at += STEP_MS) {
    const next = offsetMs(iana, at + STEP_MS);
    if (next === offset) continue;
    const change = changeIn(iana, at, offset);
    // What the clock would have shown at that moment, had it not been changed.
    lines.push(...observance(offset, next, localText(iana, change - HOUR_MS, HOUR_MS)));
    offset = next;
  }
  return [...lines, 'END:VTIMEZONE'].join('\r\n');
}

/** The first quarter of an hour in a step at which the offset is another one. */
function changeIn(iana: string, from: number, offset: number): number {
  let [before, after] = [0, STEP_MS / QUARTER_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetMs(iana, from + middle * QUARTER_MS) === offset) before = middle;
    else after = middle;
  }
  return from + after * QUARTER_MS;
}

/** Clocks that are ahead of where they were are summer time. */
function observance(before: number, after: number, start: string): string[] {
  const name = after > before ? 'DAYLIGHT' : 'STANDARD';
  return [
    `BEGIN:${name}`,
    `DTSTART:${start}`,
    `TZOFFSETFROM:${offsetText(before)}`,
    `TZOFFSETTO:${offsetText(after)}`,
    `END:${name}`,
  ];
}

function localText(iana: string, epochMs: number, plusMs = 0): string {
  const wall = wallIn(iana, epochMs);
  const text = graphText(plusMs === 0 ? wall : wallIn('UTC', Date.UTC(wall.date.year, wall.date.month - 1, wall.date.day) + wall.ms + plusMs)); // prettier-ignore
  return text.slice(0, 19).replaceAll(/[-:]/g, '');
}

function offsetText(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}
