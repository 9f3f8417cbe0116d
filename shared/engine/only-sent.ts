import { sameJson, type Fields } from '../lib/json.ts';
import type { Kind } from './domain.ts';
import { sends } from './merge.ts';
import type { EngineRecord, OutboxOperation, OwnWrite } from './model.ts';

/**
 * The record without what was only to be sent, unless an operation that still waits for it is to send it: whatever became of the
 * write, such a value is kept no longer than that (P16).
 */
export function withoutSent(
  { onlySent = [], defaults }: Pick<Kind, 'onlySent' | 'defaults'>,
  record: EngineRecord,
  waiting: readonly OutboxOperation[],
): EngineRecord {
  if (onlySent.length === 0) return record;
  const mine = waiting.filter(({ recordId }) => recordId === record.id);
  const over = onlySent.filter((field) => !mine.some(({ fields }) => field in fields));
  const emptied = (held: Fields, of: readonly string[]): Fields =>
    Object.fromEntries(
      Object.entries(held).map(([field, value]) => [field, of.includes(field) ? (defaults[field] ?? null) : value]),
    );
  const cut = (held: Fields): Fields =>
    Object.fromEntries(Object.entries(held).filter(([field]) => !onlySent.includes(field)));
  const waits = ({ op, done }: OwnWrite): boolean => !done && mine.some((operation) => operation.op === op);
  const fields = emptied(record.fields, over);
  // The remote never tells of it.
  const base = record.base === null ? null : emptied(record.base, onlySent);
  const undo = cut(record.undo?.fields ?? {});
  return {
    ...record,
    fields,
    base: sameJson(base, fields) ? null : base,
    own: record.own.map((write) =>
      waits(write) ? write : { ...write, fields: cut(write.fields), before: cut(write.before) },
    ),
    undo: record.undo === undefined || !sends({ fields: undo }) ? undefined : { ...record.undo, fields: undo },
  };
}
