import type { StreamPlan } from './domain.ts';
import type { Cause, Cursor } from './model.ts';
import type { RemotePage } from './ports.ts';

/** The cursor of a stream that was never read. */
export const newCursor = (plan: StreamPlan): Cursor => ({
  stream: plan.id,
  kind: plan.kind,
  label: plan.label,
  link: null,
  phase: 'baseline',
  midRound: true,
  generation: 1,
  baselined: false,
  told: false,
  records: 0,
  seen: 0,
  expected: plan.expected,
  failures: 0,
  lastError: null,
  notBefore: null,
  resets: 0,
  miscounts: 0,
  lastPolledAt: null,
  pageSize: null,
  held: 0,
  ...(plan.place === undefined ? {} : { place: plan.place }),
  ...(plan.window === undefined ? {} : { window: plan.window }),
});

/** A fresh round that compares all (P5). */
export const restarted = (cursor: Cursor): Cursor => ({
  ...cursor,
  link: null,
  phase: cursor.baselined ? 'full' : 'baseline',
  midRound: true,
  generation: cursor.generation + 1,
  seen: 0,
  ordinary: undefined,
  print: undefined,
});

/** A fresh round that compares all, of a stream that has lost nothing. */
export const renewed = (cursor: Cursor): Cursor => ({ ...restarted(cursor), ordinary: true });

/**
 * The round over a new window: begun where the stream was at rest, else the one that has not read its first page yet. The old
 * link is dropped.
 */
export const rolled = (cursor: Cursor, window: string | undefined): Cursor => ({
  ...(cursor.midRound ? cursor : renewed(cursor)),
  window,
  former: cursor.former ?? cursor.window,
});

/** The cause of what a round that compares all finds: a resync only where the stream had lost its place. */
export const comparedBy = (cursor: Cursor, cause: Cause): Cause => (cursor.ordinary === true ? cause : 'resync');

/** Where the cursor stands after a page. */
export function advanced(
  cursor: Cursor,
  page: RemotePage,
  by: { readonly now: string; readonly pass: string },
): Cursor {
  const seen = cursor.seen + page.items.length;
  const begins = !cursor.midRound || cursor.link === null;
  const pass = begins ? by.pass : cursor.pass;
  const moved = { ...cursor, seen, failures: 0, lastError: null, notBefore: null, lastPolledAt: by.now, pass };
  if (page.next !== null) return { ...moved, link: page.next, midRound: true };
  const compares = cursor.phase === 'full' || (cursor.phase === 'baseline' && cursor.generation > 1);
  if (compares) return { ...moved, link: page.delta, phase: 'sweep', midRound: true };
  return completed({ ...moved, link: page.delta });
}

/** The cursor of a stream whose round is complete. */
export const completed = (cursor: Cursor): Cursor => ({
  ...cursor,
  phase: 'delta',
  midRound: false,
  baselined: true,
  resets: 0,
  seen: 0,
  pageSize: grown(cursor),
  former: undefined,
  ordinary: undefined,
});

/** A page size that was halved grows back with complete rounds. */
const grown = (cursor: Cursor): number | null =>
  cursor.pageSize === null || cursor.pageSize > 400 ? null : cursor.pageSize * 2;
