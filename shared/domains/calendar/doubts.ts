import { isDoubted } from '../../engine/effects.ts';
import type { Head } from '../../engine/head.ts';
import type { Hint, Scope } from '../../engine/model.ts';
import type { PartitionStore } from '../../engine/ports.ts';

/** What waits to be read again, and may be otherwise than it is held. */
export interface Doubts {
  /** Our ids of events and of masters. */
  readonly ids: ReadonlySet<string>;
  /** Streams of which nobody can tell what else they hold; `all` = of any. */
  readonly streams: ReadonlySet<string> | 'all';
}

const none: Doubts = { ids: new Set(), streams: new Set() };

/** Items that did not tell all, at most, whose records are looked at; beyond that nothing is certain. */
const MOST_LOOKED_AT = 100;

/**
 * What of the events is in doubt. Where an item told that it is another, and not what, a series has its occurrences at their times
 * still, for these are told by themselves; any other event that is held may be at another time, or in another calendar, than it was;
 * and one that is not held is in its calendar at some time. Reads nothing where nothing waits.
 */
export async function readDoubts(
  store: Pick<PartitionStore, 'readHints' | 'readRecords'>,
  scope: Scope,
  { counts }: Pick<Head, 'counts'>,
): Promise<Doubts> {
  if (counts.hints === 0) return none;
  const hints = (await store.readHints(scope)).filter(({ kind }) => kind === 'event');
  const ids = new Set(hints.map(({ id }) => id));
  const untold = hints.filter((hint) => isDoubted(hint, 'thin'));
  if (untold.length > MOST_LOOKED_AT) return { ids, streams: 'all' };
  return { ids, streams: await uncertain(store, scope, untold) };
}

async function uncertain(
  store: Pick<PartitionStore, 'readRecords'>,
  scope: Scope,
  untold: readonly Hint[],
): Promise<Doubts['streams']> {
  if (untold.length === 0) return none.streams;
  const records = await store.readRecords(
    scope,
    untold.map(({ id }) => id),
  );
  const held = untold.flatMap(({ id }) => records.get(id) ?? []);
  const onlySeries = held.every(({ fields, leaving }) => fields['type'] === 'master' && leaving === undefined);
  if (!onlySeries) return 'all';
  return new Set(untold.flatMap(({ id, stream }) => (records.has(id) ? [] : [stream])));
}
