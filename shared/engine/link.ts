import { sameJson, type Fields, type Json } from '../lib/json.ts';
import { changedRow, conflictRow } from './change-rows.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import type { Kind } from './domain.ts';
import { dropHints, type EffectContext, type Item, type WaitingCreate } from './effects.ts';
import { remoteRecordId } from './ids.ts';
import type { EngineRecord, OutboxOperation, OwnWrite } from './model.ts';
import { dropOperations, putOperation } from './outbox-rows.ts';
import { movedTo, remoteRow, replaceRecord } from './record-rows.ts';
import { uniteSets } from './sets.ts';

/** Creates that were never sent and that share a key with the item, of the first rank where any does. */
export function matching(kind: Kind, open: readonly WaitingCreate[], item: Item): readonly WaitingCreate[] {
  // Keys cost something, telephone numbers above all, and in a first round there is nothing to compare them with.
  if (open.length === 0) return [];
  const theirs = kind.matchKeys?.({ ...kind.defaults, ...item.fields }) ?? [];
  for (const [rank, keys] of theirs.entries()) {
    const wanted = new Set(keys);
    const found = open.filter(({ record }) =>
      (kind.matchKeys?.(record.fields)[rank] ?? []).some((key) => wanted.has(key)),
    );
    if (found.length > 0) return found;
  }
  return [];
}

/** Two things that are found to be one, in one. */
interface Linked {
  readonly fields: Fields;
  readonly losing: Readonly<Record<string, Json>>;
}

const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Without a base nothing tells who changed what: each fills what the other lacks, and lists are put together. */
export function linked(kind: Kind, ours: Fields, theirs: Fields, policy: 'remote' | 'local'): Linked {
  const fields: Record<string, Json> = { ...ours };
  const losing: Record<string, Json> = {};
  for (const [field, value] of Object.entries(theirs)) {
    const mine = ours[field];
    const said = (side: Json | undefined): boolean => !isEmpty(side) && !sameJson(side, kind.defaults[field]);
    const set = kind.sets?.[field];
    if (mine === undefined || sameJson(mine, value)) fields[field] = value;
    // It is where it is, wherever it was to be made.
    else if (kind.placeFields.includes(field)) fields[field] = value;
    else if (set !== undefined) {
      const { result, lost } = uniteSets({ ours: mine, theirs: value }, set, policy);
      fields[field] = result;
      if (lost.length > 0) losing[field] = lost;
    } else if (!said(value)) fields[field] = mine;
    else if (!said(mine)) fields[field] = value;
    else {
      fields[field] = policy === 'remote' ? value : mine;
      losing[field] = policy === 'remote' ? mine : value;
    }
  }
  return { fields, losing };
}

/** A record that was not sent yet and an item that arrives are one thing: the record takes the item, and only what differs is sent. */
export function linkEffect(
  context: EffectContext,
  stream: string,
  { operation, record }: WaitingCreate,
  item: Item,
): Effect {
  const { kind, cursors } = context;
  const made = (kind.madeUp?.(record.fields) ?? []).filter((field) => !isEmpty(item.fields[field]));
  const given = Object.fromEntries(Object.entries(record.fields).filter(([field]) => !made.includes(field)));
  const { fields, losing } = linked(kind, given, item.fields, context.policy);
  const base: Fields = { ...kind.defaults, ...item.fields };
  const unsent = Object.entries(fields).filter(([field, value]) => !sameJson(value, base[field]));
  const changed = Object.keys(fields).filter((field) => !sameJson(fields[field], record.fields[field]));
  const overwritten = changed.filter((field) => !made.includes(field));
  const former = Object.fromEntries(overwritten.map((field) => [field, record.fields[field] ?? null]));
  const left = sending(operation, item.graphId, { fields: Object.fromEntries(unsent), base });
  const next: EngineRecord = {
    ...record,
    graphId: item.graphId,
    etag: item.etag,
    modifiedAt: item.modifiedAt,
    ...movedTo(cursors, record, kind.placeOf(fields) ?? stream),
    fields,
    base: unsent.length === 0 ? null : base,
    own: left === null ? [] : [left.own],
    undo: overwritten.length === 0 ? undefined : { fields: former, at: context.now.toISOString() },
  };
  const told = { changed, losing: Object.keys(losing).length > 0 ? losing : null };
  // Whoever made the record knows it, whether or not the stream was told of.
  const rows = replaceRecord({ ...context, silent: true }, record, next, told);
  const row =
    told.losing === null
      ? changedRow(context, { old: record, record: next, changed }, 'updated')
      : conflictRow(context, { old: record, record: next, told });
  const waiting = [...context.outbox.values()].filter(({ recordId }) => recordId === record.id);
  return [
    dropHints(context, remoteRecordId(context.connectionId, item.graphId)),
    remoteRow(context.connectionId, record, item.graphId),
    dropOperations(waiting.filter(({ op }) => left === null || op !== operation.op)),
    left === null ? noEffect : putOperation(left.operation),
  ].reduce(combine, { ...rows, feed: kind.feed ? [row] : [] });
}

/** What is still to be sent of a create whose item is there already: an update, or nothing. */
function sending(
  operation: OutboxOperation,
  graphId: string,
  { fields, base }: { readonly fields: Fields; readonly base: Fields },
): { readonly operation: OutboxOperation; readonly own: OwnWrite } | null {
  if (Object.keys(fields).length === 0) return null;
  const before = Object.fromEntries(Object.keys(fields).map((field) => [field, base[field] ?? null]));
  return {
    operation: { ...operation, effect: undefined, alone: undefined, action: 'update', graphId, fields },
    own: { op: operation.op, fields, before, done: false },
  };
}
