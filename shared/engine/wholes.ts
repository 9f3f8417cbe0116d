import { z } from 'zod';
import { sameJson, type Fields } from '../lib/json.ts';
import { noEffect, type Effect } from './chunk.ts';
import type { Kind } from './domain.ts';
import type { EffectContext } from './effects.ts';
import type { Head } from './head.ts';
import { remoteRecordId } from './ids.ts';
import type { EngineRecord, Scope } from './model.ts';
import type { PartitionStore } from './ports.ts';
import { replaceRecord } from './record-rows.ts';

/** The wholes of groups, by their Graph ids. */
export type Wholes = ReadonlyMap<string, EngineRecord>;

export const noWholes: Wholes = new Map();

/** An item or a record, as far as it tells what it is a part of. */
export interface Part {
  readonly graphId: string | null;
  readonly fields: Fields;
}

/** The Graph id of the whole that this is a part of; null where it is of none, or where nothing tells its parts apart. */
export function wholeIdOf(kind: Kind, { graphId, fields }: Part): string | null {
  if (graphId === null || kind.slotOf === undefined) return null;
  const group = kind.groupOf?.(fields, graphId) ?? null;
  return group === graphId ? null : group;
}

/** Whether a record is the whole of a group that lists its empty slots. */
export const isWhole = (kind: Kind, { graphId, fields }: Part): boolean =>
  kind.emptySlots !== undefined && graphId !== null && kind.groupOf?.(fields, graphId) === graphId;

/** The slot that a part fills; null where that cannot be told. */
export function slotIn(kind: Kind, wholes: Wholes, part: Part): string | null {
  const whole = wholes.get(wholeIdOf(kind, part) ?? '');
  return whole === undefined ? null : (kind.slotOf?.(part.fields, whole.fields) ?? null);
}

/** Whether an item fills the slot of a part, whatever its Graph id is: it is the same thing. */
export function fillsSlotOf(kind: Kind, wholes: Wholes, part: Part, item: Part): boolean {
  const whole = wholeIdOf(kind, part);
  if (whole === null || wholeIdOf(kind, item) !== whole) return false;
  const slot = slotIn(kind, wholes, part);
  return slot !== null && slotIn(kind, wholes, item) === slot;
}

/** The wholes of these parts, as far as they are held. Reads nothing where there are none. */
export async function readWholes(
  store: Pick<PartitionStore, 'readRecords' | 'readRemotes'>,
  at: { readonly scope: Scope; readonly head: Pick<Head, 'counts'>; readonly kind: Kind },
  parts: readonly Part[],
): Promise<Wholes> {
  const wanted = [...new Set(parts.flatMap((part) => wholeIdOf(at.kind, part) ?? []))];
  if (wanted.length === 0) return new Map();
  // One that was born here is found by another id than its Graph id tells.
  const renamed: ReadonlyMap<string, string> =
    at.head.counts.remotes > 0 ? await store.readRemotes(at.scope, wanted) : new Map();
  const idOf = (graphId: string): string => renamed.get(graphId) ?? remoteRecordId(at.scope.connectionId, graphId);
  const records = await store.readRecords(at.scope, wanted.map(idOf));
  return new Map(
    wanted.flatMap((graphId): [string, EngineRecord][] => {
      const record = records.get(idOf(graphId));
      return record?.graphId === graphId ? [[graphId, record]] : [];
    }),
  );
}

const texts = z.array(z.string()).catch([]);

/** Whether a whole lists slots as empty that it did not list before. */
export function listsMore({ emptySlots = '' }: Kind, before: Fields, after: Fields): boolean {
  const known = texts.parse(before[emptySlots]);
  return texts.parse(after[emptySlots]).some((slot) => !known.includes(slot));
}

type SlotContext = Pick<EffectContext, 'store' | 'kind' | 'silent' | 'cursors' | 'cause' | 'wholes'>;

/** What becomes of a deletion by the application: it is asked for, the remote has done it, or it is not to be. */
type Deletion = 'asked' | 'done' | 'undone';

/**
 * The whole of a part that the application deletes: it lists the slot from now on. So what the remote comes to show of it is what
 * stands here, and no edit of others (P9). Where nothing came of the deletion it lists what the remote says that it does.
 */
export function slotEffect(context: SlotContext, part: Part, deletion: Deletion): Effect {
  const { kind, wholes = noWholes } = context;
  const { emptySlots } = kind;
  const whole = wholes.get(wholeIdOf(kind, part) ?? '');
  const slot = slotIn(kind, wholes, part);
  if (emptySlots === undefined || whole === undefined || whole.leaving !== undefined || slot === null) return noEffect;
  const base = whole.base ?? whole.fields;
  const listed = { here: texts.parse(whole.fields[emptySlots]), there: texts.parse(base[emptySlots]) };
  const there = deletion === 'done' ? withSlot(listed.there, slot) : listed.there;
  const stands = deletion === 'undone' && !listed.there.includes(slot);
  const here = stands ? listed.here.filter((one) => one !== slot) : withSlot(listed.here, slot);
  const fields: Fields = { ...whole.fields, [emptySlots]: here };
  const nextBase: Fields = { ...base, [emptySlots]: there };
  const next = { ...whole, fields, base: sameJson(nextBase, fields) ? null : nextBase };
  return replaceRecord(context, whole, next, {
    changed: sameJson(here, listed.here) ? [] : [emptySlots],
    losing: null,
  });
}

const withSlot = (slots: readonly string[], slot: string): readonly string[] =>
  slots.includes(slot) ? slots : [...slots, slot].toSorted();
