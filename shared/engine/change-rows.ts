import { sameJson, type Fields } from '../lib/json.ts';
import type { EffectContext } from './effects.ts';
import type { EngineRecord, NewChange } from './model.ts';

/** Nobody was told of this record, or it went with a stream: it is not in the feed, or its stream's baseline is yet to be told. */
export const isUntold = (cursors: EffectContext['cursors'], record: EngineRecord): boolean =>
  record.told === false || (cursors.get(record.stream)?.told === false && record.told !== true);

/** The row that tells of a record that was not there. */
export function createdRow(context: Pick<EffectContext, 'kind' | 'cause'>, record: EngineRecord): NewChange {
  const after = context.kind.show(record);
  return {
    type: `${context.kind.name}.created`,
    id: record.id,
    graphId: record.graphId,
    cause: context.cause,
    changed: Object.keys(after).filter((key) => key !== 'id' && key !== 'graphId'),
    before: null,
    after,
  };
}

/** What the change row of a record tells. */
export interface Told {
  readonly changed: readonly string[];
  /** Values that lost a conflict. */
  readonly losing: Fields | null;
  /** What the record was read as before, where it held a part of that alone. */
  readonly from?: Fields;
  /** Why they lost, where the remote has refused them. */
  readonly refused?: EngineRecord['refused'];
}

/** The row that tells of a changed record, if there is anything to tell. */
export function changeRows(
  context: Pick<EffectContext, 'kind' | 'silent' | 'cursors' | 'cause'>,
  old: EngineRecord,
  record: EngineRecord,
  told: Told,
): NewChange[] {
  const { kind } = context;
  const { from = old.fields } = told;
  // What was cut to fit a row differs from what came, but not from what stands.
  const changed = told.changed.filter(
    (field) => !kind.quietFields.includes(field) && !sameJson(from[field], record.fields[field]),
  );
  if (context.silent || !kind.feed) return [];
  if (isUntold(context.cursors, old)) {
    if (isUntold(context.cursors, record)) return [];
    // What was never made went from the feed with its stream, and is there again.
    if (told.losing?.['created'] === true) return [{ ...conflictRow(context, { old, record, told }), before: null }];
    // Out of a folder that nobody was told of, into one that was: here it is new.
    return [createdRow(context, record)];
  }
  if (changed.length === 0 && told.losing === null) return [];
  if (told.losing !== null) return [conflictRow(context, { old, record, told: { ...told, changed } })];
  // One whose place was not known before was made there.
  const moved = kind.placeFields.some((field) => changed.includes(field) && (old.fields[field] ?? null) !== null);
  return [changedRow(context, { old, record, changed }, moved ? 'moved' : 'updated')];
}

/** The row that tells of a record that has changed. */
export function changedRow(
  context: Pick<EffectContext, 'kind' | 'cause'>,
  {
    old,
    record,
    changed,
  }: { readonly old: EngineRecord; readonly record: EngineRecord; readonly changed: readonly string[] },
  type: 'moved' | 'updated' | 'conflict',
): NewChange {
  const { kind, cause } = context;
  return {
    type: `${kind.name}.${type}`,
    id: record.id,
    graphId: record.graphId,
    cause,
    changed: [...changed],
    before: kind.show(old),
    after: kind.show(record),
  };
}

/** What stands in `losing` where it was the whole record that was to be there, or not to be. */
const whole: readonly string[] = ['created', 'deleted'];

/**
 * The row that tells what lost, and why where the remote has refused it. It names what a row shows, and no more: what is only sent
 * is kept nowhere (P16).
 */
export function conflictRow(
  context: Pick<EffectContext, 'kind' | 'cause'>,
  { old, record, told }: { readonly old: EngineRecord; readonly record: EngineRecord; readonly told: Told },
): NewChange {
  const { refused } = told;
  const row = changedRow(context, { old, record, changed: told.changed }, 'conflict');
  const shown = { ...row.before, ...row.after };
  const losing = Object.entries(told.losing ?? {}).filter(([field]) => whole.includes(field) || field in shown);
  const why = refused === undefined ? {} : { refused: { code: refused.code, message: refused.message } };
  return { ...row, details: { losing: Object.fromEntries(losing), ...why } };
}

/** The row that tells of a record that is gone, unless nobody was told of it. `details` null = nothing is told of it alone. */
export function deletedRows(
  context: Pick<EffectContext, 'kind' | 'silent' | 'cause' | 'cursors'>,
  record: EngineRecord,
  details: Fields | null,
): NewChange[] {
  const { kind, cause } = context;
  if (details === null || context.silent || !kind.feed || isUntold(context.cursors, record)) return [];
  const { id, graphId } = record;
  const before = kind.show(record);
  return [{ type: `${kind.name}.deleted`, id, graphId, cause, changed: [], before, after: null, details }];
}
