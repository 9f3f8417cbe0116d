/** A place's offset from UTC over time. */
export interface Offsets {
  /** In ms, east of Greenwich positive. */
  at(utcMs: number): number;
}

interface Segment {
  from: number;
  offset: number;
}

const STEP_MS = 9 * 86_400_000;

/** The offsets of an IANA zone, from the platform's data: looked up once a year of it and kept. */
export function ianaOffsets(zone: string): Offsets {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  const raw = (utcMs: number): number => {
    const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const wall = Date.UTC(
      number('year'),
      number('month') - 1,
      number('day'),
      number('hour'),
      number('minute'),
      number('second'),
    );
    return wall - Math.floor(utcMs / 1000) * 1000;
  };
  const years = new Map<number, Segment[]>();
  return {
    at: (utcMs) => {
      const year = new Date(utcMs).getUTCFullYear();
      const known = years.get(year) ?? segmentsOf(year, raw);
      years.set(year, known);
      return known.findLast((segment) => segment.from <= utcMs)?.offset ?? 0;
    },
  };
}

/** The changes of a year, each found to the second between two looks that differ. */
function segmentsOf(year: number, raw: (utcMs: number) => number): Segment[] {
  const [start, end] = [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)];
  const segments: Segment[] = [{ from: start, offset: raw(start) }];
  let [before, offset] = [start, raw(start)];
  while (before < end) {
    const after = Math.min(before + STEP_MS, end);
    const next = raw(after);
    if (next !== offset) segments.push({ from: firstWith(next, { before, after }, raw), offset: next });
    [before, offset] = [after, next];
  }
  return segments;
}

function firstWith(offset: number, span: { before: number; after: number }, raw: (utcMs: number) => number): number {
  let { before, after } = span;
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (raw(middle) === offset) after = middle;
    else before = middle;
  }
  return after;
}
