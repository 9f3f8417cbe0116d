import type { Effect } from './world.ts';

/** The request of the application that an effect may come of. */
const causes: Readonly<Record<string, readonly string[]>> = {
  create: ['POST'],
  update: ['PATCH', 'POST'],
  delete: ['DELETE'],
};

/**
 * Writes that took effect in the tenant more often than the application made any (P8, P9): each request that was accepted may
 * have one, and nothing else has any. `ids` are ours by Graph's.
 */
export function effectFaults(
  all: readonly Effect[],
  accepted: ReadonlyMap<string, readonly string[]>,
  ids: ReadonlyMap<string, string>,
): string[] {
  const effects = all.filter(({ by }) => by === 'app');
  const dropped = new Set(all.filter(({ by, kind }) => by !== 'app' && kind === 'delete').map(({ id }) => id));
  // One that a person deleted before we heard that it was made leaves nothing to be found by: it is made anew.
  const unknown = effects.filter(({ id }) => !ids.has(id) && !dropped.has(id));
  const known = Map.groupBy(
    effects.filter(({ id }) => ids.has(id)),
    ({ id }) => ids.get(id) ?? '',
  );
  const faults = [...known].flatMap(([id, own]) => {
    const requests = accepted.get(id) ?? [];
    const most = own.length <= requests.length ? [] : [`${own.length} writes for ${requests.length} requests`];
    const idle = Object.entries(causes).flatMap(([kind, methods]) => {
      const done = own.filter((effect) => effect.kind === kind).length;
      const asked = requests.filter((method) => methods.includes(method)).length;
      return done <= asked ? [] : [`${done} times ${kind} for ${asked} requests`];
    });
    const odd = own.filter(({ kind }) => !(kind in causes)).map(({ kind }) => `an effect is ${kind}`);
    return [...most, ...idle, ...odd].map((text) => `item ${id}: ${text}`);
  });
  return [...faults, ...unknownFaults(unknown, { accepted, known: new Set(known.keys()) })];
}

/** What was made here and deleted before anybody heard what Graph calls it: each is made once, and deleted once. */
function unknownFaults(
  effects: readonly Effect[],
  {
    accepted,
    known,
  }: { readonly accepted: ReadonlyMap<string, readonly string[]>; readonly known: ReadonlySet<string> },
): string[] {
  const made = [...accepted].filter(([id, methods]) => methods[0] === 'POST' && !known.has(id)).length;
  const items = Map.groupBy(effects, ({ id }) => id);
  const twice = [...items].flatMap(([id, own]) => {
    const kinds = own.map(({ kind }) => kind);
    const right = kinds[0] === 'create' && new Set(kinds).size === kinds.length;
    return right ? [] : [`${id}, which nobody knows, was written ${kinds.join()}`];
  });
  return [...twice, ...(items.size <= made ? [] : [`${items.size} items were made that nobody knows, of ${made}`])];
}
