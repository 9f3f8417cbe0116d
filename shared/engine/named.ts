import { decodeItems } from './decode-items.ts';
import { findRecords } from './lookup.ts';
import { throwIfDead, throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';

/** The streams that the named items are in: as we know it, and as the items themselves say. */
export async function streamsOfNamed(run: Run, plans: Plans): Promise<ReadonlySet<string>> {
  const ids = [...run.named];
  const kind = kindOf(run, run.domain.namedKind);
  const records = await findRecords(run.session, ids);
  const streams = new Set([...records.values()].map((record) => record.stream));
  const unknown = ids.filter((id) => !records.has(id));
  const answers = unknown.length > 0 ? await run.source.getMany(unknown.map((id) => kind.itemPath(id))) : [];
  throwIfThrottled(answers);
  for (const answer of answers) {
    if (answer.outcome !== 'found') continue;
    const [item] = decodeItems(kind, [answer.raw], true);
    if (item?.type !== 'item') continue;
    const place = kind.placeOf(item.fields);
    // One that does not say where it is may be anywhere.
    const places = place === undefined ? streamsOf(plans, kind.name) : [place];
    for (const one of places) if (plans.has(one)) streams.add(one);
  }
  if (streams.size === 0) throwIfDead(answers);
  return streams;
}

/** The streams of a kind. */
export const streamsOf = (plans: Plans, kind: string): readonly string[] =>
  [...plans.values()].flatMap((plan) => (plan.kind === kind ? [plan.id] : []));
