import { decodeItems } from './decode-items.ts';
import { findRecords } from './lookup.ts';
import type { ItemAnswer } from './ports.ts';
import { throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';

/** Of a named item the stream that it is in, as we know it or as the item itself says; null = nobody can say where it is. */
export type Places = ReadonlyMap<string, string | null>;

/** Where the named items are. One whose place cannot be learned now may be anywhere: no failure says that it is nowhere. */
export async function placesOfNamed(run: Run): Promise<Places> {
  const ids = [...run.named];
  if (ids.length === 0) return new Map();
  const records = await findRecords(run.session, ids);
  const kind = kindOf(run, run.domain.namedKind);
  const unknown = ids.filter((id) => !records.has(id));
  const answers = unknown.length > 0 ? await run.source.getMany(unknown.map((id) => kind.itemPath(id))) : [];
  throwIfThrottled(answers);
  const placeIn = (answer: ItemAnswer | undefined): string | null => {
    const [item] = answer?.outcome === 'found' ? decodeItems(kind, [answer.raw], true) : [];
    return item?.type === 'item' ? (kind.placeOf(item.fields) ?? null) : null;
  };
  return new Map([
    ...[...records].map(([id, { stream }]) => [id, stream] as const),
    ...unknown.map((id, index) => [id, placeIn(answers[index])] as const),
  ]);
}

/** The streams of a kind. */
export const streamsOf = (plans: Plans, kind: string): readonly string[] =>
  [...plans.values()].flatMap((plan) => (plan.kind === kind ? [plan.id] : []));
