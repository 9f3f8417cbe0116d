import type { DecodedItem } from './decode-items.ts';
import type { EffectContext } from './effects.ts';
import type { EngineRecord } from './model.ts';

/**
 * What earlier pages of the round of a page brought. `compared` = the round finds by itself what none of its pages brought; null = the
 * items are no page of a round.
 */
export type Earlier = ReadonlySet<string> | 'compared' | null;

/** A page of a stream, and what was looked up for it. */
export interface GroupPage {
  readonly stream: string;
  readonly decoded: readonly DecodedItem[];
  readonly records: ReadonlyMap<string, EngineRecord>;
  readonly earlier: Earlier;
}

/**
 * Whether what is held of a group and not on the page may be gone. A round that compares finds that by itself, but for what it brought
 * with an older set of the group.
 */
export const mayMiss = (context: EffectContext, page: GroupPage, group: string): boolean =>
  page.earlier !== null && (page.earlier !== 'compared' || isBroughtAgain(context, page, group));

/** Graph ids that earlier pages of the round brought with the set of a group that the page brings, or goes on with. */
export function broughtBefore(context: EffectContext, page: GroupPage, group: string): ReadonlySet<string> {
  const { earlier } = page;
  return earlier === null || earlier === 'compared' || isBroughtAgain(context, page, group) ? new Set() : earlier;
}

/** The page brings the whole of a group that an earlier one of the round brought: from here on a newer set of it. */
function isBroughtAgain(
  { cursors }: EffectContext,
  { stream, decoded, records, earlier }: GroupPage,
  group: string,
): boolean {
  if (!decoded.some((item) => item.type === 'item' && item.graphId === group)) return false;
  if (earlier !== 'compared') return earlier?.has(group) ?? false;
  // The generation tells in each job of the round.
  const whole = records.get(group);
  return whole?.stream === stream && whole.generation === cursors.get(stream)?.generation;
}
