import type { Kind } from './domain.ts';
import { isReadAlone, type EffectContext, type Item } from './effects.ts';
import { rulesOf } from './merge-effects.ts';
import { mergeRemote, type Merge } from './merge.ts';
import type { EngineRecord } from './model.ts';
import { wasTried } from './outbox-rows.ts';
import { isOurDoing } from './own-doing.ts';
import { isWhole } from './wholes.ts';

/** A write of ours is on its way, and may have come there; one that nobody has tried yet has done nothing. */
const isPending = ({ outbox }: Pick<EffectContext, 'outbox'>, { own }: EngineRecord): boolean =>
  own.some(({ op, done }) => {
    const operation = done ? undefined : outbox.get(op);
    return operation !== undefined && wasTried(operation);
  });

/** Whether a whole, as it is held, is what a write of ours has made of it, or may be about to be. */
export const isHeldOurs = (context: Pick<EffectContext, 'outbox'>, record: EngineRecord): boolean =>
  record.unshown !== true && ((record.etag !== null && record.etag === record.ownEtag) || isPending(context, record));

/** Whether a whole, as an item shows it, is what a write of ours has made of it. */
export function isShownOurs(context: EffectContext, record: EngineRecord, shown: Item): boolean {
  const { etag } = shown;
  if (record.unshown === true) return false;
  if (etag !== null && etag === record.ownEtag) return true;
  const pending = isPending(context, record);
  // All that we wrote has come to a version that we know: another one is of others.
  const isOthers = !pending && etag !== null && record.ownEtag !== undefined;
  // What waits has done nothing there.
  const none = !pending && record.own.every(({ done }) => !done);
  if (none || isOthers) return pending;
  const merge = mergeRemote(record, shown, rulesOf(context));
  if (merge.verdict === 'merged') {
    // What nobody is told of follows from what was written: how a series repeats, in the remote's own words.
    const isQuiet = merge.changed.every((field) => context.kind.quietFields.includes(field));
    return (isQuiet && merge.losing === null) || isOurDoing(context, record, shown, merge);
  }
  return merge.verdict === 'ask' || pending;
}

/** The record of what others have changed, as this item shows that was read itself: of a whole no page has told yet what came of that. */
export const changedByOthers = (kind: Kind, record: EngineRecord, item: Item): EngineRecord =>
  record.unshown !== true && isWhole(kind, item) && item.etag !== record.etag ? { ...record, unshown: true } : record;

/** The record as others are to be told from us in its parts, after an item of it that is no older. */
export function afterShown(
  context: EffectContext,
  record: EngineRecord,
  item: Item,
  { verdict }: Pick<Merge, 'verdict'>,
): EngineRecord {
  if (verdict !== 'same' && verdict !== 'merged') return record;
  // The page may go on with parts: for these the version is not ours alone.
  if (!context.authoritative)
    return record.unshown === true ? { ...record, unshown: undefined, ownEtag: undefined } : record;
  // A page that asked for this reading had the parts with it.
  if (!isReadAlone(context, record.id) || isShownOurs(context, record, item)) return record;
  return changedByOthers(context.kind, record, item);
}
