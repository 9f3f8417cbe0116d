import { combine, noEffect, type Effect } from './chunk.ts';
import type { Kind } from './domain.ts';
import type { EffectContext, Item } from './effects.ts';
import { itemEffect } from './item-effect.ts';
import { isEdited } from './leaving.ts';
import type { EngineRecord } from './model.ts';
import { recordWrites, renamed } from './record-rows.ts';
import { slotIn, wholeIdOf, type Part, type Wholes } from './wholes.ts';

/** Records of parts that go on under another Graph id, by that id. */
export type Heirs = ReadonlyMap<string, EngineRecord>;

/** Whether this is no item of a record that is held; one that was held by it once, under another name now, is no exception. */
export const isStranger = (records: ReadonlyMap<string, EngineRecord>, { graphId }: Item): boolean =>
  records.get(graphId)?.graphId !== graphId;

/**
 * Whether nobody has heard what became of a write of ours to this part, which may have made it anew: that it is not found by its
 * name proves nothing yet (P7, P8).
 */
export const mayBeRenamed = (kind: Kind, record: EngineRecord): boolean =>
  wholeIdOf(kind, record) !== null && record.own.some(({ done }) => !done);

/**
 * The remote may make a part anew when it is edited by itself: the item that then fills its slot is the same thing with another
 * Graph id, and no part was deleted. `absent` are the parts that are no longer shown; `records` hold the wholes.
 */
export function heirsOf(
  kind: Kind,
  page: { readonly items: readonly Item[]; readonly records: ReadonlyMap<string, EngineRecord> },
  absent: readonly EngineRecord[],
): Heirs {
  const heirs = new Map<string, EngineRecord>();
  const open = new Map<string, EngineRecord>();
  for (const record of absent) {
    const place = placeIn(kind, page.records, record);
    if (place !== null) open.set(place, record);
  }
  if (open.size === 0) return heirs;
  for (const item of page.items) {
    const place = isStranger(page.records, item) ? placeIn(kind, page.records, item) : null;
    const record = place === null ? undefined : open.get(place);
    if (place === null || record === undefined) continue;
    heirs.set(item.graphId, record);
    open.delete(place);
  }
  return heirs;
}

function placeIn(kind: Kind, wholes: Wholes, part: Part): string | null {
  const slot = slotIn(kind, wholes, part);
  return slot === null ? null : JSON.stringify([wholeIdOf(kind, part), slot]);
}

/** What an item means for the record that goes on as this item: whatever else comes of it, the record is found by its new name. */
export function heirEffect(context: EffectContext, stream: string, record: EngineRecord, item: Item): Effect {
  if (record.leaving !== undefined) return leavingHeirEffect(context, stream, record, item);
  const named = { ...record, graphId: item.graphId };
  const effect = itemEffect(context, stream, named, item);
  const put = effect.writes.find((write) => write.row === 'record' && 'put' in write);
  const next = put?.row === 'record' && 'put' in put ? put.put : named;
  // Its index rows hold the Graph id as well.
  const rest = effect.writes.filter((write) => !('put' in write && (write.row === 'record' || write.row === 'index')));
  const rows = recordWrites(context, next).writes;
  return combine(renamed(context.connectionId, record, item.graphId), { ...effect, writes: [...rest, ...rows] });
}

/** What is being deleted is deleted under its new name, as our write has left it; what others have made of it stands, by policy. */
function leavingHeirEffect(context: EffectContext, stream: string, record: EngineRecord, item: Item): Effect {
  const { connectionId, policy } = context;
  if (policy === 'remote' && isEdited(context, record, item)) return itemEffect(context, stream, undefined, item);
  const { graphId, etag, modifiedAt } = item;
  const put: EngineRecord = { ...record, graphId, etag, modifiedAt: modifiedAt ?? record.modifiedAt };
  return combine(renamed(connectionId, record, graphId), { ...noEffect, writes: [{ row: 'record', put }] });
}
