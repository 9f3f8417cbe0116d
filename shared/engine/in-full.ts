import { sameJson, type Fields, type Json } from '../lib/json.ts';
import type { Told } from './change-rows.ts';
import type { Kind } from './domain.ts';
import type { EffectContext, Item } from './effects.ts';
import type { Head } from './head.ts';
import type { Settled } from './merge.ts';
import type { EngineRecord, Scope } from './model.ts';
import type { PartitionStore } from './ports.ts';
import { noWholes, readWholes, wholeIdOf, type Wholes } from './wholes.ts';

type FullContext = Pick<EffectContext, 'kind' | 'wholes'>;

/**
 * A part that holds nothing but its own, with all that it has of its whole as the remote has that, and what was written here. Null for
 * all others.
 */
export const inFull = (context: FullContext, record: EngineRecord): EngineRecord | null =>
  withWhole(context, record, ({ base, fields }) => base ?? fields);

/** What a record is read as: a part with what it has of its whole as that stands here, others as they are. */
export const readAs = (context: FullContext, record: EngineRecord): Fields =>
  (withWhole(context, record, ({ fields }) => fields) ?? record).fields;

function withWhole(
  { kind, wholes = noWholes }: FullContext,
  record: EngineRecord,
  ofWhole: (whole: EngineRecord) => Fields,
): EngineRecord | null {
  const whole = wholes.get(wholeIdOf(kind, record) ?? '');
  const own = record.base ?? record.fields;
  const base = whole === undefined ? null : (kind.inFull?.(own, ofWhole(whole)) ?? null);
  if (base === null) return null;
  const written = Object.entries(record.fields).filter(
    ([field, value]) => !sameJson(value, own[field]) || isWritten(record, field, value),
  );
  const fields: Fields = { ...base, ...Object.fromEntries(written) };
  return { ...record, fields, base };
}

/** A value may have been taken away here that the part did not hold itself. */
const isWritten = ({ own }: EngineRecord, field: string, value: Json): boolean =>
  own.some((write) => field in write.fields && sameJson(write.fields[field], value));

/**
 * The record as this item is to be merged with it: in full where the item tells all by itself. What that shows as the whole does
 * nobody has edited, and what was written here is compared with it (P10).
 */
export function heldInFull(context: FullContext, record: EngineRecord, item: Pick<Item, 'fields'>): EngineRecord {
  const full = inFull(context, record);
  if (full === null) return record;
  const shown = { ...record, fields: { ...(record.base ?? record.fields), ...item.fields }, base: null };
  // A part without anything of its own, as it was before.
  return inFull(context, shown) === null ? full : record;
}

/**
 * What is told of a record that was merged as it is held in full. What was written to its whole here, and waits, it was read with:
 * where it says itself now that it is not so, that is a change to whoever reads it.
 */
export function toldOf(
  context: FullContext,
  { record, held, merge }: { readonly record: EngineRecord; readonly held: EngineRecord; readonly merge: Settled },
): Told {
  if (held === record) return { ...merge, from: record.fields };
  const from = readAs(context, record);
  const other = Object.keys(from).filter((field) => !sameJson(from[field], held.fields[field]));
  return { ...merge, changed: [...new Set([...merge.changed, ...other])], from };
}

/** The wholes that a record must be seen in full with, if it is a part without a version of its own. Reads nothing for others. */
export const wholesOf = async (
  store: Pick<PartitionStore, 'readRecords' | 'readRemotes'>,
  at: { readonly scope: Scope; readonly head: Pick<Head, 'counts'>; readonly kind: Kind },
  record: EngineRecord | undefined,
): Promise<Wholes> =>
  at.kind.inFull !== undefined && record?.etag === null ? readWholes(store, at, [record]) : noWholes;
