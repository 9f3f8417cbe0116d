import { combine, type Effect } from './chunk.ts';
import { confirmEffect } from './confirm-effect.ts';
import type { Kind } from './domain.ts';
import { createEffect, dropHints, thinEffect, type EffectContext, type Item, type WaitingCreate } from './effects.ts';
import { remoteRecordId } from './ids.ts';
import { linkEffect, matching } from './link.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';
import { wasTried } from './outbox-rows.ts';
import { isOutside } from './windows.ts';

/** How far the clocks of the remote and of whoever wrote an operation may be apart. */
const CLOCKS_APART_MS = 86_400_000;

/**
 * An item that we do not hold. It may be what a create of ours has made, whose answer nobody has heard (P8, P9); or what the
 * application and somebody else have written down both. Else it is a new one.
 */
export function unknownEffect(context: EffectContext, stream: string, item: Item): Effect {
  const { creates, kind } = context;
  const { origin } = item;
  const moves = movesOf(context);
  // The push that makes it anew comes to its end yet: the record goes on with it, or it is somebody else's by then.
  if (isBeingMade(context, item)) return thinEffect(context, stream, item);
  const made = typeof origin === 'string' ? creates.find(({ operation }) => operation.op === origin) : undefined;
  if (made !== undefined) return adoptEffect(context, made, item);
  const place = kind.placeOf(item.fields) ?? stream;
  const untold = origin === undefined && !context.authoritative;
  const makers = [...creates.map(({ operation }) => operation), ...moves];
  if (item.partial || (untold && makers.some((operation) => mayHaveMade(operation, item))))
    return thinEffect(context, stream, item);
  if (isOutside(context, place, item.fields))
    return dropHints(context, remoteRecordId(context.connectionId, item.graphId));
  if (!context.cursors.has(place)) return createEffect(context, stream, item);
  const [found, ...others] = matching(kind, creates.filter(isUnsent), item);
  if (found !== undefined && others.length === 0) return linkEffect(context, place, found, item);
  const created = createEffect(context, stream, item);
  return found === undefined ? created : withCandidates(context, created, item, [found, ...others]);
}

type MoveContext = Pick<EffectContext, 'kind' | 'outbox'>;

/** Whether it is a move that may make its item anew. */
const isRemaking = (kind: Kind, { kind: of, effect, fields }: OutboxOperation): boolean =>
  kind.remakes === true &&
  of === kind.name &&
  effect === undefined &&
  kind.placeFields.some((field) => field in fields);

/** Moves under way, where they may make items. */
const movesOf = ({ kind, outbox }: MoveContext): readonly OutboxOperation[] =>
  [...outbox.values()].filter((operation) => isRemaking(kind, operation));

/** Whether a move that is under way has made this item: whose it is shows when that has come to its end. */
export const isBeingMade = (context: MoveContext, { origin }: Pick<Item, 'origin'>): boolean =>
  movesOf(context).some(({ op }) => op === origin);

/** Whether an operation was tried and may have made an item of which nobody knows yet: a create, or a move that makes anew. */
export const mayHaveMadeOne = (kind: Kind, operation: OutboxOperation): boolean =>
  (operation.effect === 'create' || isRemaking(kind, operation)) && wasTried(operation);

/**
 * Whether a move of this record is on its way that may have taken its item away: that the item is not there any more, or lies
 * elsewhere, proves nothing before the move has come to its end. It has where the push itself found the item gone.
 */
export const mayBeRemade = (context: EffectContext, { id }: EngineRecord): boolean =>
  movesOf(context).some(
    (operation) => operation.recordId === id && wasTried(operation) && operation.lastError !== 'remote.gone',
  );

const isUnsent = ({ operation, record }: WaitingCreate): boolean =>
  !wasTried(operation) && operation.alone !== true && record.leaving === undefined;

/** Whether a create of ours that was tried may have made this item. Generous: the item itself tells when it is read. */
function mayHaveMade(operation: OutboxOperation, item: Item): boolean {
  if (!wasTried(operation)) return false;
  const age = Date.parse(operation.createdAt) - Date.parse(item.modifiedAt ?? operation.createdAt);
  return !(age > CLOCKS_APART_MS);
}

/** The item that our create has made: the create is done. */
function adoptEffect(context: EffectContext, { operation, record }: WaitingCreate, item: Item): Effect {
  const { effect } = confirmEffect(context, { operation, record, item, authoritative: true });
  return combine(dropHints(context, remoteRecordId(context.connectionId, item.graphId)), effect);
}

/** Several of our records may be this item: none is merged with it, and the feed says so. */
function withCandidates(
  context: EffectContext,
  created: Effect,
  item: Item,
  candidates: readonly WaitingCreate[],
): Effect {
  const [row] = created.feed;
  if (row === undefined) return created;
  const ambiguous = {
    ...row,
    type: `${context.kind.name}.match_ambiguous`,
    id: remoteRecordId(context.connectionId, item.graphId),
    changed: [],
    details: { candidates: candidates.map(({ record }) => record.id) },
  };
  return { ...created, feed: [...created.feed, ambiguous] };
}
