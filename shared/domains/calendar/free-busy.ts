import type { Cursor } from '../../engine/model.ts';
import type { Fields } from '../../lib/json.ts';
import { instantOf, wallIn } from './instants.ts';
import { readDate } from './civil-date.ts';
import { textIn, timesOf } from './event-fields.ts';
import { EAST_MS, instantKey, overlaps, spanOf, WEST_MS, widest, type Span } from './spans.ts';
import { spanOfWindow } from './window.ts';
import { readZone, UTC } from './zones.ts';

/** What somebody is at a time. `unknown` = it cannot be said; never `free` for want of knowledge (P7). */
export const AVAILABILITIES = ['busy', 'oof', 'tentative', 'unknown', 'workingElsewhere', 'free'] as const;
/** The first of them that any event or gap says is what the time is. */
export type Availability = (typeof AVAILABILITIES)[number];

/** A stretch of time and what it is; ISO-8601 in UTC, the end exclusive. */
export interface BusySlot {
  readonly start: string;
  readonly end: string;
  readonly status: Availability;
}

/** From when to when a calendar is known as it is now. Null = at no time. */
export type Knowledge = Span | null;

/** What tells how far a stream has been read. */
type Reading = Pick<Cursor, 'baselined' | 'failures' | 'lastError' | 'phase' | 'lastPolledAt'> & {
  readonly window?: string | undefined;
};

/**
 * What is known of a calendar by its stream: its window, once it was read to its end; nothing while that is being done again, for
 * the window may be a new one, where reading it fails, or where nobody has looked since `since`. Undefined = it has no stream yet.
 */
export function knowledgeOf(cursor: Reading | undefined, since: Date): Knowledge {
  if (cursor?.baselined !== true || cursor.failures > 0 || cursor.lastError !== null) return null;
  if (cursor.lastPolledAt === null || Date.parse(cursor.lastPolledAt) < since.getTime()) return null;
  if (cursor.phase === 'baseline' || cursor.phase === 'full') return null;
  return spanOfWindow(cursor.window ?? '');
}

/** A time and what somebody says of it. */
interface Claim extends Span {
  readonly status: Availability;
}

/** What claims are made by. */
export interface ClaimRules {
  /** Where whoever asks is, on whose clock all-day events run; without it each runs on that of the zone that it was made in. */
  readonly iana?: string | undefined;
  /** Our ids of events that may be otherwise than they are held, and of masters whose occurrences may: none of them is free. */
  readonly inDoubt?: ReadonlySet<string>;
}

/**
 * What a range is, from its begin to its end without a gap, from the events of some calendars (joined with their masters) and what
 * is known of each of these. Of several claims on a time the strongest counts, in the order of `AVAILABILITIES`.
 */
export function freeBusy(
  range: Span,
  calendars: readonly Knowledge[],
  events: readonly Fields[],
  rules: ClaimRules = {},
): readonly BusySlot[] {
  const nobody: readonly Knowledge[] = calendars.length === 0 ? [null] : calendars;
  const claims = [
    ...nobody.flatMap((known) => gaps(range, onClock(known, rules.iana))),
    ...events.flatMap((event) => claimOf(event, rules)),
  ].filter((claim) => overlaps(claim, range));
  const edges = [range.from, range.to, ...claims.flatMap(({ from, to }) => [from, to])];
  const times = [...new Set(edges)].filter((at) => at >= range.from && at <= range.to).toSorted((a, b) => a - b);
  const slots: { from: number; to: number; status: Availability }[] = [];
  for (const [index, from] of times.slice(0, -1).entries()) {
    const to = times[index + 1] ?? from;
    const status = strongest(claims.filter((claim) => claim.from <= from && claim.to >= to));
    const last = slots.at(-1);
    if (last?.status === status) last.to = to;
    else slots.push({ from, to, status });
  }
  return slots.map(({ from, to, status }) => ({ start: instantKey(from), end: instantKey(to), status }));
}

function strongest(claims: readonly Claim[]): Availability {
  return AVAILABILITIES.find((status) => claims.some((claim) => claim.status === status)) ?? 'free';
}

/**
 * How far what is known goes on the clock of `asked`. All-day events are held that touch the window on the clocks that they were made
 * on, which may be as far east or west as there are any: on this one the days of others may touch it, too.
 */
function onClock(known: Knowledge, asked: string | undefined): Knowledge {
  if (known === null || asked === undefined) return known;
  const there = (at: number): number => instantOf(asked, wallIn(UTC, at));
  return { from: there(known.from) + EAST_MS, to: there(known.to) - WEST_MS };
}

/** What of a range a calendar does not tell. */
function gaps(range: Span, known: Knowledge): readonly Claim[] {
  if (known === null) return [{ ...range, status: 'unknown' }];
  return [
    ...(known.from > range.from
      ? [{ from: range.from, to: Math.min(known.from, range.to), status: 'unknown' as const }]
      : []),
    ...(known.to < range.to
      ? [{ from: Math.max(known.to, range.from), to: range.to, status: 'unknown' as const }]
      : []),
  ];
}

function claimOf(event: Fields, { iana, inDoubt }: ClaimRules): readonly Claim[] {
  const held = event['isCancelled'] === true ? 'free' : statusOf(event['showAs']);
  const ids = [event['id'], event['seriesMasterId']].filter((id) => typeof id === 'string');
  const status = held === 'free' && ids.some((id) => inDoubt?.has(id)) ? 'unknown' : held;
  const span = status === 'free' ? null : spanIn(event, iana);
  return span === null ? [] : [{ ...span, status }];
}

/** Words that Graph gets later, and none at all, say nothing that could be relied on. */
function statusOf(showAs: unknown): Availability {
  return AVAILABILITIES.find((status) => status.toLowerCase() === String(showAs).toLowerCase()) ?? 'unknown';
}

/**
 * When an event is. An all-day event runs on the clock of `asked`, else of the zone that it was made in; where that is not known, as
 * long as on any.
 */
function spanIn(event: Fields, asked: string | undefined): Span | null {
  const [times, span] = [timesOf(event), spanOf(event)];
  if (times?.isAllDay !== true || span === null) return span;
  const iana = asked ?? readZone(textIn(event['originalTimeZone']) ?? '').iana;
  const [start, end] = [readDate(times.start.date), readDate(times.end.date)];
  if (iana === null || start === null || end === null) return widest(span, event);
  return { from: instantOf(iana, { date: start, ms: 0 }), to: instantOf(iana, { date: end, ms: 0 }) };
}
